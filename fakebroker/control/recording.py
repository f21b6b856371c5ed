"""Writes the journal to a file while the broker runs. An error of the file ends the recording and nothing else."""

from __future__ import annotations

import os
import select
import stat

from twisted.logger import Logger

from fakebroker.clock import DelayedCall, Time
from fakebroker.journal.entries import Entry
from fakebroker.journal.record import dumps, record_of

BACKLOG = 16 * 1024**2
"""The most octets that wait for the reader of a pipe."""

PAUSE = 0.05
"""Seconds until a slow reader is tried again."""

LAST_WRITE = 1.0
"""Seconds for the reader of a pipe to read the rest when the broker ends."""


class Recording:
    """Writes each entry of a journal as a line, at once. A full disk or a pipe without a reader ends the recording with
    one message in the log. A slow reader of a pipe delays nobody: what does not fit waits here, up to a limit.

    :param reactor: its timer tries slow readers again.
    :raises OSError: when the file can't be opened.
    """

    def __init__(self, reactor: Time, name: str) -> None:
        self._reactor = reactor
        self._name = name
        self._descriptor: int | None = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o666)
        if stat.S_ISFIFO(os.fstat(self._descriptor).st_mode):
            os.set_blocking(self._descriptor, False)
        self._backlog = bytearray()
        self._later: DelayedCall | None = None

    def note(self, entry: Entry) -> None:
        """Write an entry."""
        if self._descriptor is None:
            return
        self._backlog += dumps([record_of(entry)]).encode()
        if self._later is None:
            self._push(self._descriptor)
        elif len(self._backlog) > BACKLOG:
            self._end("its reader is too slow")

    def close(self) -> None:
        """Write what waits, if the reader takes it soon, and close the file."""
        if self._backlog and self._descriptor is not None:
            self._last_words(self._descriptor)
        self._end()

    def _push(self, descriptor: int) -> None:
        self._later = None
        try:
            while self._backlog:
                del self._backlog[: os.write(descriptor, self._backlog)]
        except BlockingIOError:
            self._later = self._reactor.callLater(PAUSE, self._push, descriptor)
        except OSError as error:
            self._end(str(error.strerror or error).lower())

    def _last_words(self, descriptor: int) -> None:
        while self._backlog and select.select([], [descriptor], [], LAST_WRITE)[1]:
            try:
                del self._backlog[: os.write(descriptor, self._backlog[: select.PIPE_BUF])]
            except OSError:
                return

    def _end(self, why: str | None = None) -> None:
        if self._descriptor is None:
            return
        descriptor, self._descriptor = self._descriptor, None
        self._backlog.clear()
        if self._later is not None:
            self._later.cancel()
            self._later = None
        if why is not None:
            Logger().warn("--journal {name} ends here: {why}", name=self._name, why=why)
        os.close(descriptor)
