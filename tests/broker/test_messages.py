"""What RabbitMQ 3.10.8 accepts from a publisher, and what it says against the rest."""

from __future__ import annotations

from typing import Any

from fakebroker.broker.message import Message, make_message, parse_expiration
from fakebroker.wire.command import Content
from tests.broker.queueing import QueueCase, bodies


def made(**properties: Any) -> Message:
    return make_message("", "q", Content.make(properties, b"body"))


class Expiration(QueueCase):
    def test_whole_numbers_signed_or_not(self) -> None:
        self.assertEqual([0, 5, 5, 315_360_000_000], list(map(parse_expiration, ["0", "5", "+5", "315360000000"])))

    def test_anything_else(self) -> None:
        cases = {
            "": "no_integer",
            " 100": "no_integer",
            "abc": "no_integer",
            "1.5": '{leftover_string,".5"}',
            "100x": '{leftover_string,"x"}',
            "100 ": '{leftover_string," "}',
            '1"\\': '{leftover_string,"\\"\\\\"}',
            "1\x01\x02": "{leftover_string,[1,2]}",
            "-1": "{value_negative,-1}",
            "315360000001": "{value_too_large,315360000001}",
        }
        for text, reason in cases.items():
            self.assertRefused("precondition-failed", f"invalid expiration '{text}': {reason}", parse_expiration, text)

    def test_a_long_reason_has_lines_of_its_own(self) -> None:
        digits = "9" * 20
        text = f"invalid expiration '{digits}': {{value_too_large,\n{' ' * 44}{digits}}}"
        self.assertRefused("precondition-failed", text, parse_expiration, digits)
        text = f"invalid expiration '1{chr(1) * 30}': {{leftover_string,\n{' ' * 55}["
        lines = f",\n{' ' * 56}".join(",".join("1" * count) for count in (11, 11, 8))
        self.assertRefused("precondition-failed", text + lines + "]}", parse_expiration, "1" + chr(1) * 30)


class Copies(QueueCase):
    def test_cc_and_bcc_are_further_keys(self) -> None:
        message = made(headers={"CC": ["c", "d"], "BCC": ["b"], "x": 1})
        self.assertEqual(("q", "c", "d", "b"), message.routing_keys)

    def test_bcc_is_taken_out_cc_stays(self) -> None:
        message = made(headers={"CC": ["c"], "BCC": ["b"], "x": 1})
        self.assertEqual({"CC": ["c"], "x": 1}, message.properties.headers)

    def test_members_that_are_no_strings_are_passed_over(self) -> None:
        self.assertEqual(("q", "c", "d"), made(headers={"CC": ["c", 5, None, "d"]}).routing_keys)

    def test_a_message_comes_once_to_each_queue(self) -> None:
        queues = [self.queue(name) for name in "abc"]
        self.client.publish("a", b"1", headers={"CC": ["b", "a"], "BCC": ["c"]})
        self.assertEqual([["1"]] * 3, [bodies(queue.ready) for queue in queues])

    def test_they_have_to_be_arrays(self) -> None:
        cases: list[tuple[Any, str]] = [("r", "longstr"), (5, "signedint"), ({"a": 1}, "table"), (None, "void")]
        for value, kind in cases:
            for key in ("CC", "BCC"):
                text = f'invalid message: {{unacceptable_type_in_header,"{key}",{kind}}}'
                self.assertRefused("precondition-failed", text, made, headers={key: value})


class DeliveryMode(QueueCase):
    def test_two_is_persistent(self) -> None:
        self.assertEqual([True, False, False], [made(delivery_mode=2).persistent, made(delivery_mode=1).persistent,
                                                made().persistent])  # fmt: skip

    def test_there_are_no_others(self) -> None:
        for mode in (0, 3, 255):
            text = f"invalid message: {{delivery_mode_unknown,{mode}}}"
            self.assertRefused("precondition-failed", text, made, delivery_mode=mode)

    def test_a_wrong_header_is_told_first(self) -> None:
        text = 'invalid message: {unacceptable_type_in_header,"CC",longstr}'
        self.assertRefused("precondition-failed", text, made, headers={"CC": "x"}, delivery_mode=3)


class Showing(QueueCase):
    def test_a_message_shows_where_it_went_and_how_it_begins(self) -> None:
        self.assertEqual("<Message b'body' to '' by 'q'>", repr(made()))
        long = make_message("x", "k", Content.make({}, b"0123456789" * 10))
        self.assertEqual(f"<Message {b'0123456789' * 4!r}... (100 bytes) to 'x' by 'k'>", repr(long))

    def test_a_message_that_is_sent_again_says_so(self) -> None:
        queue = self.queue()
        self.fill(queue, "1")
        self.client.get(queue)
        self.client.session.reject(1)
        self.assertEqual("<Message b'1' to '' by 'q' redelivered>", repr(queue.ready[0]))
        self.assertEqual(["1*"], bodies(queue.ready))

    def test_a_body_of_forty_octets_is_shown_whole(self) -> None:
        for length, shown in ((40, f"{b'x' * 40!r}"), (41, f"{b'x' * 40!r}... (41 bytes)")):
            message = make_message("", "k", Content.make({}, b"x" * length))
            self.assertEqual(f"<Message {shown} to '' by 'k'>", repr(message))
