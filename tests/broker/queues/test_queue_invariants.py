"""What holds of a queue whatever its clients do."""

from __future__ import annotations

import random
from unittest import TestCase

from hypothesis import strategies as st
from twisted.internet.task import Clock

from fakebroker.broker.broker import Broker
from fakebroker.broker.message import make_message
from fakebroker.wire.command import Content
from tests.broker.queueing import Client
from tests.properties import given

STEPS = st.lists(
    st.tuples(
        st.sampled_from(
            ["publish", "publish", "get", "consume", "ack", "ack all", "requeue", "drop", "cancel", "close"]
        ),
        st.integers(0, 1),
        st.integers(0, 3),
    ),
    max_size=60,
)


class Play:
    """One queue, two clients, and the number of every message that was published or is gone for good."""

    def __init__(self, arguments: dict[str, object]) -> None:
        self.broker = Broker(Clock(), random.Random(1))
        self.vhost = self.broker.vhosts["/"]
        self.queue = self.vhost.queues.declare("q", arguments=arguments)  # type: ignore[arg-type]
        self.clients = [Client(self.broker), Client(self.broker)]
        self.published = 0
        self.gone: set[int] = set()
        self.tags = 0

    def step(self, what: str, who: int, number: int) -> None:
        client = self.clients[who]
        if what == "publish":
            body = str(self.published).encode()
            self.queue.publish(make_message("", "q", Content.make({"priority": number}, body)))
            self.published += 1
        elif what == "get":
            self.queue.get(client.session, no_ack=False)
        elif what == "consume":
            client.session.set_prefetch(number)
            self.tags += 1
            client.consume(self.queue, str(self.tags))
        elif what == "close":
            client.session.close()
            self.clients[who] = Client(self.broker)
        elif what == "cancel" and client.session.consumers:
            client.session.cancel(next(iter(client.session.consumers)), lambda: None)
        elif client.session.unacked:
            self.settle(client, what, number)

    def settle(self, client: Client, what: str, number: int) -> None:
        outstanding = client.session.unacked
        tag = list(outstanding)[number % len(outstanding)]
        if what != "requeue":
            ended = [each for each in outstanding.values() if each.tag == tag or (what == "ack all" and each.tag < tag)]
            self.gone.update(int(each.message.body) for each in ended)
        if what.startswith("ack"):
            client.session.ack(tag, multiple=what == "ack all")
        else:
            client.session.reject(tag, requeue=what == "requeue")


class Invariants(TestCase):
    def check(self, play: Play, ordered: bool) -> None:
        waiting = [int(message.body) for message in play.queue.ready]
        out = [int(delivery.message.body) for delivery in play.queue.unacked]
        self.assertEqual(list(range(play.published)), sorted([*waiting, *out, *play.gone]), "no message is lost")
        held = [delivery for client in play.clients for delivery in client.session.unacked.values()]
        self.assertEqual(set(play.queue.unacked), set(held), "queue and channels agree on what is out")
        if ordered:
            self.assertEqual(sorted(waiting), waiting, "messages wait in the order they came")
        for consumer in play.queue.consumers:
            mine = sum(delivery.consumer is consumer for delivery in held)
            self.assertLessEqual(mine, consumer.prefetch or mine, "nobody has more than its limit")
            if waiting:
                self.assertEqual(consumer.prefetch, mine, "nobody idles while messages wait")

    @given(STEPS, examples=100)
    def test_of_a_plain_queue(self, steps: list[tuple[str, int, int]]) -> None:
        play = Play({})
        for step in steps:
            play.step(*step)
            self.check(play, ordered=True)

    @given(STEPS, examples=100)
    def test_of_a_priority_queue(self, steps: list[tuple[str, int, int]]) -> None:
        play = Play({"x-max-priority": 2})
        for step in steps:
            play.step(*step)
            self.check(play, ordered=False)
            priorities = [min(message.properties.priority or 0, 2) for message in play.queue.ready]
            self.assertEqual(sorted(priorities, reverse=True), priorities)
