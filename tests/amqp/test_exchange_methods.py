"""``exchange.*`` and ``access.request`` on a channel: RabbitMQ 3.10.8's checks, in its order and its words."""

from __future__ import annotations

from typing import Any

from fakebroker.wire.command import Content
from tests.amqp.test_handshake import HandshakeCase


class ExchangeCase(HandshakeCase):
    """An open channel, and short words for what is sent on it."""

    user = "guest"

    def setUp(self) -> None:
        super().setUp()
        self.vhost = self.broker.vhosts["/"]
        if self.user != "guest":
            self.broker.users.add(self.user, "secret")
            self.permit(".*", ".*", ".*")
        self.client.open(user=self.user, password="guest" if self.user == "guest" else "secret")
        self.client.open_channel()

    def permit(self, configure: str, write: str, read: str) -> None:
        self.broker.users[self.user].permit("/", configure, write, read)

    def declare(self, name: str, kind: str = "direct", **fields: Any) -> None:
        self.client.send("exchange.declare", 1, exchange=name, type=kind, **fields)

    def delete(self, name: str, **fields: Any) -> None:
        self.client.send("exchange.delete", 1, exchange=name, **fields)

    def bind(self, destination: str, source: str, key: str = "", what: str = "bind") -> None:
        self.client.send(f"exchange.{what}", 1, destination=destination, source=source, routing_key=key)

    def bind_queue(self, queue: str, exchange: str, key: str = "", what: str = "bind", **fields: Any) -> None:
        self.client.send(f"queue.{what}", 1, queue=queue, exchange=exchange, routing_key=key, **fields)

    def assertClosed(self, code: int, text: str, method: tuple[int, int]) -> None:
        """The channel is closed with this; another is opened in its place."""
        close = self.client.take("channel.close").args
        self.assertEqual((code, text, method), (close.reply_code, close.reply_text, (close.class_id, close.method_id)))
        self.assertEqual([], self.client.names)
        self.client.send("channel.close-ok", 1)
        self.client.open_channel()


DEFAULT = "ACCESS_REFUSED - operation not permitted on the default exchange"


class Declaring(ExchangeCase):
    def test_an_exchange_is_made_as_asked(self) -> None:
        self.declare("x", "topic", durable=True, auto_delete=True, internal=True, arguments={"a": 1})
        self.client.take("exchange.declare-ok")
        self.assertEqual("<Exchange 'x' topic durable auto_delete internal in '/'>", repr(self.vhost.exchanges["x"]))

    def test_without_an_answer_when_none_is_wanted(self) -> None:
        self.declare("x", no_wait=True)
        self.delete("x", no_wait=True)
        self.bind("amq.fanout", "amq.topic")
        self.assertEqual(["exchange.bind-ok"], self.client.names)

    def test_line_ends_are_stripped_from_the_name(self) -> None:
        self.declare("a\r\nb\n")
        self.client.take("exchange.declare-ok")
        self.assertIn("ab", self.vhost.exchanges)
        self.declare("am\nq.new")
        text = "ACCESS_REFUSED - exchange name 'amq.new' contains reserved prefix 'amq.*'"
        self.assertClosed(403, text, (40, 10))

    def test_reserved_names_are_refused_unless_they_are_there_as_declared(self) -> None:
        self.declare("amq.match", "headers", durable=True)
        self.client.take("exchange.declare-ok")
        self.declare("amq.new")
        text = "ACCESS_REFUSED - exchange name 'amq.new' contains reserved prefix 'amq.*'"
        self.assertClosed(403, text, (40, 10))

    def test_the_default_exchange_is_left_alone(self) -> None:
        for passive in (False, True):
            self.declare("", passive=passive)
            self.assertClosed(403, DEFAULT, (40, 10))

    def test_passive_looks_at_nothing_but_the_name(self) -> None:
        self.declare("amq.direct", "bogus", passive=True, arguments={"alternate-exchange": 5})
        self.client.take("exchange.declare-ok")
        self.declare("amq.nope", passive=True)
        self.assertClosed(404, "NOT_FOUND - no exchange 'amq.nope' in vhost '/'", (40, 10))

    def test_another_type_is_refused(self) -> None:
        self.declare("amq.direct", "topic", durable=True)
        self.assertClosed(
            406,
            "PRECONDITION_FAILED - inequivalent arg 'type' for exchange 'amq.direct' in vhost '/': "
            "received 'topic' but current is 'direct'",
            (40, 10),
        )

    def test_an_unknown_type_closes_the_connection_whatever_the_name(self) -> None:
        self.declare("", "bogus")
        self.assertConnectionClosed(503, "COMMAND_INVALID - unknown exchange type 'bogus'", (40, 10))

    def test_an_alternate_exchange_is_a_string(self) -> None:
        for value, kind in ((5, "signedint"), (None, "void"), (b"ae", "binary")):
            self.declare("x", arguments={"alternate-exchange": value})
            text = (
                f"PRECONDITION_FAILED - invalid type '{kind}' for arg 'alternate-exchange' in exchange 'x' in vhost '/'"
            )
            self.assertClosed(406, text, (40, 10))


