"""Commands that are alike but for their bodies pass the broker as one batch, and nobody can tell the difference.

A rule that never acts makes the broker look at each of them; everything else is as without it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple
from unittest import TestCase

from hypothesis import strategies as st
from twisted.internet.task import Clock

from fakebroker import FakeBroker
from fakebroker.broker.channel.mailbox import CAPACITY
from fakebroker.faults import CancelConsumer, Drop, when
from fakebroker.wire.batch import CommandBatch
from fakebroker.wire.command import Command
from fakebroker.wire.reader import Reader
from fakebroker.wire.spec import load
from fakebroker.wire.writer import encode
from tests.properties import given
from tests.rawclient import Content, RawClient
from tests.wire.frames import pieces

SPEC = load("0-9-1")
QUEUES = ("a", "b", "c")
CHANNELS = (1, 2, 3)
"""Those of the client that consumes."""
ARGUMENTS: Sequence[dict[str, Any]] = (
    {},
    {"x-max-length": 3},
    {"x-max-length": 2, "x-dead-letter-exchange": "", "x-dead-letter-routing-key": "a"},
    {"x-max-length": 3, "x-overflow": "reject-publish"},
    {"x-max-length-bytes": 20},
    {"x-message-ttl": 0},
    {"x-message-ttl": 1000},
    {"x-max-priority": 3},
    {"x-single-active-consumer": True},
    {"x-queue-type": "quorum"},
    {"x-queue-type": "stream"},
)
PLAIN: dict[str, dict[str, Any]] = {name: {} for name in QUEUES}
PROPERTIES: Sequence[dict[str, Any]] = (
    {},
    {"priority": 2},
    {"expiration": "0"},
    {"expiration": "wrong"},
    {"headers": {"CC": ["b"], "n": 1}},
    {"headers": {"BCC": ["c", "none"]}},
    {"delivery_mode": 2, "user_id": "guest"},
    {"user_id": "somebody"},
)


class Consuming(NamedTuple):
    """A consumer on one of the channels of one client."""

    queue: str
    channel: int
    no_ack: bool
    prefetch: int
    whole_channel: bool = False
    """Whether the prefetch is the limit of all the channel's consumers."""


class Burst(NamedTuple):
    """Messages one behind the other."""

    exchange: str
    key: str
    properties: dict[str, Any]
    mandatory: bool
    bodies: list[bytes]


class Scenario(NamedTuple):
    """What there is, who consumes, and what is published, in pieces that end at the cuts."""

    arguments: dict[str, dict[str, Any]]
    consumers: list[Consuming]
    mode: str
    bursts: list[Burst]
    cuts: list[int]
    largest: int = 1000
    """Octets in a message, at the most."""
    alarm: bool = False
    """Whether there is one at first."""
    limit: int | None = None
    """Of the publisher's channel, which consumes from the first queue then; 0 for no limit."""


bursts = st.builds(
    Burst,
    st.sampled_from(["", "amq.fanout", "amq.direct", "none"]) | st.just("") | st.just("amq.fanout"),
    st.sampled_from([*QUEUES, "nowhere"]) | st.just("a"),
    st.sampled_from(PROPERTIES) | st.just({}),
    st.booleans(),
    st.lists(st.sampled_from([b"", b"x", b"yy", b"z" * 30, b"\xce" * 9]) | st.just(b"m"), min_size=1, max_size=12),
)
scenarios = st.builds(
    Scenario,
    st.fixed_dictionaries({name: st.sampled_from(ARGUMENTS) | st.just({}) for name in QUEUES}),
    st.lists(
        st.builds(
            Consuming,
            st.sampled_from(QUEUES),
            st.sampled_from(CHANNELS),
            st.booleans(),
            st.sampled_from([0, 1, 3]),
            st.sampled_from([False, False, True]),
        ),
        max_size=4,
    ),
    st.sampled_from(["", "confirm.select", "tx.select"]),
    st.lists(bursts, min_size=1, max_size=4),
    st.lists(st.integers(0, 2000), max_size=3),
    st.sampled_from([1000, 1000, 20]),
    st.sampled_from([False, False, False, True]),
    st.sampled_from([None, None, 0, 2, 100]),
)


