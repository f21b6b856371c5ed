"""What comes and goes leaves nothing behind: no container of a broker is longer after many clients than after a few."""

from __future__ import annotations

import types
from collections import deque
from collections.abc import Callable, Iterator
from typing import Any

from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from fakebroker import FakeBroker
from fakebroker.faults import Delay, Hold, when
from fakebroker.wire.command import Content
from tests.rawclient import RawClient

PLAIN = (type, types.ModuleType, types.BuiltinFunctionType, types.CodeType, str, bytes, int, float)


def inside(each: Any) -> Iterator[tuple[str, Any]]:
    """What an object holds, with the names of the attributes."""
    if isinstance(each, dict):
        yield from (("", member) for pair in each.items() for member in pair)
    elif isinstance(each, (list, tuple, set, frozenset, deque)):
        yield from (("", member) for member in each)
    elif isinstance(each, types.MethodType):
        yield "", each.__self__
    elif isinstance(each, types.FunctionType):
        yield from (("", cell.cell_contents) for cell in each.__closure__ or ())
    else:
        names = {name for kind in type(each).__mro__ for name in getattr(kind, "__slots__", ())}
        yield from getattr(each, "__dict__", {}).items()
        yield from ((name, getattr(each, name)) for name in sorted(names) if hasattr(each, name))


def lengths(root: object) -> dict[str, int]:
    """How many members all containers have that an object leads to, by the attributes on the way."""
    found: dict[str, int] = {}
    seen: dict[int, object] = {}
    todo: list[tuple[str, Any]] = [("broker", root)]
    while todo:
        path, each = todo.pop()
        if isinstance(each, PLAIN) or id(each) in seen:
            continue
        seen[id(each)] = each
        if isinstance(each, (dict, list, set, deque)):
            found[path] = found.get(path, 0) + len(each)
        todo.extend((f"{path}.{name}" if name else path, member) for name, member in inside(each))
    return found


