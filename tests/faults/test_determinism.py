"""The same seed makes the same run, byte for byte: here, in other processes, on other Pythons, over TCP."""

from __future__ import annotations

import gc
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from twisted.internet import reactor
from twisted.internet.defer import Deferred, inlineCallbacks
from twisted.internet.endpoints import TCP4ClientEndpoint, connectProtocol
from twisted.internet.task import deferLater
from twisted.trial.unittest import SynchronousTestCase, TestCase

from fakebroker import FakeBroker
from fakebroker.faults import Change, CloseChannel, Drop, Duplicate, Slice, when
from fakebroker.journal import compare
from fakebroker.testing import VirtualClock
from tests.faults.scenarios import SCENARIOS, chaotic
from tests.rawclient import HEADERS, RawClient

ROOT = Path(__file__).parents[2]
CHAOS_SEEDS = 25


def in_another_process(python: str, hash_seed: str) -> str:
    """The transcripts of all scenarios as another process prints them."""
    path = os.pathsep.join(sys.path) if python == sys.executable else str(ROOT)
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONPATH": path}
    command = [python, "-m", "tests.faults.scenarios"]
    done = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, check=True)
    return done.stdout


def other_pythons() -> list[str]:
    """Interpreters of other versions that are here and have what the scenarios need."""
    found = []
    for minor in range(10, 14):
        path = shutil.which(f"python3.{minor}")
        if path and sys.version_info[:2] != (3, minor):
            ready = subprocess.run([path, "-c", "import twisted, txamqp"], capture_output=True, check=False)
            found += [path] if ready.returncode == 0 else []
    return found


class TheSameAgain(SynchronousTestCase):
    def tearDown(self) -> None:
        # A client that is sent garbage fails; Twisted logs that, as it should, at the latest when it is forgotten.
        gc.collect()
        self.flushLoggedErrors()

    def assertSame(self, first: str, second: str) -> None:
        self.assertIsNone(compare(first, second))

    def test_twice_in_one_process(self) -> None:
        for scenario in SCENARIOS.values():
            self.assertSame(scenario(0), scenario(0))

    def test_every_scenario_is_another_with_another_seed_where_chance_plays_a_part(self) -> None:
        for name in ("slow_and_late", "chaotic"):
            self.assertNotEqual(SCENARIOS[name](0), SCENARIOS[name](1))

    def test_many_seeds_of_chaos_twice_each(self) -> None:
        for seed in range(CHAOS_SEEDS):
            self.assertSame(chaotic(seed), chaotic(seed))

    def test_in_processes_that_hash_otherwise_and_on_other_pythons(self) -> None:
        first = in_another_process(sys.executable, "1")
        self.assertGreater(len(first), 10_000)
        self.assertSame(first, in_another_process(sys.executable, "2"))
        for python in other_pythons():
            self.assertSame(first, in_another_process(python, "1"))


class OverTCP(TestCase):
    """One client, step by step, in memory and over a socket; only the broker's clock is virtual in both."""

    timeout = 20

    def broker(self) -> FakeBroker:
        broker = FakeBroker(reactor, clock=VirtualClock())
        broker.faults.add(when("start"), Slice(50))
        broker.faults.add(when("queue.declare-ok"), Change(message_count=7))
        broker.faults.add(when("basic.get-empty"), Duplicate())
        broker.faults.add(when("basic.publish", nth=2), Drop())
        broker.faults.add(when("basic.get", nth=4), CloseChannel())
        self.addCleanup(broker.stop)
        return broker

    @inlineCallbacks
    def test_the_transcript_is_the_same(self) -> Any:
        here, there = self.broker(), self.broker()
        yield self.converse(here, connectProtocol(here.endpoint(), Answered(here)))
        port = yield there.listen()
        yield self.converse(there, connectProtocol(TCP4ClientEndpoint(reactor, "127.0.0.1", port), Answered(there)))
        self.assertIsNone(compare(here.journal.transcript(), there.journal.transcript()))
        self.assertIn("channel.close", here.journal.methods("out"))

    @inlineCallbacks
    def converse(self, broker: FakeBroker, connecting: Deferred[Any]) -> Any:
        client = yield connecting
        yield client.asks(HEADERS["0-9-1"])
        yield client.says("connection.start-ok", mechanism="PLAIN", response=b"\0guest\0guest", locale="en_US")
        client.says("connection.tune-ok", channel_max=2047, frame_max=131072)
        yield client.says("connection.open", virtual_host="/")
        yield client.says("channel.open", 1)
        yield client.says("queue.declare", 1, queue="")
        for _ in range(4):
            yield client.says("basic.get", 1, queue="")
        client.transport.loseConnection()
        yield client.gone
        while broker.connections:
            yield deferLater(reactor, 0)  # the reactor's next turn: the socket's end is on its way


class Answered(RawClient):
    """A raw client with a Deferred for the next thing that comes."""

    def __init__(self, broker: FakeBroker) -> None:
        super().__init__(VirtualClock(), "0-9-1")
        self.broker_clock: Any = broker.clock
        self.next: Deferred[None] = Deferred()
        self.gone: Deferred[None] = Deferred()
        self._turn()

    def _turn(self) -> None:
        """The reactor turns the broker's clock, without letting time pass."""
        self.broker_clock.settle()
        if not self.gone.called:
            reactor.callLater(0, self._turn)

    def asks(self, data: bytes) -> Deferred[None]:
        """Send bytes; the Deferred fires when something has come."""
        self.next = Deferred()
        self.send_octets(data)
        return self.next

    def says(self, name: str, channel: int = 0, **fields: Any) -> Deferred[None]:
        """Send a command; the Deferred fires when something has come."""
        self.next = Deferred()
        self.send(name, channel, None, **fields)
        return self.next

    def dataReceived(self, data: bytes) -> None:
        before = len(self.events)
        super().dataReceived(data)
        if len(self.events) > before and not self.next.called:
            self.next.callback(None)

    def connectionLost(self, reason: Any = None) -> None:
        super().connectionLost(reason)
        if not self.gone.called:
            self.gone.callback(None)
