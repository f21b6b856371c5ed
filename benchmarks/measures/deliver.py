"""Messages out: a consumer comes to a full queue, and everything that waits there has to reach it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from time import perf_counter

from benchmarks.canned import BULK
from benchmarks.client import Client, Unexpected
from benchmarks.frames import METHOD, consume, declare, frame, publish
from benchmarks.measure import Effort, Measure, Sample, is_broker
from benchmarks.measures.publish import bulk_queue, fill
from benchmarks.peers import Peer

_TAG = METHOD + 4 + 2
"""Where the delivery tag stands, behind a consumer tag of one letter."""


class Deliveries:
    """Takes in deliveries of equal size, so that counting bytes is enough.

    :param acks: what to send whenever so many more have come.
    """

    def __init__(self, client: Client) -> None:
        self._client = client
        self._first = b"".join(client.frame() for _ in range(3))  # method, header, body
        self._octets = len(self._first)
        self._last = self._first

    def receive(self, count: int, every: int = 0, acks: list[bytes] | None = None) -> None:
        """Receive until there have been ``count``.

        :param every: after so many send the next of ``acks``.
        :raises Unexpected: when the last one's tag is not ``count``.
        """
        size = len(self._first)
        while self._octets < count * size:
            data = self._client.receive()
            self._octets += len(data)
            self._last = (self._last + data)[-size:]
            while acks and every * size <= self._octets:
                self._client.send(acks.pop(0))
                self._octets -= every * size
                count -= every
        if self._octets != count * size:
            raise Unexpected("more was delivered than is there")

    @property
    def tag(self) -> int:
        """The delivery tag of the last one."""
        return int.from_bytes(self._last[_TAG : _TAG + 8], "big")


def _measure(name: str, size: int, no_ack: bool) -> Measure:
    message = publish(BULK, size)

    @contextmanager
    def prepare(peer: Peer, effort: Effort) -> Iterator[Sample]:
        count = effort.many
        acks = [frame(1, "basic.ack", delivery_tag=tag, multiple=True) for tag in range(100, count + 1, 100)]

        def sample() -> dict[str, float]:
            with Client(peer.address) as client:
                client.call(declare(BULK))
                fill(client, message, count)
                begin = perf_counter()
                client.call(consume(BULK, no_ack))
                deliveries = Deliveries(client)
                deliveries.receive(count, 0 if no_ack else 100, None if no_ack else list(acks))
                seconds = perf_counter() - begin
                if deliveries.tag != count:
                    raise Unexpected(f"the last of {count} deliveries has the tag {deliveries.tag}")
                return {name: count / seconds}

        with bulk_queue(peer):
            yield sample

    return Measure((name,), prepare, is_broker if size != 128 else lambda peer: True)


MEASURES = (
    _measure("deliver 128 B", 128, no_ack=True),
    _measure("deliver 128 B, acked by 100", 128, no_ack=False),
    _measure("deliver 1 KiB", 1024, no_ack=True),
)