def play(scenario: Scenario, set_up: Callable[[FakeBroker], object]) -> list[object]:
    """What the clients saw, what the journal has, what is left in the queues, and what was counted."""
    clock = Clock()
    broker = FakeBroker(clock=clock)
    broker.tuning.max_message_size = scenario.largest
    set_up(broker)
    consumer, publisher = (RawClient.connect(broker, clock).open() for _ in range(2))
    publisher.open_channel(1)
    for channel in CHANNELS:
        consumer.open_channel(channel)
    for name, arguments in scenario.arguments.items():
        is_classic = "x-queue-type" not in arguments
        publisher.send("queue.declare", 1, queue=name, durable=not is_classic, arguments=arguments)
        publisher.send("queue.bind", 1, queue=name, exchange="amq.fanout")
    _consume(consumer, scenario.consumers)
    if scenario.mode:
        publisher.send(scenario.mode, 1)
    if scenario.limit is not None:
        publisher.send("basic.qos", 1, prefetch_count=scenario.limit, global_=True)
        publisher.send("basic.consume", 1, queue=QUEUES[0], consumer_tag="own")
    if scenario.alarm:
        broker.set_alarm("memory")
    for chunk in pieces(b"".join(map(_octets, scenario.bursts)), scenario.cuts):
        publisher.send_octets(chunk)
    broker.clear_alarm("memory")
    clock.advance(0)
    publisher.send("tx.commit", 1)
    for channel in CHANNELS:
        consumer.send("basic.ack", channel, multiple=True)
    assert consumer.lost is publisher.lost is None, "nobody has seen to the end what came"
    consumer.hang_up()
    clock.advance(1)
    queues = broker.vhosts["/"].queues.values()
    seen: list[object] = [publisher.octets, consumer.octets, broker.journal.transcript()]
    seen += [(each.name, [m.body for m in each.ready], each.message_count, each.counts.as_dict()) for each in queues]
    broker.stop()
    return seen


def _consume(client: RawClient, consumers: Sequence[Consuming]) -> None:
    for number, each in enumerate(consumers):
        client.send("basic.qos", each.channel, prefetch_count=each.prefetch, global_=each.whole_channel)
        client.send("basic.consume", each.channel, queue=each.queue, consumer_tag=str(number), no_ack=each.no_ack)
        if client.names[-1] == "channel.close":  # this queue can't be consumed from like that
            client.send("channel.close-ok", each.channel)
            client.send("channel.open", each.channel)


def look_at_each(broker: FakeBroker) -> None:
    """A rule that never acts."""
    broker.faults.add(when("connection.update-secret"), Drop())


def _octets(burst: Burst) -> bytes:
    return b"".join(
        encode(
            SPEC.command(
                1,
                "basic.publish",
                Content.make(burst.properties, body),
                exchange=burst.exchange,
                routing_key=burst.key,
                mandatory=burst.mandatory,
            ),
            0,
        )
        for body in burst.bodies
    )


def burst(count: int, exchange: str = "amq.fanout", key: str = "", **properties: Any) -> Burst:
    """So many messages that are numbered, and alike but for that."""
    return Burst(exchange, key, properties, False, [b"%d" % number for number in range(count)])


def no_rule(broker: FakeBroker) -> None:
    """A broker as it comes."""


