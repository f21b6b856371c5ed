"""A reactor in a thread of its own: Twisted's global reactor is neither used nor installed. So it runs beside any event
loop, beside trial's reactor, and beside any number of others. It leaves no thread and no file descriptor behind,
whatever is raised and whenever, and also when nobody stops it.
"""

from __future__ import annotations

import atexit
import sys
import traceback
import warnings
import weakref
from _thread import start_new_thread
from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar

from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

from fakebroker.testing.background.answer import GLANCE, ThreadAnswer
from fakebroker.testing.background.worker import Worker, fulfil

T = TypeVar("T")

PATIENCE = 30.0
"""Real seconds within which the thread must end."""

SECOND_TRY = 2.0
"""Real seconds within which it must end when an error is raised meanwhile."""


class Loop:
    """A thread that runs a reactor, and the functions that other threads want called there. It ends with :meth:`stop`.
    If this object is freed without that, it ends with a ``ResourceWarning``.
    """

    what = "a loop"
    """Its name in errors and warnings."""

    _started = _stopped = False

    def __init__(self) -> None:
        self._worker = Worker()
        # Besides __del__: an interrupt can break one of the two, and the other is enough.
        self._worker.leash = weakref.ref(self, _Ending(self._worker))
        # A loop that still runs when the interpreter exits must warn while warnings can still be shown.
        self._at_exit = partial(_abandon, weakref.ref(self))

    def __del__(self) -> None:
        if self._started and not sys.is_finalizing():
            self._abandoned()

    def _abandoned(self) -> None:
        """The loop was freed, or the interpreter exits: end the thread."""
        atexit.unregister(self._at_exit)
        self._worker.end()
        if not self._stopped and not self._worker.forked:
            self._stopped = True
            told = f"{self.what} was started, and never stopped"
            warnings.warn(told, ResourceWarning, stacklevel=3, source=self)

    @property
    def reactor(self) -> Any:
        """Its reactor; only to be used in the thread."""
        return self._worker.reactor

    @property
    def alive(self) -> bool:
        """Whether the thread runs; in the child of a fork it does not."""
        return self._worker.works

    @property
    def forked(self) -> bool:
        """Whether this is a copy, in the child of a fork, of a loop that runs in the parent."""
        return self._worker.forked

    @property
    def is_here(self) -> bool:
        """Whether the caller runs in the thread."""
        return self._worker.is_here

    def start(self) -> None:
        """Begin. A loop can be started once."""
        self._started = True
        atexit.register(self._at_exit)
        while not self._worker.ready.happened:
            # An exception that another thread raises in this one may hit the new thread instead.
            start_new_thread(self._worker.spawn, ())
            self._worker.ready.wait(GLANCE)
        if not self._worker.works:
            for failure in self.failures():
                failure.raiseException()

    def submit(self, function: Callable[[], T]) -> ThreadAnswer[T]:
        """Call a function in the thread. If the thread has ended, or is the caller's own, it is called at once.

        :raises RuntimeError: in the child of a fork.
        """
        worker = self._worker
        if worker.forked:
            raise RuntimeError(
                f"{self.what} runs in the process that this one was forked from, and can be asked only there"
                " (its URL can be used here); start one of your own"
            )
        answer: ThreadAnswer[T] = ThreadAnswer()
        if not worker.is_here:
            if worker.ask(answer, function):
                return answer
            worker.gone.wait()
        fulfil(answer, function)
        return answer

    def call(self, function: Callable[[], T]) -> T:
        """Call a function in the thread. Returns its result, or raises what it raises."""
        return self.submit(function).result()

    def promise(self, deferred: Deferred[T], limit: float) -> ThreadAnswer[T]:
        """An answer with the result of a Deferred; only to be called in the thread.

        :param limit: real seconds after which the Deferred is cancelled. It is also cancelled when the thread ends.
        :raises RuntimeError: when the thread has ended and the Deferred has not fired: it never will.
        """
        return self._worker.promise(deferred, limit)

    def at_last(self, call: Callable[[], object]) -> None:
        """Have something called in the thread when it ends."""
        self._worker.last.append(call)

    def failures(self) -> list[Failure]:
        """The errors that were logged or raised in the thread since the last call."""
        failures: list[Failure] = []
        while self._worker.failures and not self.forked:
            failures.append(self._worker.failures.pop(0))
        return failures

    def must_not_be_here(self, name: str) -> None:
        """Check that the thread does not wait for itself.

        :param name: the name of the called method.
        :raises RuntimeError: when the caller runs in the thread.
        """
        if self.is_here:
            raise RuntimeError(
                f"{name}() waits, and was called in the thread of {self.what}, where nothing can happen while it does:"
                " call it in the test's own thread, not in a function that the broker calls"
            )

    def stop(self) -> None:
        """End the thread, and wait until it has ended. To call it twice, or in the child of a fork, does no harm.

        :raises RuntimeError: when the caller runs in the thread, or when the thread does not end.
        """
        if self._worker.forked:
            return
        self.must_not_be_here("stop")
        try:
            self._stopped = True
            self._end(PATIENCE)
        except BaseException:
            self._end(SECOND_TRY)
            raise

    def drop(self) -> None:
        """Tell the thread to end, without waiting for it."""
        self._stopped = True
        self._worker.end()

    def _end(self, limit: float) -> None:
        for _ in range(int(limit)):
            self._worker.end()
            if self._worker.join(1.0):
                return
        thread = self._worker.thread
        frame = None if thread is None or thread.ident is None else sys._current_frames().get(thread.ident)
        where = "".join(traceback.format_stack(frame)) if frame is not None else ""
        raise RuntimeError(f"{self.what} does not end: what was called in its thread does not return\n{where}")


def _abandon(loop: weakref.ref[Loop]) -> None:
    left = loop()
    if left is not None:
        left._abandoned()


class _Ending:
    """Ends a worker when its loop is freed."""

    def __init__(self, worker: Worker) -> None:
        self._worker = worker

    def __call__(self, _: object) -> None:
        self._worker.end()