class Deleting(ExchangeCase):
    def test_an_exchange_that_is_there_and_one_that_is_not(self) -> None:
        self.declare("x")
        self.client.take("exchange.declare-ok")
        for name in ("x", "nope"):
            self.delete(name)
            self.client.take("exchange.delete-ok")
        self.assertNotIn("x", self.vhost.exchanges)

    def test_system_exchanges_and_what_might_be_one(self) -> None:
        for name in ("amq.direct", "amq.nope"):
            self.delete(name)
            text = f"ACCESS_REFUSED - deletion of system exchange '{name}' in vhost '/' not allowed"
            self.assertClosed(403, text, (40, 20))
        self.delete("")
        self.assertClosed(403, DEFAULT, (40, 20))

    def test_one_in_use_is_spared_when_that_is_asked_for(self) -> None:
        self.vhost.exchanges.declare("x")
        self.vhost.bindings.bind(self.vhost.exchanges["x"], self.vhost.exchanges["amq.fanout"])
        self.delete("x", if_unused=True)
        self.assertClosed(406, "PRECONDITION_FAILED - exchange 'x' in vhost '/' in use", (40, 20))


class Binding(ExchangeCase):
    def test_a_message_takes_the_way_of_the_binding(self) -> None:
        self.vhost.bindings.bind(self.vhost.exchanges["amq.fanout"], self.vhost.queues.declare("q"))
        self.bind("amq.fanout", "amq.topic", "a.#")
        self.client.take("exchange.bind-ok")
        self.client.send("basic.publish", 1, Content.make({}, b"hello"), exchange="amq.topic", routing_key="a.b")
        self.assertEqual([b"hello"], [message.body for message in self.vhost.queues["q"].ready])
        self.bind("amq.fanout", "amq.topic", "a.#", what="unbind")
        self.client.take("exchange.unbind-ok")
        self.assertEqual(["amq.fanout"], [binding.source.name for binding in self.vhost.bindings])

    def test_both_ends_must_be_there_and_the_source_is_looked_for_first(self) -> None:
        for destination, source, missing in (
            ("nope", "amq.fanout", "nope"),
            ("amq.fanout", "nope", "nope"),
            ("to", "from", "from"),
        ):
            self.bind(destination, source)
            self.assertClosed(404, f"NOT_FOUND - no exchange '{missing}' in vhost '/'", (40, 30))
        self.bind_queue("q", "nope")
        self.assertClosed(404, "NOT_FOUND - no exchange 'nope' in vhost '/'", (50, 20))
        self.bind_queue("q", "amq.fanout")
        self.assertClosed(404, "NOT_FOUND - no queue 'q' in vhost '/'", (50, 20))

    def test_unbinding_forgives_what_is_not_there(self) -> None:
        self.bind("to", "from", what="unbind")
        self.client.take("exchange.unbind-ok")
        self.bind("amq.fanout", "amq.topic", "key", what="unbind")
        self.client.take("exchange.unbind-ok")
        self.bind_queue("q", "nope", what="unbind")
        self.client.take("queue.unbind-ok")

    def test_the_default_exchange_is_neither_end(self) -> None:
        for destination, source in (("amq.fanout", ""), ("", "amq.fanout")):
            for what, method in (("bind", (40, 30)), ("unbind", (40, 40))):
                self.bind(destination, source, what=what)
                self.assertClosed(403, DEFAULT, method)

    def test_line_ends_are_stripped_from_both_names(self) -> None:
        self.bind("amq.\nfanout", "amq.top\ric")
        self.client.take("exchange.bind-ok")
        self.assertEqual("<Binding 'amq.topic' -> exchange 'amq.fanout' by ''>", repr(next(iter(self.vhost.bindings))))

    def test_a_wrong_match_argument_is_refused_where_headers_are_matched(self) -> None:
        self.vhost.queues.declare("q")
        self.bind_queue("q", "amq.headers", arguments={"x-match": "some"})
        self.assertClosed(
            406,
            'PRECONDITION_FAILED - Invalid x-match field value <<"some">>; '
            "expected all, any, all-with-x, or any-with-x",
            (50, 20),
        )


