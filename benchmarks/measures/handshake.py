"""Connect, log in, open a channel, close: one at a time and many at once."""

from __future__ import annotations

import selectors
import socket
from collections.abc import Iterator
from contextlib import contextmanager

from benchmarks.client import PATIENCE, Address, Unexpected, handshake
from benchmarks.frames import GOODBYE, HANDSHAKE, HEAD, METHOD
from benchmarks.measure import Effort, Measure, Pace, Sample, repeated, timed
from benchmarks.peers import Peer

AT_ONCE = 50
_STEPS = (*HANDSHAKE, GOODBYE)


@contextmanager
def _one_by_one(peer: Peer, effort: Effort) -> Iterator[Sample]:
    pace = Pace(effort, first=20, most=100_000)

    run = repeated(lambda: handshake(peer.address))

    def sample() -> dict[str, float]:
        rate = pace.per_second(run)
        cpu = peer.cpu()
        run(pace.count)
        used = (peer.cpu() - cpu) / pace.count
        return {"handshakes, one by one": rate, "processor time of a handshake": used * 1000}

    yield sample


@contextmanager
def _at_once(peer: Peer, effort: Effort) -> Iterator[Sample]:
    pace = Pace(effort, first=100, most=100_000)

    def run(count: int) -> float:
        return timed(_Crowd(peer.address, count).run)

    yield lambda: {"handshakes, 50 at once": pace.per_second(run)}


class _Crowd:
    """So many handshakes, always 50 of them at once."""

    def __init__(self, address: Address, count: int) -> None:
        self._address = address
        self._to_begin = count
        self._selector = selectors.DefaultSelector()

    def run(self) -> None:
        """Do all of them."""
        for _ in range(AT_ONCE):
            self._begin()
        while self._selector.get_map():
            ready = self._selector.select(PATIENCE)
            if not ready:
                raise Unexpected("no answer to any of the handshakes")
            for key, _ in ready:
                self._go_on(key.fileobj, key.data)  # type: ignore[arg-type]
        self._selector.close()

    def _begin(self) -> None:
        if self._to_begin:
            self._to_begin -= 1
            peer = socket.create_connection(self._address, PATIENCE)
            peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            peer.sendall(_STEPS[0].data)
            self._selector.register(peer, selectors.EVENT_READ, _Progress())

    def _go_on(self, peer: socket.socket, progress: _Progress) -> None:
        progress.unread += peer.recv(65536)
        unread = progress.unread
        if len(unread) < HEAD.size or len(unread) < HEAD.unpack_from(unread)[2] + HEAD.size + 1:
            return
        if unread[METHOD : METHOD + 4] != _STEPS[progress.step].answer:
            raise Unexpected(f"{unread[:300]!r} in step {progress.step} of a handshake")
        progress.unread = b""
        progress.step += 1
        if progress.step < len(_STEPS):
            peer.sendall(_STEPS[progress.step].data)
        else:
            self._selector.unregister(peer)
            peer.close()
            self._begin()


class _Progress:
    """How far one of them is."""

    def __init__(self) -> None:
        self.step = 0
        self.unread = b""


MEASURES = (
    Measure(("handshakes, one by one", "processor time of a handshake"), _one_by_one),
    Measure(("handshakes, 50 at once",), _at_once),
)
