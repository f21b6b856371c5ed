"""Runs cases in forked processes, all cores at once. Outcomes come in the order of the cases, however many work.

A process that does not answer for long in real time is killed, and another one takes its place.
"""

from __future__ import annotations

import gc
import os
import pickle
import selectors
import signal
import socket
import struct
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from time import monotonic

from fakebroker.search.case import Case
from fakebroker.search.endless import limited_memory
from fakebroker.search.outcome import Kind, Outcome
from fakebroker.search.places import one_line, place_of

PATIENCE = 60.0
"""Real seconds that a case may take before its process is killed."""

WORTH = 6
"""Fewer cases than this are not worth another process."""

LENGTH = struct.Struct("!I")

ENDLESS = "it did not end, and was killed"


def usual_jobs() -> int:
    """As many as the cores that this process may use; 1 where it can't be forked safely: other threads run in it."""
    if not hasattr(os, "fork") or threading.active_count() > 1:
        return 1
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else (os.cpu_count() or 1)


def outcomes(
    cases: Sequence[Case], run: Callable[[Case], Outcome], jobs: int, patience: float = PATIENCE
) -> Iterator[Outcome]:
    """Run all cases.

    :param run: runs one, in this process or in another.
    :param jobs: how many processes there are; 1 for this one alone.
    :param patience: real seconds for one case.
    :returns: the outcomes in the order of the cases, each as soon as it and those before it are there.
    """

    def safely(case: Case) -> Outcome:
        try:
            return run(case)
        except Exception as error:
            return Outcome(case, Kind.BROKEN, one_line(error), place_of(error), why=one_line(error))

    if jobs <= 1 or len(cases) < WORTH:
        yield from map(safely, cases)
        return
    pool = _Pool(cases, safely, patience)
    try:
        yield from pool.outcomes(min(jobs, len(cases)))
    finally:
        pool.close()


class _Worker:
    """A forked process, and the socket to it."""

    def __init__(self, cases: Sequence[Case], run: Callable[[Case], Outcome], others: Sequence[_Worker]) -> None:
        self.socket, far = socket.socketpair()
        for stream in (sys.stdout, sys.stderr):
            with suppress(Exception):
                stream.flush()  # else the other process would write it, too
        self.pid = os.fork()
        if self.pid == 0:
            for other in (*others, self):
                other.socket.close()
            _work(far, cases, run)
        far.close()
        self.index: int | None = None
        """The case that it works on."""
        self.since = 0.0
        self.received = bytearray()

    def give(self, index: int) -> None:
        self.index, self.since = index, monotonic()
        with suppress(OSError):  # it is gone: that is seen when it is read from
            self.socket.sendall(LENGTH.pack(index))

    def read(self) -> Outcome | None:
        """What has arrived.

        :raises EOFError: when the process has ended.
        """
        data = self.socket.recv(1 << 20)
        if not data:
            raise EOFError
        self.received += data
        if len(self.received) < LENGTH.size:
            return None
        (length,) = LENGTH.unpack_from(self.received)
        if len(self.received) < LENGTH.size + length:
            return None
        outcome: Outcome = pickle.loads(bytes(self.received[LENGTH.size :]))  # noqa: S301 -- of our own process
        self.received.clear()
        return outcome

    def end(self, kill: bool = False) -> str:
        """Wait until the process is gone, and tell how it ended."""
        self.socket.close()
        if kill:
            with suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)
        _, status = os.waitpid(self.pid, 0)
        code = os.waitstatus_to_exitcode(status)
        return f"by signal {signal.Signals(-code).name}" if code < 0 else f"with status {code}"


class _Pool:
    def __init__(self, cases: Sequence[Case], run: Callable[[Case], Outcome], patience: float) -> None:
        self._cases = cases
        self._run = run
        self._patience = patience
        self._next = 0
        self._workers: list[_Worker] = []
        self._selector = selectors.DefaultSelector()
        self._done: dict[int, Outcome] = {}

    def outcomes(self, jobs: int) -> Iterator[Outcome]:
        for _ in range(jobs):
            self._hire()
        for index in range(len(self._cases)):
            while index not in self._done:
                self._wait()
            yield self._done.pop(index)

    def close(self) -> None:
        for worker in self._workers:
            worker.end(kill=worker.index is not None)
        self._selector.close()

    def _hire(self) -> None:
        if self._next < len(self._cases):
            worker = _Worker(self._cases, self._run, self._workers)
            self._workers.append(worker)
            self._selector.register(worker.socket, selectors.EVENT_READ, worker)
            self._give(worker)

    def _give(self, worker: _Worker) -> None:
        if self._next < len(self._cases):
            worker.give(self._next)
            self._next += 1
        else:
            worker.index = None

    def _wait(self) -> None:
        for key, _ in self._selector.select(self._patience / 10):
            worker: _Worker = key.data
            try:
                outcome = worker.read()
            except (EOFError, OSError):
                self._lost(worker, kill=False)
                continue
            if outcome is not None and worker.index is not None:
                self._done[worker.index] = outcome
                self._give(worker)
        late = monotonic() - self._patience
        for worker in [each for each in self._workers if each.index is not None and each.since < late]:
            self._lost(worker, kill=True)

    def _lost(self, worker: _Worker, kill: bool) -> None:
        """A process has ended, or has to: another one goes on with the cases that are left."""
        self._selector.unregister(worker.socket)
        self._workers.remove(worker)
        how = worker.end(kill)
        if worker.index is not None:
            case = self._cases[worker.index]
            self._done[worker.index] = (
                Outcome(case, Kind.HUNG, ENDLESS)
                if kill
                else Outcome(case, Kind.FAILED, f"it ended its process {how}", why=f"its process ended {how}")
            )
        self._hire()


def _work(far: socket.socket, cases: Sequence[Case], run: Callable[[Case], Outcome]) -> None:
    """What a forked process does. It never returns."""
    try:
        nowhere = os.open(os.devnull, os.O_RDWR)
        for descriptor in (0, 1, 2):
            os.dup2(nowhere, descriptor)
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        gc.disable()
        with limited_memory():
            while asked := far.recv(LENGTH.size, socket.MSG_WAITALL):
                (index,) = LENGTH.unpack(asked)
                answer = pickle.dumps(run(cases[index]))
                far.sendall(LENGTH.pack(len(answer)) + answer)
    finally:
        os._exit(0)
