"""Commands that are alike but for their bodies pass the broker together, and nobody can tell the difference.

A rule that never acts makes the broker look at each of them; everything else is as without it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple
from unittest import TestCase

from hypothesis import strategies as st
from twisted.internet.task import Clock

from fakebroker import FakeBroker
from fakebroker.faults import Drop, when
from fakebroker.wire.command import Commands
from fakebroker.wire.reader import Reader
from fakebroker.wire.spec import load
from fakebroker.wire.writer import encode
from tests.properties import given
from tests.rawclient import Content, RawClient
from tests.wire.frames import pieces

SPEC = load("0-9-1")
QUEUES = ("a", "b", "c")
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
    """A consumer on one of two channels of one client."""

    queue: str
    channel: int
    no_ack: bool
    prefetch: int


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
        st.builds(Consuming, st.sampled_from(QUEUES), st.integers(1, 2), st.booleans(), st.sampled_from([0, 1, 3])),
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
    for client, channel in ((publisher, 1), (consumer, 1), (consumer, 2)):
        client.open_channel(channel)
    for name, arguments in scenario.arguments.items():
        is_classic = "x-queue-type" not in arguments
        publisher.send("queue.declare", 1, queue=name, durable=not is_classic, arguments=arguments)
        publisher.send("queue.bind", 1, queue=name, exchange="amq.fanout")
    for number, each in enumerate(scenario.consumers):
        consumer.send("basic.qos", each.channel, prefetch_count=each.prefetch)
        consumer.send("basic.consume", each.channel, queue=each.queue, consumer_tag=str(number), no_ack=each.no_ack)
        consumer.send("channel.open", each.channel)  # again, after what was refused
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
    consumer.send("basic.ack", 1, multiple=True)
    consumer.hang_up()
    clock.advance(1)
    queues = broker.vhosts["/"].queues.values()
    seen: list[object] = [publisher.octets, consumer.octets, broker.journal.transcript()]
    seen += [(each.name, [m.body for m in each.ready], each.message_count, each.counts.as_dict()) for each in queues]
    broker.stop()
    return seen


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


class Together(TestCase):
    @given(scenarios, examples=150)
    def test_what_passes_together_is_what_would_pass_one_by_one(self, scenario: Scenario) -> None:
        self.assertEqual(play(scenario, look_at_each), play(scenario, lambda broker: None))

    def test_a_channel_that_consumes_from_several_queues_sees_each_message_from_all_before_the_next(self) -> None:
        burst = Burst("amq.fanout", "", {}, False, [b"%d" % number for number in range(500)])
        consumers = [Consuming(name, 1, True, 0) for name in QUEUES]
        scenario = Scenario({name: {} for name in QUEUES}, consumers, "", [burst], [])
        together, one_by_one = play(scenario, lambda broker: None), play(scenario, look_at_each)
        self.assertEqual(one_by_one, together)

    def test_a_burst_is_read_as_one(self) -> None:
        reader = Reader(SPEC)
        reader.one_by_one = False
        bodies = [b"one", b"three", b"seven"]
        octets = _octets(Burst("", "q", {}, False, bodies))
        reader.take_in(octets + _octets(Burst("", "other", {}, False, [b"two"])))
        event = reader.next()
        assert isinstance(event, Commands)
        self.assertEqual(bodies, event.bodies)
        self.assertEqual(list(Reader(SPEC).feed(octets)), list(event.each()))

    @given(
        st.lists(bursts, min_size=1, max_size=4),
        st.lists(st.integers(0, 2000), max_size=4),
        st.binary(max_size=9),
        examples=100,
    )
    def test_reading_together_gives_the_commands_that_reading_one_by_one_gives(
        self, sent: list[Burst], cuts: list[int], junk: bytes
    ) -> None:
        octets = b"".join(map(_octets, sent)) + junk
        together = Reader(SPEC)
        together.one_by_one = False
        read: list[object] = []
        for chunk in pieces(octets, cuts):
            together.take_in(chunk)
            while (event := together.next()) is not None:
                read += list(event.each()) if isinstance(event, Commands) else [event]
        self.assertEqual(list(map(repr, Reader(SPEC).feed(octets))), list(map(repr, read)))
