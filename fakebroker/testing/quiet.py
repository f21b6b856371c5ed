"""What happens outside of virtual time: octets on their way through sockets, working threads, real timers."""

from __future__ import annotations

import select
import struct
import sys
from collections.abc import Callable, Iterable

from twisted.internet.interfaces import IReactorTime

LOOK = 0.001
"""Real seconds between two checks of the sockets."""

CALM = 10
"""Checks without news after which the sockets count as quiet: a peer has that long to answer."""

LATE = 60
"""The same while a thread works or the system holds octets back, which it may do for 40 ms (Nagle, delayed ACK)."""

NOBODY = 5.0
"""Real seconds without news from the sockets, while nothing is due, after which none is expected any more."""

SIOCOUTQNSD = 0x894B
"""Linux's ioctl for the unsent octets of a socket."""


class Outside:
    """Watches a reactor that runs beside virtual time.

    :param reactor: its sockets, threads and calls may cause something to happen.
    :param activity: gives a value that changes when octets have come or gone.
    :param silence: real seconds without news from the sockets after which none is expected any more.
    """

    def __init__(
        self, reactor: IReactorTime, activity: Callable[[], object] = lambda: None, silence: float = NOBODY
    ) -> None:
        self._reactor = reactor
        self._activity = activity
        self._silence = silence
        self._before: object = None
        self._looks = 0
        self._since = reactor.seconds()
        self.pause = 0.0
        """Real seconds until the next check."""

    def is_quiet(self) -> bool:
        """Check once. Returns whether nothing has been under way for some time."""
        readers, writers = self._sockets()
        threads = bool(self._threads())
        self.pause = LOOK if readers or writers or threads else 0.0
        unsent = sum(map(_unsent, readers))
        now = (self._activity(), unsent, len(readers))
        if now != self._before or _ready(readers, writers):
            self._before, self._looks, self._since = now, 0, self._reactor.seconds()
        self._looks += 1
        if not readers and not writers and not threads:
            return True
        return self._looks > (LATE if unsent or threads else CALM)

    def is_hopeless(self) -> bool:
        """Whether nothing can come from outside any more. Only to be asked when all is quiet."""
        if self._threads() or self._calls() or getattr(self._reactor, "threadCallQueue", None):
            self._since = self._reactor.seconds()
            return False
        readers, writers = self._sockets()
        if any(not hasattr(each, "socket") for each in readers):
            return False  # the output of a process, which may be slow
        return not (readers or writers) or bool(self._reactor.seconds() - self._since > self._silence)

    def _sockets(self) -> tuple[list[object], list[object]]:
        if not hasattr(self._reactor, "getReaders") or not hasattr(self._reactor, "getWriters"):
            return [], []
        internal = getattr(self._reactor, "_internalReaders", ())
        return [each for each in self._reactor.getReaders() if each not in internal], self._reactor.getWriters()

    def _threads(self) -> object:
        """The threads that work, and the calls that wait for a thread."""
        pool = getattr(self._reactor, "threadpool", None)
        return pool is not None and bool(pool.working)

    def _calls(self) -> list[object]:
        """The reactor's due calls, without trial's time-outs."""
        return [each for each in self._reactor.getDelayedCalls() if not _is_trials(each)]


def _is_trials(call: object) -> bool:
    return str(getattr(getattr(call, "func", None), "__module__", "")).startswith("twisted.trial")


def _number(selectable: object) -> int:
    try:
        return int(selectable.fileno())  # type: ignore[attr-defined]
    except Exception:  # the socket is closed
        return -1


def _ready(readers: Iterable[object], writers: Iterable[object]) -> bool:
    """Whether the reactor reads from or writes to one of these."""
    reading = {number for number in map(_number, readers) if number >= 0}
    writing = {number for number in map(_number, writers) if number >= 0}
    if not hasattr(select, "poll"):
        return any(select.select(sorted(reading), sorted(writing), [], 0))
    poll = select.poll()
    for number in sorted(reading | writing):
        poll.register(number, select.POLLIN * (number in reading) | select.POLLOUT * (number in writing))
    return bool(poll.poll(0))


def _unsent(selectable: object) -> int:
    """Octets that the system has accepted and not sent yet."""
    if sys.platform != "linux" or not hasattr(selectable, "socket"):
        return 0
    from fcntl import ioctl

    try:
        return int(struct.unpack("i", ioctl(_number(selectable), SIOCOUTQNSD, bytes(4)))[0])
    except (OSError, ValueError):  # not a socket
        return 0
