"""The handshake, step by step, as RabbitMQ 3.10.8 answered raw sockets."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from fakebroker import FakeBroker
from fakebroker.server import in_memory
from tests.rawclient import HEADERS, RawClient

REFUSED = "ACCESS_REFUSED - Login was refused using authentication mechanism PLAIN. For details see the broker logfile."


class HandshakeCase(SynchronousTestCase):
    """A broker on a virtual clock, and a client with no manners."""

    version = "0-9-1"

    def setUp(self) -> None:
        self.clock = Clock()
        self.broker = FakeBroker(clock=self.clock)
        self.client = RawClient.connect(self.broker, self.clock, self.version)
        self.addCleanup(self.nothing_is_left)

    def nothing_is_left(self) -> None:
        self.broker.stop()
        self.assertEqual([], self.clock.getDelayedCalls())

    def assertClosedSilentlyAfter(self, seconds: float) -> None:
        self.clock.pump([seconds - 0.1, 0])
        self.assertEqual(([], None), (self.client.names, self.client.lost))
        self.clock.pump([0.1, 0])
        self.assertEqual([], self.client.names)
        self.assertIsNotNone(self.client.lost)

    def assertConnectionClosed(self, code: int, text: str, method: tuple[int, int]) -> None:
        close = self.client.take("connection.close").args
        self.assertEqual((code, text, method), (close.reply_code, close.reply_text, (close.class_id, close.method_id)))


class ProtocolHeaders(HandshakeCase):
    def test_each_header_that_rabbitmq_speaks_is_answered_with_start(self) -> None:
        expected = {"0-8": (8, 0), "0-9": (0, 9), "0-9-1": (0, 9)}
        for version, numbers in expected.items():
            client = RawClient.connect(self.broker, self.clock, version)
            start = client.begin().args
            self.assertEqual(numbers, (start.version_major, start.version_minor))
            self.assertEqual(b"PLAIN AMQPLAIN", start.mechanisms)
            self.assertEqual(b"en_US", start.locales)

    def test_the_other_header_of_0_8_starts_0_8(self) -> None:
        client = RawClient.connect(self.broker, self.clock, "0-8")
        client.send_octets(b"AMQP\x01\x01\x09\x01")
        self.assertEqual(8, client.take("connection.start").args.version_major)

    def test_any_other_header_is_answered_with_0_9_1_and_the_end(self) -> None:
        for header in (b"AMQP\x00\x00\x0a\x00", b"GET / HTTP/1.1\r\n", b"AMQP\x01\x01\x00\x0a"):
            client = RawClient.connect(self.broker, self.clock)
            client.reader = None  # type: ignore[assignment]
            client.dataReceived = lambda data, client=client: setattr(client, "octets", client.octets + data)  # type: ignore[method-assign, misc]
            client.send_octets(header)
            self.assertEqual(HEADERS["0-9-1"], client.octets)
            self.assertIsNotNone(client.lost)

    def test_a_header_in_pieces_of_one_octet_is_a_header(self) -> None:
        for octet in HEADERS["0-9-1"]:
            self.assertEqual([], self.client.names)
            self.client.send_octets(bytes([octet]))
        self.client.take("connection.start")

    def test_half_a_header_is_waited_for_ten_seconds(self) -> None:
        self.client.send_octets(b"AMQP")
        self.assertClosedSilentlyAfter(10)

    def test_capabilities_are_announced_but_not_to_an_0_8_client(self) -> None:
        announced = self.client.begin().args.server_properties
        names = ("publisher_confirms", "exchange_exchange_bindings", "basic.nack", "consumer_cancel_notify",
                 "connection.blocked", "consumer_priorities", "authentication_failure_close", "per_consumer_qos",
                 "direct_reply_to")  # fmt: skip
        self.assertEqual(dict.fromkeys(names, True), announced["capabilities"])
        self.assertEqual(("RabbitMQ", "3.10.8"), (announced["product"], announced["version"]))
        start = RawClient.connect(self.broker, self.clock, "0-8").begin().args
        self.assertEqual({}, start.server_properties["capabilities"])


class Login(HandshakeCase):
    def test_the_default_user_is_let_in_and_offered_rabbitmqs_limits(self) -> None:
        self.client.log_in()
        tune = self.client.take("connection.tune").args
        self.assertEqual((2047, 131072, 60), (tune.channel_max, tune.frame_max, tune.heartbeat))

    def test_wrong_credentials_are_refused_silently_after_three_seconds(self) -> None:
        for user, password in (("guest", "wrong"), ("nobody", "guest"), ("", ""), ("guest", "")):
            self.client = RawClient.connect(self.broker, self.clock)
            self.client.log_in(user, password)
            self.assertClosedSilentlyAfter(3)

    def test_a_client_that_asked_for_it_is_told_403(self) -> None:
        self.client.log_in("guest", "wrong", {"authentication_failure_close": True})
        self.assertConnectionClosed(403, REFUSED, (0, 0))
        self.assertIsNone(self.client.lost)
        self.client.send("connection.close-ok")
        self.assertIsNotNone(self.client.lost)

    def test_a_client_told_403_that_does_not_hang_up_is_hung_up_on_after_three_seconds(self) -> None:
        self.client.log_in("guest", "wrong", {"authentication_failure_close": True})
        self.client.take("connection.close")
        self.assertClosedSilentlyAfter(3)

    def come_from(self, host: str) -> None:
        self.patch(in_memory.MemoryTransport, "getPeer", lambda transport: SimpleNamespace(host=host, port=50000))
        self.client = RawClient.connect(self.broker, self.clock)

    def test_who_may_come_from_this_machine_only_is_refused_from_others_as_by_a_wrong_password(self) -> None:
        self.broker.users.loopback.add("guest")
        for host in ("192.0.2.7", "::ffff:192.0.2.7", "2001:db8::7"):
            self.come_from(host)
            self.client.log_in(capabilities={"authentication_failure_close": True})
            self.assertConnectionClosed(403, REFUSED, (0, 0))
        self.come_from("192.0.2.7")
        self.client.log_in()
        self.assertClosedSilentlyAfter(3)

    def test_from_this_machine_it_is_let_in(self) -> None:
        self.broker.users.loopback.add("guest")
        for host in ("memory", "127.0.0.1", "127.1.2.3", "::1", "::ffff:127.0.0.1"):
            self.come_from(host)
            self.client.log_in()
            self.client.take("connection.tune")

    def test_others_may_come_from_anywhere_and_so_may_guest_as_installed(self) -> None:
        self.come_from("192.0.2.7")
        self.client.log_in()
        self.client.take("connection.tune")
        self.broker.users.loopback.add("guest")
        self.broker.users.add("bob", "secret")
        self.come_from("192.0.2.7")
        self.client.log_in("bob", "secret")
        self.client.take("connection.tune")

    def test_an_unknown_mechanism_ends_silently(self) -> None:
        self.client.begin()
        self.client.send("connection.start-ok", mechanism="KERBEROS_V4", response=b"", locale="en_US")
        self.assertClosedSilentlyAfter(3)

    def test_a_malformed_response_ends_silently(self) -> None:
        self.client.begin()
        self.client.send("connection.start-ok", mechanism="PLAIN", response=b"guest guest", locale="en_US")
        self.assertClosedSilentlyAfter(3)

    def test_a_challenge_is_answered_with_the_password(self) -> None:
        self.broker.broker.mechanisms.append("RABBIT-CR-DEMO")
        self.client.begin()
        self.client.send("connection.start-ok", mechanism="RABBIT-CR-DEMO", response=b"guest", locale="en_US")
        self.assertEqual(b"Please tell me your password", self.client.take("connection.secure").args.challenge)
        self.client.send("connection.secure-ok", response=b"My password is guest")
        self.client.take("connection.tune")

    def test_an_answer_to_a_challenge_that_is_none_ends_silently(self) -> None:
        self.broker.broker.mechanisms.append("RABBIT-CR-DEMO")
        self.client.begin()
        self.client.send("connection.start-ok", mechanism="RABBIT-CR-DEMO", response=b"guest", locale="en_US")
        self.client.take("connection.secure")
        self.client.send("connection.secure-ok", response=b"guest")
        self.assertClosedSilentlyAfter(3)

    def test_a_step_out_of_turn_ends_silently(self) -> None:
        self.client.begin()
        self.client.send("connection.tune-ok", channel_max=10, frame_max=4096, heartbeat=0)
        self.assertClosedSilentlyAfter(3)

    def test_a_channel_before_the_login_ends_silently(self) -> None:
        self.client.begin()
        self.client.send("channel.open", channel=1)
        self.assertClosedSilentlyAfter(3)

    def test_a_client_that_says_nothing_more_is_dropped_after_ten_seconds(self) -> None:
        self.client.begin()
        self.assertClosedSilentlyAfter(10)


class Tuning(HandshakeCase):
    def tune(self, channel_max: int = 2047, frame_max: int = 131072, heartbeat: int = 0) -> None:
        self.client.log_in()
        self.client.take("connection.tune")
        self.client.send("connection.tune-ok", channel_max=channel_max, frame_max=frame_max, heartbeat=heartbeat)
        self.client.send("connection.open", virtual_host="/")

    def test_limits_outside_the_offer_end_silently(self) -> None:
        outside = {"frame_max": (0, 4095, 131073), "channel_max": (0, 2048)}
        for limit, value in [(limit, value) for limit, values in outside.items() for value in values]:
            self.client = RawClient.connect(self.broker, self.clock)
            self.tune(**{limit: value})
            self.assertClosedSilentlyAfter(3)

    def test_smaller_limits_are_taken(self) -> None:
        self.tune(channel_max=1, frame_max=4096)
        self.client.take("connection.open-ok")

    def test_any_heartbeat_is_taken(self) -> None:
        self.tune(heartbeat=600)
        self.client.take("connection.open-ok")

    def test_no_limits_offered_means_any_are_taken(self) -> None:
        self.broker.broker.tuning.channel_max = self.broker.broker.tuning.frame_max = 0
        self.tune(channel_max=0, frame_max=0)
        self.client.take("connection.open-ok")

    def test_one_channel_too_many_closes_the_connection(self) -> None:
        self.tune(channel_max=1)
        self.client.take("connection.open-ok")
        self.client.open_channel(7)
        self.client.send("channel.open", channel=2)
        text = "NOT_ALLOWED - number of channels opened (1) has reached the negotiated channel_max (1)"
        self.assertConnectionClosed(530, text, (0, 0))


class Opening(HandshakeCase):
    def open(self, vhost: str, **log_in: Any) -> None:
        self.client.log_in(**log_in)
        self.client.take("connection.tune")
        self.client.send("connection.tune-ok", channel_max=2047, frame_max=131072, heartbeat=0)
        self.client.send("connection.open", virtual_host=vhost)

    def test_an_unknown_vhost_is_530(self) -> None:
        self.open("nowhere")
        self.assertConnectionClosed(530, "NOT_ALLOWED - vhost nowhere not found", (10, 40))

    def test_a_vhost_the_user_may_not_enter_is_530(self) -> None:
        self.broker.users.add("bob", "secret")
        self.open("/", user="bob", password="secret")
        self.assertConnectionClosed(530, "NOT_ALLOWED - access to vhost '/' refused for user 'bob'", (10, 40))

    def test_a_full_vhost_is_530(self) -> None:
        self.broker.vhosts["/"].limits["max-connections"] = 0
        self.open("/")
        text = "NOT_ALLOWED - access to vhost '/' refused for user 'guest': connection limit (0) is reached"
        self.assertConnectionClosed(530, text, (10, 40))

    def test_any_other_method_instead_of_open_is_504(self) -> None:
        self.client.log_in()
        self.client.take("connection.tune")
        self.client.send("connection.tune-ok", channel_max=2047, frame_max=131072, heartbeat=0)
        self.client.send("connection.tune-ok", channel_max=2047, frame_max=131072, heartbeat=0)
        text = "CHANNEL_ERROR - unexpected method in connection state opening"
        self.assertConnectionClosed(504, text, (10, 31))

    def test_the_whole_handshake_in_one_lump_is_answered_step_by_step(self) -> None:
        lump = RawClient(self.clock)
        sent: list[bytes] = []
        lump.send_octets = sent.append  # type: ignore[assignment, method-assign]
        spec = lump.spec
        from fakebroker.wire.writer import encode

        sent.append(HEADERS["0-9-1"])
        for name, fields in (
            ("connection.start-ok", {"mechanism": "PLAIN", "response": b"\0guest\0guest", "locale": "en_US"}),
            ("connection.tune-ok", {"channel_max": 2047, "frame_max": 131072, "heartbeat": 0}),
            ("connection.open", {"virtual_host": "/"}),
        ):
            sent.append(encode(spec.command(0, name, **fields), 0))
        self.client.send_octets(b"".join(sent))
        self.assertEqual(["connection.start", "connection.tune", "connection.open-ok"], self.client.names)
