"""Publisher confirms: one message at a time, and a thousand on their way."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from struct import Struct

from benchmarks.canned import BULK
from benchmarks.client import Client, Unexpected
from benchmarks.frames import Step, declare, frame, ids, publish, purge
from benchmarks.measure import Effort, Measure, Pace, Sample, timed
from benchmarks.measures.publish import bulk_queue
from benchmarks.peers import Peer

_ACK = Struct(">7x4sQ?x")
"""A whole frame: the method, the tag, whether it stands for all before it."""
_ACK_IDS = ids("basic.ack")
_SELECT = Step(frame(1, "confirm.select"), ids("confirm.select-ok"))


class _Publisher:
    """Publishes with so many messages unconfirmed at most."""

    def __init__(self, client: Client, message: bytes, window: int) -> None:
        self._client = client
        self._step = max(1, window // 2)
        self._messages = message * self._step
        self._window = window
        self._confirmed = 0
        self._highest = 0
        self._unread = b""

    def run(self, steps: int) -> None:
        """Publish, and wait for the last confirm.

        :raises Unexpected: for anything but confirms.
        """
        sent = 0
        for _ in range(steps):
            self._client.send(self._messages)
            sent += self._step
            while sent - self._confirmed > self._window - self._step:
                self._receive()
        while self._confirmed < sent:
            self._receive()

    def _receive(self) -> None:
        data = self._unread + self._client.receive()
        whole = len(data) - len(data) % _ACK.size
        self._unread = data[whole:]
        for method, tag, multiple in _ACK.iter_unpack(data[:whole]):
            if method != _ACK_IDS:
                raise Unexpected(f"confirms were due, and {data[:300]!r} came")
            self._confirmed += tag - self._highest if multiple else 1
            self._highest = max(self._highest, tag)


def _measure(name: str, window: int) -> Measure:
    message = publish(BULK, 128)

    @contextmanager
    def prepare(peer: Peer, effort: Effort) -> Iterator[Sample]:
        pace = Pace(effort, first=100 if window == 1 else 4, most=200_000)

        def run(count: int) -> float:
            with Client(peer.address) as client:
                client.call(declare(BULK))
                client.call(_SELECT)
                publisher = _Publisher(client, message, window)
                seconds = timed(lambda: publisher.run(count))
            if peer.is_broker:
                with Client(peer.address) as client:
                    client.call(purge(BULK))
            return seconds

        def sample() -> dict[str, float]:
            return {name: pace.per_second(run) * max(1, window // 2)}

        with bulk_queue(peer):
            yield sample

    return Measure((name,), prepare)


MEASURES = (_measure("confirms, window 1", 1), _measure("confirms, window 1,000", 1000))
