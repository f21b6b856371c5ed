"""An error in the broker, or in a function given to it, ends what it belongs to; the test hears of it, nobody else."""

from __future__ import annotations

from typing import Any

from fakebroker.amqp.connection import Connection
from fakebroker.broker.channel.mailbox import Mailbox
from fakebroker.testing import SynchronousBrokerTestCase
from fakebroker.values import Value
from tests.rawclient import Content, RawClient


class Wrong(Exception):
    """What is raised."""


class Errors(SynchronousBrokerTestCase):
    def client(self, **capabilities: bool) -> RawClient:
        client = RawClient.connect(self.broker, self.clock).open(capabilities=capabilities)
        client.open_channel()
        return client

    def consumer(self, queue: str) -> RawClient:
        client = self.client()
        client.send("queue.declare", 1, queue=queue)
        client.send("basic.consume", 1, queue=queue, no_ack=True)
        client.events.clear()
        return client

    def raise_in(self, owner: type, name: str, times: int = 1) -> None:
        """Have a method raise the next time, or so many times, it is called; what it would do is not done."""
        method, left = getattr(owner, name), [times]

        def wrapped(*arguments: Any, **named: Any) -> Any:
            if left[0]:
                left[0] -= 1
                raise Wrong(name)
            return method(*arguments, **named)

        self.patch(owner, name, wrapped)

    def told(self, *kinds: type[Exception]) -> None:
        """Assert what the log has been told of, which else would fail the test."""
        self.assertEqual(list(kinds), [failure.type for failure in self.flushLoggedErrors()])

    def test_a_dead_letter_whose_key_can_not_be_sent_ends_the_connection_that_was_to_get_it(self) -> None:
        reader, other = self.consumer("dead"), self.consumer("other")
        self.broker.vhosts["/"].bindings.bind("amq.fanout", "dead")
        arguments: dict[str, Value] = {"x-max-length": 0, "x-dead-letter-exchange": "amq.fanout"}
        arguments["x-dead-letter-routing-key"] = "k" * 256
        self.broker.vhosts["/"].queues.declare("short", arguments=arguments)
        self.broker.publish(b"m", "short")
        self.broker.publish(b"n", "other")
        self.clock.settle()
        self.assertEqual(541, reader.take("connection.close").args.reply_code)
        self.assertEqual(["basic.deliver"], other.names)
        self.told(ValueError)

    def test_what_fails_while_a_command_is_handled_ends_that_connection(self) -> None:
        one, other = self.client(), self.consumer("other")
        self.raise_in(Connection, "handle")
        one.send("queue.declare", 1, queue="one")
        one.send("basic.publish", 1, Content.make({}, b"m"), routing_key="other")
        self.assertEqual(541, one.take("connection.close").args.reply_code)
        self.broker.publish(b"n", "other")
        self.clock.settle()
        self.assertEqual(["basic.deliver"], other.names)
        self.told(Wrong)

    def test_what_fails_while_a_message_is_delivered_ends_the_connection_that_was_to_get_it(self) -> None:
        publisher, reader = self.client(), self.consumer("q")
        self.raise_in(Mailbox, "read")
        publisher.send("basic.publish", 1, Content.make({}, b"m"), routing_key="q")
        self.assertEqual(541, reader.take("connection.close").args.reply_code)
        publisher.send("queue.declare", 1, queue="q", passive=True)
        self.assertEqual(["queue.declare-ok"], publisher.names)
        self.told(Wrong)

    def test_a_connection_that_can_not_even_end_is_reset(self) -> None:
        one, other = self.client(), self.consumer("other")
        self.raise_in(Connection, "handle")
        self.raise_in(Connection, "_end")
        one.send("queue.declare", 1, queue="one")
        self.assertIsNotNone(one.lost)
        self.assertIsNone(other.lost)
        self.told(Wrong, Wrong)

    def test_of_several_that_were_blocked_all_but_the_one_concerned_go_on(self) -> None:
        clients = [self.client() for _ in range(3)]
        self.broker.vhosts["/"].queues.declare("q")
        self.broker.set_alarm()
        for client in clients:
            client.send("basic.publish", 1, Content.make({}, b"m"), routing_key="q")
        self.raise_in(Connection, "unblock")
        self.broker.clear_alarm()
        self.clock.settle()
        self.assertEqual(2, self.broker.vhosts["/"].queues["q"].message_count)
        self.told(Wrong)

    def test_an_administrator_closes_all_of_a_user_even_if_one_fails(self) -> None:
        self.broker.users.add("bob", "bob").permit("/")
        clients = [RawClient.connect(self.broker, self.clock).open(user="bob", password="bob") for _ in range(3)]
        self.raise_in(Connection, "close")
        self.broker.delete_user("bob")
        self.clock.settle()
        codes = [client.take("connection.close").args.reply_code for client in clients]
        self.assertEqual([541, 320, 320], codes)
        self.told(Wrong)

    def test_who_is_told_of_errors_and_raises_is_told_of_too_and_keeps_nobody_from_it(self) -> None:
        def raising(error: Exception) -> None:
            raise KeyError(error)

        errors: list[Exception] = []
        self.broker.on_error += [raising, errors.append]
        self.broker.journal.watch(lambda entry: entry.nonsense)  # type: ignore[attr-defined]
        self.client()
        self.assertEqual([AttributeError], [type(error) for error in errors])
        self.told(AttributeError, KeyError)