class Growth(SynchronousTestCase):
    def setUp(self) -> None:
        self.clock = Clock()
        self.broker = FakeBroker(clock=self.clock)
        self.addCleanup(self.broker.stop)
        self.broker.journal.limit(max_entries=16)

    def connect(self, **options: Any) -> RawClient:
        client = RawClient.connect(self.broker, self.clock).open(heartbeat=10, **options)
        client.open_channel(1)
        return client

    def assert_nothing_grows(self, cycle: Callable[[int], None]) -> None:
        for number in range(20):
            cycle(number)
        self.clock.advance(15)
        before = lengths(self.broker)
        for number in range(20, 140):
            cycle(number)
        self.clock.advance(15)
        after = lengths(self.broker)
        grown = {path: (before.get(path, 0), now) for path, now in after.items() if now > before.get(path, 0)}
        self.assertEqual({}, grown)
        for connection in self.broker.connections:
            self.broker.close_connection(connection)
        self.clock.pump([10] * 4)
        self.assertEqual([], self.clock.getDelayedCalls())

    def test_connections_channels_queues_exchanges_bindings_consumers(self) -> None:
        def cycle(number: int) -> None:
            client = self.connect()
            kind = ("topic", "direct", "fanout", "headers")[number % 4]
            queue, exchange, key = f"q{number}", f"e{number}", f"a.{number}.#.*"
            client.send("exchange.declare", 1, exchange=exchange, type=kind)
            arguments = {"x-expires": 100_000, "x-message-ttl": 50_000, "x-dead-letter-exchange": exchange}
            client.send("queue.declare", 1, queue=queue, arguments=arguments)
            client.send("queue.declare", 1, exclusive=True)
            client.send("queue.declare", 1, queue=f"deleted {number}", auto_delete=True)
            for source in (exchange, "amq.topic", "amq.direct"):
                client.send("queue.bind", 1, queue=queue, exchange=source, routing_key=key)
            client.send("queue.bind", 1, queue=queue, exchange="amq.headers", arguments={"h": number})
            client.send("exchange.bind", 1, destination=exchange, source="amq.fanout")
            client.send("queue.unbind", 1, queue=queue, exchange="amq.direct", routing_key=key)
            client.send("basic.qos", 1, prefetch_count=3, global_=True)
            client.send("basic.consume", 1, queue=f"deleted {number}")
            client.send("basic.consume", 1, queue="amq.rabbitmq.reply-to", no_ack=True)
            self.publish(client, queue, f"deleted {number}", f"nowhere {number}")
            client.send("basic.get", 1, queue=queue)
            client.send("basic.reject", 1, delivery_tag=1)
            if number % 3:
                client.send("queue.delete", 1, queue=queue)
            else:
                self.broker.delete_queue(queue)
            client.send("exchange.delete", 1, exchange=exchange)
            if number % 2:
                client.send("connection.close", reply_code=200)
            client.hang_up()

        self.assert_nothing_grows(cycle)

    def publish(self, client: RawClient, *keys: str) -> None:
        for key in keys:
            content = Content.make({"headers": {"h": key}}, b"x")
            client.send("basic.publish", 1, content, routing_key=key, mandatory=True)

    def test_channels_that_come_and_go_with_all_that_is_done_on_them(self) -> None:
        client = self.connect()
        client.send("queue.declare", 1, queue="q")

        def cycle(number: int) -> None:
            for mode in ("confirm.select", "tx.select"):
                client.send("channel.open", 2)
                client.send(mode, 2)
                client.send("basic.publish", 2, Content.make(), routing_key="q")
                client.send("basic.consume", 2, queue="q", consumer_tag=f"t{number}")
                client.send("basic.cancel", 2, consumer_tag=f"t{number}")
                client.send("channel.close", 2, reply_code=200)
            client.send("channel.open", 3)
            client.send("queue.declare", 3, queue=f"none {number}", passive=True)
            client.send("channel.close-ok", 3)
            client.send("queue.purge", 1, queue="q")
            self.publish(client, "q")
            client.send("basic.get", 1, queue="q", no_ack=True)
            for _ in range(4):
                self.clock.advance(4)
                client.send_octets(b"\x08\0\0\0\0\0\0\xce")
            client.events.clear()

        self.assert_nothing_grows(cycle)

    def test_users_virtual_hosts_alarms_and_errors(self) -> None:
        def cycle(number: int) -> None:
            user, vhost = f"u{number}", f"v{number}"
            self.broker.users.add(user, "x")
            self.broker.broker.add_vhost(vhost)
            self.broker.users[user].permit(vhost)
            client = self.connect(vhost=vhost, user=user, password="x")
            client.send("queue.declare", 1, queue="q")
            client.send("basic.consume", 1, queue="q")
            removals = [lambda: self.broker.broker.remove_vhost(vhost), lambda: self.broker.delete_user(user)]
            for remove in removals[:: number % 2 or -1]:
                remove()
            client.hang_up()
            for octets in (b"AMQP\0\0\x09\x01" * 3, b"x" * 8, b"AMQP\0\0\x09\x01"):
                stranger = RawClient.connect(self.broker, self.clock)
                stranger.send_octets(octets)
                self.clock.advance(30)
            client = self.connect()
            self.broker.set_alarm("memory")
            self.publish(client, "q")
            self.broker.clear_alarm("memory")
            client.send("queue.declare", 1, queue="none", passive=True)
            client.send("basic.publish", 5, Content.make())
            client.hang_up()

        self.assert_nothing_grows(cycle)

    def test_what_rules_leave_behind(self) -> None:
        self.broker.faults.add(when("basic.deliver"), Delay(0.01))
        self.broker.faults.add(when("queue.declare-ok"), Hold("declared"))
        self.broker.faults.add(when("basic.publish"), Hold("never"))

        def cycle(number: int) -> None:
            client = self.connect()
            client.send("queue.declare", 1, queue="q", auto_delete=True)
            self.broker.faults.release("declared")
            client.send("queue.declare", 1, queue=f"q{number}", exclusive=True)
            client.send("basic.consume", 1, queue="q")
            self.publish(client, "q", "q")
            self.broker.publish(b"x", "q")
            self.clock.advance(1)
            client.hang_up()

        self.assert_nothing_grows(cycle)
