"""Whatever rules say together, the broker itself never fails, and leaves nothing behind when it stops.

Random rules, made of the actions in docs/faults.md, against two clients who do what they like.
"""

from __future__ import annotations

import contextlib
import gc
import random
from typing import Any

from twisted.internet import error
from twisted.trial.unittest import SynchronousTestCase

from fakebroker import FakeBroker
from fakebroker.errors import RuleError
from fakebroker.faults import Action, when
from fakebroker.testing import VirtualClock
from fakebroker.wire.command import Content
from tests.faults.test_docs_table import CODE, rows, written
from tests.rawclient import HEADERS, RawClient

SEEDS = 200

CAPABILITIES = {"connection.blocked": True, "consumer_cancel_notify": True, "authentication_failure_close": True}

WHATS = (
    *(None, "connect", "protocol-header", "start", "start-ok", "tune", "tune-ok", "open", "open-ok"),
    *("method", "header", "body", "heartbeat", "malformed", "basic.*", "channel.open", "channel.open-ok"),
    *("channel.close", "connection.close", "queue.declare", "queue.declare-ok", "basic.publish", "basic.deliver"),
    *("basic.ack", "basic.get", "basic.get-ok", "basic.cancel", "basic.consume-ok"),
)


def actions() -> list[Action]:
    """One of each, as the documentation has it."""
    return [written(CODE.findall(example)[0]).rules[0].rule.then[0] for _, example, _ in rows("for example")]


class AnyRules(SynchronousTestCase):
    def test_the_broker_never_fails_and_leaves_nothing_behind(self) -> None:
        choices = actions()
        for seed in range(SEEDS):
            self.run_once(random.Random(seed), choices)
            gc.collect(0)
            errors = [each for each in self.flushLoggedErrors() if not each.check(error.ConnectionRefusedError)]
            self.assertEqual([], errors, f"seed {seed}")

    def run_once(self, rng: random.Random, choices: list[Action]) -> None:
        clock = VirtualClock()
        broker = FakeBroker(clock=clock)
        for _ in range(rng.randint(1, 6)):
            self.add_any(broker, rng, choices)
        rules = [str(loaded) for loaded in broker.faults.rules]
        for _ in range(2):
            client = RawClient.connect(broker, clock)
            if client.transport is not None:
                self.converse(client, rng)
        clock.advance(100)
        stopped = broker.stop()
        clock.settle()
        self.assertTrue(stopped.called, rules)
        self.assertEqual([], [str(call) for call in clock.getDelayedCalls()], rules)

    def add_any(self, broker: FakeBroker, rng: random.Random, choices: list[Action]) -> None:
        direction: Any = rng.choice([None, "in", "out"])
        where = when(rng.choice(WHATS), direction, nth=rng.choice([None, None, 1, 3]))
        then = rng.sample(choices, rng.choice([1, 1, 1, 2]))
        with contextlib.suppress(RuleError):  # chance makes up rules that can never act, too
            broker.faults.add(where, *then, times=rng.choice([1, 1, 2, 5, None]), probability=rng.choice([None, 0.5]))

    def converse(self, client: RawClient, rng: random.Random) -> None:
        def say(name: str, channel: int = 1, content: Content | None = None, **fields: Any) -> None:
            if client.lost is None:
                client.send(name, channel, content, **fields)

        client.send_octets(HEADERS["0-9-1"])
        properties = {"capabilities": CAPABILITIES}
        response = b"\0guest\0guest"
        say("connection.start-ok", 0, mechanism="PLAIN", response=response, client_properties=properties)
        say("connection.tune-ok", 0, channel_max=2047, frame_max=4096, heartbeat=10)
        say("connection.open", 0, virtual_host="/")
        for channel in (1, 2):
            say("channel.open", channel)
        if rng.random() < 0.7:
            say("confirm.select")
        say("queue.declare", queue="jobs")
        say("basic.consume", queue="jobs", consumer_tag="me", no_ack=rng.random() < 0.3)
        for number in range(25):
            self.do_anything(client, rng, say, number)

    def do_anything(self, client: RawClient, rng: random.Random, say: Any, number: int) -> None:
        choice = rng.randrange(20)
        if choice < 8:
            say(
                "basic.publish",
                rng.choice([1, 2]),
                Content.make({}, b"x" * rng.choice([0, 5, 9000])),
                routing_key="jobs",
            )
        elif choice < 10:
            say("basic.ack", delivery_tag=number // 3 + 1)
        elif choice < 12:
            say("basic.get", queue="jobs", no_ack=True)
        elif choice < 14:
            client.clock.advance(rng.random() * 20)
        elif choice < 16:
            say("queue.declare", 2, queue="jobs", passive=True)
        else:
            name = ("channel.close", "channel.open", "basic.cancel", "basic.consume")[choice - 16]
            fields: dict[str, Any] = {"consumer_tag": "me"} if name.startswith("basic.") else {}
            say(name, 1, None, **fields)
