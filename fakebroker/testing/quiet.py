"""What goes on outside of virtual time: octets on their way through sockets, threads at work, real time."""

from __future__ import annotations

import select
import struct
import sys
from collections.abc import Callable, Iterable
from typing import Any

LOOK = 0.001
"""Real seconds between two looks at sockets."""

CALM = 10
"""Looks that have shown nothing new before sockets count as quiet: a peer gets so long to answer."""

LATE = 60
"""The same while a thread works, or the system keeps octets back: it may do so for 40 ms (Nagle, delayed ACK)."""

NOBODY = 5.0
"""Real seconds without a sign from sockets, while nothing is due, after which none is expected any more."""

SIOCOUTQNSD = 0x894B
"""Linux: how many octets of a socket have not been sent."""


class Outside:
    """Looks at a reactor, beside which virtual time passes.

    :param reactor: whose sockets, threads and calls may set something off.
    :param activity: a value that differs when something has come or gone meanwhile.
    :param silence: real seconds without a sign from sockets after which none is expected any more.
    """

    def __init__(self, reactor: Any, activity: Callable[[], object] = lambda: None, silence: float = NOBODY) -> None:
        self._reactor = reactor
        self._activity = activity
        self._silence = silence
        self._before: object = None
        self._looks = 0
        self._since = reactor.seconds()
        self.pause = 0.0
        """Real seconds until it is worth while to look again."""

    def is_quiet(self) -> bool:
        """Look; whether nothing has been under way for some time."""
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
        """Whether nothing can be expected from outside; to be asked when it is quiet."""
        if self._threads() or self._calls() or getattr(self._reactor, "threadCallQueue", None):
            self._since = self._reactor.seconds()
            return False
        readers, writers = self._sockets()
        if any(not hasattr(each, "socket") for each in readers):
            return False  # a process's output, which may take its time
        return not (readers or writers) or bool(self._reactor.seconds() - self._since > self._silence)

    def _sockets(self) -> tuple[list[Any], list[Any]]:
        if not hasattr(self._reactor, "getReaders"):
            return [], []
        internal = getattr(self._reactor, "_internalReaders", ())
        return [each for each in self._reactor.getReaders() if each not in internal], self._reactor.getWriters()

    def _threads(self) -> object:
        """Those that work, or could not begin to."""
        pool = getattr(self._reactor, "threadpool", None)
        return pool is not None and bool(pool.working)

    def _calls(self) -> list[Any]:
        """Calls due in real time, but for the time-outs of trial."""
        return [each for each in self._reactor.getDelayedCalls() if not _is_trials(each)]


def _is_trials(call: Any) -> bool:
    return str(getattr(call.func, "__module__", "")).startswith("twisted.trial")


def _number(selectable: Any) -> int:
    try:
        return int(selectable.fileno())
    except Exception:  # it is closed
        return -1


def _ready(readers: Iterable[Any], writers: Iterable[Any]) -> bool:
    """Whether the reactor has something to do with one of these."""
    reading = {number for number in map(_number, readers) if number >= 0}
    writing = {number for number in map(_number, writers) if number >= 0}
    if not hasattr(select, "poll"):
        return any(select.select(sorted(reading), sorted(writing), [], 0))
    poll = select.poll()
    for number in sorted(reading | writing):
        poll.register(number, select.POLLIN * (number in reading) | select.POLLOUT * (number in writing))
    return bool(poll.poll(0))


def _unsent(selectable: Any) -> int:
    """Octets that the system has taken and not sent yet."""
    if sys.platform != "linux" or not hasattr(selectable, "socket"):
        return 0
    from fcntl import ioctl

    try:
        return int(struct.unpack("i", ioctl(_number(selectable), SIOCOUTQNSD, bytes(4)))[0])
    except (OSError, ValueError):  # no such socket
        return 0
