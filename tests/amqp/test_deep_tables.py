"""Tables nested as deep as a frame is long: RabbitMQ knows no limit, so nothing here may break."""

from __future__ import annotations

from typing import Any

from fakebroker.journal import dumps, loads
from fakebroker.wire.command import Command, Content
from fakebroker.wire.field_table import MAX_DEPTH
from tests.amqp.conversation import ConversationCase

DEPTHS = (101, MAX_DEPTH, MAX_DEPTH + 1, MAX_DEPTH + 2, 5000, 15_000)


def table(depth: int, value: Any = 1) -> dict[str, Any]:
    for _ in range(depth):
        value = {"k": value}
    return {"headers": value}


def array(depth: int, value: Any = 1) -> list[Any]:
    for _ in range(depth):
        value = [value]
    return [value]


class Deep(ConversationCase):
    def content(self, headers: dict[str, Any]) -> Content:
        return Content.make({"headers": headers}, b"m")

    def send_headers(self, headers: dict[str, Any], exchange: str = "") -> None:
        self.client.send("basic.publish", 1, self.content(headers), exchange=exchange, routing_key="q")

    def got(self, queue: str = "q") -> Content:
        """The content of the message that is next."""
        self.client.events.clear()
        self.client.send("basic.get", 1, queue=queue, no_ack=True)
        (command,) = self.client.events
        self.client.events.clear()
        assert isinstance(command, Command)
        assert command.content is not None, command.name
        return command.content

    def test_headers_come_back_as_they_were_sent(self) -> None:
        self.do("queue.declare", queue="q")
        for depth in DEPTHS:
            for headers in (table(depth), {"a": array(depth)}):
                self.send_headers(headers)
                self.assertEqual(self.content(headers), self.got(), depth)

    def test_dead_letters_keep_them(self) -> None:
        self.do("queue.declare", queue="dead")
        dead = {"x-dead-letter-exchange": "", "x-dead-letter-routing-key": "dead", "x-message-ttl": 0}
        self.do("queue.declare", queue="q", arguments=dead)
        for depth in DEPTHS:
            self.send_headers({"a": array(700), **table(depth)})
            headers = self.got("dead").properties.headers
            assert headers is not None
            kept = {name: headers[name] for name in ("a", "headers")}
            self.assertEqual(self.content({"a": array(700), **table(depth)}), self.content(kept), depth)

    def test_a_headers_exchange_compares_them(self) -> None:
        self.do("queue.declare", queue="q")
        for depth in DEPTHS:
            self.do("queue.bind", queue="q", exchange="amq.headers", arguments=table(depth))
            for other in (table(depth - 1), table(depth + 1), table(depth, 2), table(depth)):
                self.send_headers(other, "amq.headers")
            self.assertEqual(self.content(table(depth)), self.got(), depth)
            self.assertEqual(["basic.get-empty"], self.do("basic.get", queue="q"))
            self.do("queue.unbind", queue="q", exchange="amq.headers", arguments=table(depth))
        self.assertEqual([], [binding for binding in self.vhost.bindings if binding.arguments])

    def test_arguments_are_refused_and_quoted_like_any_other(self) -> None:
        for depth in DEPTHS:
            self.do("queue.declare", queue=f"q{depth}", arguments={"x-max-length": 1, "x-other": table(depth)})
            (answer,) = self.do("queue.declare", queue=f"q{depth}", arguments={"x-max-length": table(depth)})
            text = f"channel.close 406 PRECONDITION_FAILED - inequivalent arg 'x-max-length' for queue 'q{depth}'"
            self.assertTrue(answer.startswith(text), answer)
            self.client.send("channel.close-ok", 1)
            self.client.open_channel()

    def test_whoever_looks_sees_them(self) -> None:
        self.do("queue.declare", queue="q")
        for depth in DEPTHS:
            self.send_headers(table(depth))
            self.send_headers({"a": array(depth)})
        journal = self.broker.journal
        self.assertIn("{k={k={k={k=", journal.transcript())
        lines = journal.json_lines()
        self.assertEqual(lines, dumps(loads(lines)))
        self.assertEqual(12, len(repr(self.vhost.queues["q"].ready).split("<Message")) - 1)
