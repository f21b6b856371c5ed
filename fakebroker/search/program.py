"""A program in a group of processes of its own: its output, its exit status, and its end with all it has started."""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress

from twisted.internet.interfaces import IReadDescriptor
from zope.interface import implementer

from fakebroker.clock import DelayedCall
from fakebroker.search.reactor import Reactor

KEPT = 32 * 1024
"""How many octets of a program's output are kept, the last ones."""

CHUNK = 64 * 1024

GRACE = 1.0
"""Seconds for a program to end by itself when it is told to (SIGTERM), before it is made to (SIGKILL)."""


@implementer(IReadDescriptor)
class TailOfOutput:
    """Reads what a program prints, and keeps the end of it.

    :param active: called whenever something was printed.
    """

    def __init__(self, reactor: Reactor, descriptor: int, active: Callable[[], None]) -> None:
        self._reactor = reactor
        self._descriptor = descriptor
        self._active = active
        self._kept = bytearray()
        self._open = True
        os.set_blocking(descriptor, False)
        reactor.addReader(self)

    def fileno(self) -> int:
        """The descriptor, as reactors ask for it."""
        return self._descriptor if self._open else -1

    def logPrefix(self) -> str:
        """As reactors ask for it."""
        return "program"

    def doRead(self) -> None:
        """Read once."""
        self._take()

    def _take(self) -> bool:
        """Read once; returns whether there may be more."""
        try:
            octets = os.read(self._descriptor, CHUNK)
        except BlockingIOError:
            return False
        if not octets:
            self._close()
            return False
        self._kept += octets
        del self._kept[:-KEPT]
        self._active()
        return True

    def connectionLost(self, reason: object) -> None:
        """The reactor gives the descriptor up."""
        self._close()

    def finish(self) -> str:
        """Read what there is, and no more.

        :returns: the end of the output.
        """
        for _ in range(KEPT):
            if not self._open or not self._take():
                break
        self._close()
        return self._kept.decode("utf-8", "replace")

    def _close(self) -> None:
        if self._open:
            self._open = False
            self._reactor.removeReader(self)
            os.close(self._descriptor)


class Program:
    """A running program.

    :param command: its words; or one string, which a shell runs.
    :param active: called whenever it has printed something.
    :raises OSError: when it can't be started.
    """

    def __init__(
        self, reactor: Reactor, command: Sequence[str] | str, environment: Mapping[str, str], active: Callable[[], None]
    ) -> None:
        self._reactor = reactor
        reader, writer = os.pipe()
        try:
            fcntl.fcntl(reader, fcntl.F_SETFD, fcntl.FD_CLOEXEC)
            self._process = subprocess.Popen(  # noqa: S603 - to run what the user gives is what this is for
                ["/bin/sh", "-c", command] if isinstance(command, str) else list(command),
                env=dict(environment),
                stdin=subprocess.DEVNULL,
                stdout=writer,
                stderr=writer,
                start_new_session=True,
            )
        except BaseException:
            os.close(reader)
            raise
        finally:
            os.close(writer)
        self._output = TailOfOutput(reactor, reader, active)
        self._killing: DelayedCall | None = None
        self.status: int | None = None
        """The exit status when it has ended; -15 is that of a program that SIGTERM has ended."""

    def poll(self) -> bool:
        """Look whether it has ended. What it has started ends with it."""
        if self.status is None:
            status = self._process.poll()
            if status is None:
                return False
            self._signal(signal.SIGKILL)
            self.status = status
            if self._killing is not None and self._killing.active():
                self._killing.cancel()
        return True

    def end(self, grace: float = GRACE) -> None:
        """Tell the program, and all that it has started, to end; after a grace make them. ``poll`` tells when.

        :param grace: seconds; 0 makes them at once.
        """
        if self.status is not None:
            return
        if grace:
            self._signal(signal.SIGTERM)
            if self._killing is None:
                self._killing = self._reactor.callLater(grace, self._signal, signal.SIGKILL)
        else:
            self._signal(signal.SIGKILL)

    def output(self) -> str:
        """The end of what it has printed. It is not read any more."""
        return self._output.finish()

    def _signal(self, number: int) -> None:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, number)