class Permissions(ExchangeCase):
    user = "alice"

    def assertForbidden(self, name: str, method: tuple[int, int], kind: str = "exchange") -> None:
        text = f"ACCESS_REFUSED - access to {kind} '{name}' in vhost '/' refused for user 'alice'"
        self.assertClosed(403, text, method)

    def test_declaring_and_deleting_need_configure_and_looking_needs_nothing(self) -> None:
        self.permit("^ok", "^ok", "^ok")
        for name in ("x", "amq.new", "amq.direct"):
            self.declare(name)
            self.assertForbidden(name, (40, 10))
        self.delete("x")
        self.assertForbidden("x", (40, 20))
        self.declare("amq.direct", passive=True)
        self.client.take("exchange.declare-ok")

    def test_an_alternate_exchange_needs_read_on_the_one_and_write_on_the_other(self) -> None:
        self.permit("^ok", "^ok", "^no")
        self.declare("ok", arguments={"alternate-exchange": "ok-too"})
        self.assertForbidden("ok", (40, 10))
        self.permit("^ok", "^ok", "^ok")
        self.declare("ok", arguments={"alternate-exchange": "other"})
        self.assertForbidden("other", (40, 10))
        self.declare("ok", arguments={"alternate-exchange": ""})
        self.assertForbidden("amq.default", (40, 10))
        self.declare("ok", arguments={"alternate-exchange": "ok-too"})
        self.client.take("exchange.declare-ok")

    def test_binding_needs_write_on_the_destination_and_then_read_on_the_source(self) -> None:
        self.permit("", "^to", "^from")
        self.bind("other", "other")
        self.assertForbidden("other", (40, 30))
        self.bind("to", "other")
        self.assertForbidden("other", (40, 30))
        self.bind("to", "from")
        self.assertClosed(404, "NOT_FOUND - no exchange 'from' in vhost '/'", (40, 30))
        self.bind_queue("other", "from", what="unbind")
        self.assertForbidden("other", (50, 50), "queue")

    def test_the_default_exchange_is_checked_by_its_other_name_as_destination_only(self) -> None:
        self.permit("", "^to", "^from")
        self.bind("", "from")
        self.assertForbidden("amq.default", (40, 30))
        self.bind("to", "")
        self.assertClosed(403, DEFAULT, (40, 30))

    def test_a_topic_permission_is_asked_before_the_ends_are_looked_for(self) -> None:
        self.broker.users["alice"].permit_topic("/", "amq.topic", read="^ok")
        text = "ACCESS_REFUSED - access to topic 'no' in exchange 'amq.topic' in vhost '/' refused for user 'alice'"
        self.bind_queue("nope", "amq.topic", "no")
        self.assertClosed(403, text, (50, 20))
        self.bind("amq.fanout", "amq.topic", "no", what="unbind")
        self.assertClosed(403, text, (40, 40))
        self.bind("amq.fanout", "amq.topic", "ok")
        self.client.take("exchange.bind-ok")


class Tickets(ExchangeCase):
    """RabbitMQ answers in 0-9-1 too, which has dropped the class."""

    def test_access_is_granted_with_the_one_ticket_there_is(self) -> None:
        self.client.send("access.request", 1, realm="/anything")
        self.assertEqual(1, self.client.take("access.request-ok").args.ticket)


class TicketsOf08(Tickets):
    version = "0-8"


class TicketsOf09(Tickets):
    version = "0-9"
