"""Any conversation of two clients with a broker that keeps a ledger, and a check of the ledger against the broker."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from unittest import TestCase

from hypothesis import strategies as st

from fakebroker import FakeBroker
from fakebroker.broker.message import Message
from fakebroker.faults import CancelConsumer, Delay, Drop, Duplicate, Hold, Nack, Redeliver, Reset, when
from fakebroker.ledger.message import Copy, PublishedMessage
from fakebroker.testing import VirtualClock
from fakebroker.wire.command import Command, Content
from fakebroker.wire.writer import encode
from tests.rawclient import RawClient

TO_RETRY = {"x-dead-letter-exchange": "", "x-dead-letter-routing-key": "retry"}
QUEUES: dict[str, dict[str, Any]] = {
    "plain": {},
    "kept": {"durable": True, "arguments": TO_RETRY},
    "retry": {"arguments": {"x-message-ttl": 500, "x-dead-letter-exchange": "amq.fanout", "x-max-length": 3}},
    "full": {"arguments": {"x-max-length": 2, "x-overflow": "reject-publish"}},
    "letters": {"arguments": {"x-max-length": 1, "x-overflow": "reject-publish-dlx", **TO_RETRY}},
    "now": {"arguments": {"x-message-ttl": 0}},
    "quorum": {"durable": True, "arguments": {"x-queue-type": "quorum", "x-delivery-limit": 1, **TO_RETRY}},
    "urgent": {"arguments": {"x-max-priority": 3}, "auto_delete": True},
    "log": {"durable": True, "arguments": {"x-queue-type": "stream"}},
}
NAMES = tuple(QUEUES)
STEPS = (
    *("publish", "publish", "publish", "burst", "fanout", "get", "consume", "consume", "ack", "nack", "reject"),
    *("settle all", "recover", "cancel", "purge", "delete", "reopen", "confirm", "tx", "commit", "rollback", "time"),
    *("publish", "burst", "get", "consume", "ack", "nack", "settle all", "time"),
    *("restart", "down", "abort", "stop reading", "read", "administrator", "nowhere", "reply", "alarm"),
)
Step = tuple[str, int, int, int]
CONVERSATIONS = st.lists(
    st.tuples(st.sampled_from(STEPS), st.integers(0, 1), st.integers(0, len(NAMES) - 1), st.integers(0, 3)),
    min_size=40,
    max_size=60,
)
RULES: tuple[Callable[[int], tuple[Any, ...]], ...] = (
    lambda n: (when("basic.publish", every=n + 2), Drop()),
    lambda n: (when("basic.publish", every=n + 2), Duplicate()),
    lambda n: (when("basic.publish", nth=n + 1), Delay(1)),
    lambda n: (when("basic.publish", nth=n + 1), Hold()),
    lambda n: (when("basic.deliver", every=n + 2), Drop()),
    lambda n: (when("basic.deliver", every=n + 2), Duplicate()),
    lambda n: (when("basic.deliver", every=n + 2), Redeliver()),
    lambda n: (when("basic.deliver", nth=n + 1), CancelConsumer()),
    lambda n: (when("basic.deliver", nth=n + 1), Delay(1)),
    lambda n: (when("basic.deliver", nth=n + 1), Reset()),
    lambda n: (when("basic.ack", "out", every=n + 2), Nack()),
    lambda n: (when("basic.ack", "in", every=n + 2), Drop()),
)
DRAWN_RULES = st.lists(st.tuples(st.integers(0, len(RULES) - 1), st.integers(0, 3)), max_size=3)


class Player:
    """One client of a play, which makes itself anew when its connection or its channel is over."""

    def __init__(self, broker: FakeBroker, clock: VirtualClock) -> None:
        self.broker, self.clock = broker, clock
        self.tags: list[int] = []
        self.published = 0
        self.connect()

    def connect(self) -> None:
        """Open a connection and a channel."""
        self.client = RawClient.connect(self.broker, self.clock)
        self.client.events.clear()
        if self.client.transport is not None:
            self.client.open(capabilities={"consumer_cancel_notify": True})
            self.open()

    def open(self) -> None:
        """Open the channel."""
        self.tags.clear()
        make, there = self.client.spec.command, self.broker.vhosts["/"].queues
        said = [make(1, "channel.open", None)]
        for name, fields in QUEUES.items():
            if name not in there:
                said.append(make(1, "queue.declare", None, queue=name, no_wait=True, **fields))
                if name not in ("now", "retry"):
                    said.append(make(1, "queue.bind", None, queue=name, exchange="amq.fanout", no_wait=True))
        self.client.send_octets(b"".join(encode(command, 0) for command in said))

    def say(self, name: str, content: Content | None = None, **fields: Any) -> None:
        """Send a command on channel 1, if there is a connection."""
        if self.client.lost is None and self.client.transport is not None:
            self.client.send(name, 1, content, **fields)

    def octets(self, number: int, routing_key: str, **properties: Any) -> bytes:
        """A publish."""
        self.published += 1
        content = Content.make(properties, b"%d" % self.published)
        return encode(self.client.spec.command(1, "basic.publish", content, routing_key=routing_key, mandatory=True), 0)

    def look(self) -> None:
        """Take note of what has come, and begin anew where something is over."""
        if self.client.lost is not None or self.client.transport is None:
            self.connect()
            return
        events, self.client.events = self.client.events, []
        for event in events:
            if not isinstance(event, Command):
                continue
            if event.name in ("basic.deliver", "basic.get-ok"):
                self.tags.append(event.args.delivery_tag)
            elif event.name == "channel.close":
                self.say("channel.close-ok")
                self.open()


class Play:
    """A broker, two clients, and what they do."""

    def __init__(self, ledger: bool = True) -> None:
        self.clock = VirtualClock()
        self.broker = FakeBroker(clock=self.clock, ledger=ledger)
        self.players = [Player(self.broker, self.clock), Player(self.broker, self.clock)]

    def add_rules(self, drawn: list[tuple[int, int]]) -> None:
        """Load rules."""
        for which, number in drawn:
            when_, action = RULES[which](number)
            self.broker.faults.add(when_, action)

    def stop(self) -> None:
        """End it all."""
        self.broker.stop()
        self.clock.settle()

    def step(self, what: str, who: int, which: int, number: int) -> None:
        """One step of the conversation."""
        player, queue = self.players[who], NAMES[which]
        player.look()
        self.do(what, player, queue, number)
        self.clock.settle()

    def do(self, what: str, player: Player, queue: str, number: int) -> None:
        """Say or do something."""
        for done in (self.publishes, self.settles, self.consumes, self.happens):
            if done(what, player, queue, number):
                return
        simple = {"confirm": "confirm.select", "tx": "tx.select", "commit": "tx.commit", "rollback": "tx.rollback"}
        player.say(simple[what])

    def publishes(self, what: str, player: Player, queue: str, number: int) -> bool:
        """Publish something."""
        if what not in ("publish", "burst", "fanout", "nowhere", "reply"):
            return False
        if player.client.lost is not None or player.client.transport is None:
            return True
        properties: dict[str, Any] = {"delivery_mode": 1 + number % 2, "priority": number}
        if number == 3:
            properties["expiration"] = "300"
        if what == "fanout":
            player.say("basic.publish", Content.make(properties, b"fan"), exchange="amq.fanout")
        elif what == "nowhere":
            player.say("basic.publish", Content.make({}, b"?"), exchange="" if number else "none", mandatory=True)
        elif what == "reply":
            player.say("basic.consume", queue="amq.rabbitmq.reply-to", no_ack=True, consumer_tag=f"r{number}")
            player.say("basic.publish", Content.make({"reply_to": "amq.rabbitmq.reply-to"}, b"?"), routing_key=queue)
        else:
            count = 1 + 3 * (what == "burst")
            player.client.send_octets(b"".join(player.octets(number, queue, **properties) for _ in range(count)))
        return True

    def settles(self, what: str, player: Player, queue: str, number: int) -> bool:
        """Settle a delivery, or all; at times one that is not there."""
        if what == "recover":
            player.say("basic.recover", requeue=True)
            player.tags.clear()
            return True
        if what not in ("ack", "nack", "reject", "settle all"):
            return False
        multiple = number == 2 or what == "settle all"
        tag = 0 if what == "settle all" else player.tags.pop(0) if player.tags else 99 if number == 3 else 0
        if not tag and not multiple:
            return True
        if what == "reject":
            player.say("basic.reject", delivery_tag=tag or 1, requeue=number > 1)
        elif what == "nack":
            player.say("basic.nack", delivery_tag=tag, multiple=multiple, requeue=number > 1)
        else:
            player.say("basic.ack", delivery_tag=tag, multiple=multiple)
        if multiple:
            player.tags[:] = [each for each in player.tags if tag and each > tag]
        return True

    def consumes(self, what: str, player: Player, queue: str, number: int) -> bool:
        """Get, consume, or end that."""
        if what == "get":
            player.say("basic.get", queue=queue, no_ack=number == 3)
        elif what == "consume":
            player.say("basic.qos", prefetch_count=1 + number)
            arguments = {"x-stream-offset": "first"} if queue == "log" else {}
            tag, no_ack = f"{queue}{number}", number == 3 and queue != "log"
            player.say("basic.consume", queue=queue, consumer_tag=tag, no_ack=no_ack, arguments=arguments)
        elif what == "cancel":
            player.say("basic.cancel", consumer_tag=f"{queue}{number}")
        elif what == "stop reading":
            player.client.stop_reading()
        elif what == "read":
            player.client.read_again()
        else:
            return False
        return True

    def happens(self, what: str, player: Player, queue: str, number: int) -> bool:
        """What happens to queues, channels, connections and the broker."""
        if what == "purge":
            player.say("queue.purge", queue=queue)
        elif what == "delete":
            player.say("queue.delete", queue=queue)
            player.say("queue.declare", queue=queue, **QUEUES[queue])
        elif what == "reopen":
            player.say("channel.close", reply_code=200)
            player.open()
        elif what in ("time", "restart", "down", "abort", "alarm"):
            self.disturbs(what, player, number)
        elif what == "administrator":
            if self.broker.vhosts["/"].queues.get(queue) is not None:
                self.broker.publish("from nobody", queue)
        else:
            return False
        return True

    def disturbs(self, what: str, player: Player, number: int) -> None:
        """What no client asks for."""
        if what == "time":
            self.clock.advance(0.2 * (1 + number))
        elif what == "restart":
            self.broker.restart()
        elif what == "alarm":
            (self.broker.clear_alarm if self.broker.alarms.active else self.broker.set_alarm)("memory")
        elif what == "down":
            self.broker.down(0.1)
            self.clock.advance(0.2)
        elif player.client.lost is None and player.client.transport is not None:
            player.client.abort()


class Agreement:
    """Whether a ledger says of each copy what the broker's queues say."""

    def __init__(self, test: TestCase, broker: FakeBroker) -> None:
        self.test, self.broker, self.ledger = test, broker, broker.ledger

    def check(self) -> None:
        """Check each copy's place, that none ends twice, and that each message has one fate."""
        ready, unacked = self.in_queues()
        for message in self.ledger.messages:
            for copy in message.copies:
                if copy.queue_type != "reply":
                    place = "ready" if copy in ready else "unacked" if copy in unacked else "gone"
                    self.test.assertEqual(copy.place, place, f"{copy.queue} of\n{message}")
                self.check_ends(message, copy)
            self.check_fate(message)

    def in_queues(self) -> tuple[set[Copy], set[Copy]]:
        """The copies that wait, and those that are with consumers, as the queues have them."""
        ready: set[Copy] = set()
        unacked: set[Copy] = set()
        for queue in self.broker.vhosts["/"].queues.values():
            ready.update(map(self.copy_of, queue.ready))
            if queue.type != "stream":
                unacked.update(self.copy_of(delivery.message) for delivery in queue.unacked)
        return ready, unacked

    def copy_of(self, message: Message) -> Copy:
        """The copy that a message in a queue is."""
        self.test.assertIsInstance(message.known, Copy)
        assert isinstance(message.known, Copy)
        return message.known

    def check_ends(self, message: PublishedMessage, copy: Copy) -> None:
        """A copy ends once, unless its queue has taken it back since; and has no more to do with a consumer then."""
        over = False
        for event in copy.events:
            if event.name == "requeued":
                over = False
            elif over and event.ends and event.rule is None and copy.queue_type != "stream":
                self.test.fail(f"the copy in {copy.queue} ends twice, the second time by {event}:\n{message}")
            over = over or (event.ends and copy.queue_type != "stream")
        if copy.queue_type == "reply":
            return
        if copy.queue_type != "stream":
            self.test.assertEqual(copy.gone, over or self.is_on_the_way(copy), f"\n{message}")

    def is_on_the_way(self, copy: Copy) -> bool:
        """Whether it is on its way to a consumer that needs no acks, and whose channel has yet to read it."""
        return copy.gone and copy.state in ("ready", "requeued")

    def check_fate(self, message: PublishedMessage) -> None:
        """A message is routed, or something has kept it from that."""
        fates = [event.name for event in message.fate]
        decided = [name for name in fates if name in ("routed", "unroutable", "refused", "withheld", "rolled-back")]
        self.test.assertEqual(fates[0], "published")
        told = [event for event in message.fate if event.name in ("confirmed", "nacked-by-broker") and event.reached]
        self.test.assertLessEqual(len(told), 1, f"\n{message}")
        if len(decided) > 1:
            self.test.assertEqual(decided[:1], ["routed"], f"\n{message}")  # a stream may refuse what others have