class AsOneBatch(TestCase):
    def assert_alike(self, scenario: Scenario) -> None:
        """Nobody can tell whether the messages pass as one batch or one by one."""
        self.assertEqual(play(scenario, look_at_each), play(scenario, no_rule))

    @given(scenarios, examples=250)
    def test_what_a_batch_does_is_what_its_messages_do_one_by_one(self, scenario: Scenario) -> None:
        self.assert_alike(scenario)

    def test_a_channel_that_consumes_from_several_queues_sees_each_message_from_all_before_the_next(self) -> None:
        consumers = [Consuming(name, 1, True, 0) for name in QUEUES]
        self.assert_alike(Scenario(PLAIN, consumers, "", [burst(500)], []))

    def test_channels_are_told_in_the_order_in_which_each_got_its_first_message(self) -> None:
        consumers = [Consuming("a", 1, True, 0), Consuming("a", 2, True, 0), Consuming("b", 3, True, 0)]
        self.assert_alike(Scenario(PLAIN, consumers, "", [burst(10)], []))

    def test_a_publisher_is_told_before_a_channel_that_gets_a_later_message(self) -> None:
        consumers = [Consuming("a", 1, True, 0), Consuming("a", 2, True, 0)]
        self.assert_alike(Scenario(PLAIN, consumers, "confirm.select", [burst(10, "", "a")], []))

    def test_a_single_active_consumer_gets_all_and_the_one_behind_it_nothing(self) -> None:
        arguments = {**PLAIN, "a": {"x-single-active-consumer": True}}
        consumers = [Consuming("a", 1, True, 0), Consuming("a", 2, True, 0), Consuming("b", 3, True, 0)]
        self.assert_alike(Scenario(arguments, consumers, "confirm.select", [burst(10)], []))


class WhatHappensToOne(TestCase):
    """Something happens to one of the messages of a burst, or because of it, and not to the others."""

    def setUp(self) -> None:
        self.clock = Clock()
        self.broker = FakeBroker(clock=self.clock)
        self.queue = self.broker.vhosts["/"].queues.declare("a")
        self.publisher, self.consumer = self.client(), self.client()

    def client(self) -> RawClient:
        """A client with a channel."""
        client = RawClient.connect(self.broker, self.clock).open()
        client.open_channel(1)
        return client

    def consume(self, client: RawClient, prefetch: int, whole_channel: bool = False, no_ack: bool = False) -> None:
        """Consume from the queue with a limit."""
        client.send("basic.qos", 1, prefetch_count=prefetch, global_=whole_channel)
        client.send("basic.consume", 1, queue="a", consumer_tag="me", no_ack=no_ack)
        client.events.clear()

    def publish(self, count: int, **properties: Any) -> None:
        """Publish so many, in one piece."""
        self.publisher.send_octets(_octets(burst(count, "", "a", **properties)))

    def stop_reading(self) -> None:
        """The consumer reads no more, and the broker has noticed."""
        self.consumer.stop_reading()
        self.publisher.send_octets(self.publisher.octets_of("basic.publish", 1, b"x" * 1_000_000, routing_key="a"))

    def assert_delivered(self, *numbers: int) -> None:
        """The consumer has got just these since the last time."""
        events, self.consumer.events = self.consumer.events, []
        got = [event.content.body for event in events if isinstance(event, Command) and event.content is not None]
        self.assertEqual([b"%d" % number for number in numbers], got)

    def test_a_consumer_without_credit_gets_no_more(self) -> None:
        self.consume(self.consumer, 3)
        self.publish(10)
        self.assert_delivered(0, 1, 2)
        self.publish(10)
        self.assert_delivered()
        self.consumer.send("basic.ack", 1, delivery_tag=2, multiple=True)
        self.assert_delivered(3, 4)
        self.assertEqual(15, self.queue.message_count)

    def test_a_channel_at_its_limit_gets_no_more(self) -> None:
        self.consume(self.consumer, 3, whole_channel=True)
        self.publish(10)
        self.assert_delivered(0, 1, 2)
        self.consumer.send("basic.ack", 1, delivery_tag=2, multiple=True)
        self.assert_delivered(3, 4)
        self.assertEqual(5, self.queue.message_count)

    def test_a_client_that_does_not_read_gets_no_more_than_its_channel_holds(self) -> None:
        self.consume(self.consumer, 0, no_ack=True)
        self.stop_reading()
        self.publish(500)
        self.assertEqual(500 - CAPACITY, self.queue.message_count)

    def test_none_goes_further_before_the_commit(self) -> None:
        self.publisher.send("tx.select", 1)
        self.publish(3)
        self.assertEqual(0, self.queue.message_count)
        self.publisher.send("tx.commit", 1)
        self.assertEqual(3, self.queue.message_count)

    def test_those_before_one_that_is_refused_have_passed(self) -> None:
        self.broker.tuning.max_message_size = 1
        self.publish(12)
        self.assertEqual("channel.close", self.publisher.names[-1])
        self.assertEqual(10, self.queue.message_count)

    def test_each_that_goes_nowhere_is_confirmed_by_itself(self) -> None:
        self.publisher.send("confirm.select", 1)
        self.publisher.events.clear()
        self.publisher.send_octets(_octets(burst(3, "", "nowhere")))
        self.assertEqual(["basic.ack"] * 3, self.publisher.names)

    def test_the_oldest_make_room_where_a_queue_may_not_be_longer(self) -> None:
        self.queue = self.broker.vhosts["/"].queues.declare("short", arguments={"x-max-length": 2})
        self.publisher.send_octets(_octets(burst(5, "", "short")))
        self.assertEqual([b"3", b"4"], [message.body for message in self.queue.ready])

    def test_what_grows_too_old_in_its_queue_is_gone(self) -> None:
        self.queue = self.broker.vhosts["/"].queues.declare("brief", arguments={"x-message-ttl": 1000})
        self.publisher.send_octets(_octets(burst(5, "", "brief")))
        self.assertEqual(5, self.queue.message_count)
        self.clock.advance(1)
        self.assertEqual(0, self.queue.message_count)

    def test_what_expires_at_once_is_gone(self) -> None:
        self.publish(3, expiration="0")
        self.clock.advance(0)
        self.assertEqual(0, self.queue.message_count)

    def test_confirms_go_ahead_of_what_a_limited_channel_sends_itself(self) -> None:
        self.publisher.send("confirm.select", 1)
        self.consume(self.publisher, 100, whole_channel=True)
        self.publish(2)
        self.assertEqual(["basic.ack", "basic.deliver"] * 2, self.publisher.names)

    def test_each_that_names_a_consumer_of_replies_is_delivered_to_it(self) -> None:
        self.consumer.send("basic.consume", 1, queue="amq.rabbitmq.reply-to", no_ack=True)
        self.consumer.events.clear()
        replies = self.broker.connections[1].channels[1].session.replies.consumer
        assert replies is not None
        self.publish(3, headers={"CC": [replies.address]})
        self.assert_delivered(0, 1, 2)
        self.assertEqual(3, self.queue.message_count)

    def test_nothing_with_a_body_goes_further_while_an_alarm_is_on(self) -> None:
        self.broker.set_alarm("memory")
        self.publish(3)
        self.assertEqual(0, self.queue.message_count)
        self.broker.clear_alarm("memory")
        self.assertEqual(3, self.queue.message_count)

    def test_each_that_waited_for_its_client_meets_a_rule_by_itself(self) -> None:
        self.consume(self.consumer, 0)
        self.stop_reading()
        self.publish(5)
        self.broker.faults.add(when("basic.deliver", body="2"), CancelConsumer())
        self.consumer.read_again()
        self.assertEqual([b"2", b"3", b"4"], [message.body for message in self.queue.ready])

    def test_so_does_each_that_went_alone_because_consumers_take_turns(self) -> None:
        self.consume(self.consumer, 0)
        self.consumer.send("basic.consume", 1, queue="a", consumer_tag="too")
        self.consumer.events.clear()
        self.stop_reading()
        self.publish(5)
        self.broker.faults.add(when("basic.deliver", body="2"), Drop())
        self.consumer.read_again()
        del self.consumer.events[0]  # the one with which it stopped
        self.assert_delivered(0, 1, 3, 4)


class Reading(TestCase):
    @given(
        st.lists(bursts, min_size=1, max_size=4),
        st.lists(st.integers(0, 2000), max_size=4),
        st.binary(max_size=9),
        examples=100,
    )
    def test_batches_have_the_commands_that_reading_one_by_one_gives(
        self, sent: list[Burst], cuts: list[int], junk: bytes
    ) -> None:
        octets = b"".join(map(_octets, sent)) + junk
        reader = Reader(SPEC, batches=True)
        read: list[object] = []
        for chunk in pieces(octets, cuts):
            reader.take_in(chunk)
            while (event := reader.next()) is not None:
                read += event.unbatched() if isinstance(event, CommandBatch) else [event]
        self.assertEqual(list(map(repr, Reader(SPEC).feed(octets))), list(map(repr, read)))
