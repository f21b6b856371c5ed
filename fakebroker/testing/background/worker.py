"""What runs in the thread of a loop: a reactor of its own, and the list of the calls that wait for it. The thread
itself opens and closes all file descriptors, so that an interrupt in another thread can't lose one. A worker does not
know the :class:`~fakebroker.testing.background.loop.Loop` that it works for, so that the loop can be freed, which ends
the worker.
"""

from __future__ import annotations

import os
import sys
import threading
from collections import deque
from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING, Any, TypeVar, cast

from twisted.internet.defer import Deferred
from twisted.logger import ILogObserver, globalLogPublisher
from twisted.python.failure import Failure

from fakebroker.testing.background.answer import GLANCE, Latch, ThreadAnswer

if TYPE_CHECKING:
    from twisted.logger import LogEvent

T = TypeVar("T")

KINDS = (
    ("twisted.internet.epollreactor", "EPollReactor"),
    ("twisted.internet.pollreactor", "PollReactor"),
    ("twisted.internet.selectreactor", "SelectReactor"),
)
"""Reactors that can run in any thread, best first."""


def make_reactor() -> Any:
    """The best kind of reactor on this system; it is not installed as the global one."""
    for module, name in KINDS:
        try:
            reactor: Any = getattr(import_module(module), name)()
        except ImportError:
            continue
        # This thread must not count as Twisted's reactor thread: that is the global reactor's.
        reactor._registerAsIOThread = False
        return reactor
    raise RuntimeError("Twisted has no reactor for this system")


class Worker:
    """One thread, from its beginning to its end: from :meth:`spawn` to what :meth:`end` brings about."""

    def __init__(self) -> None:
        self.reactor: Any = None
        self.failures: list[Failure] = []
        """The errors logged in the thread, in order."""
        self.last: list[Callable[[], object]] = []
        """Called in the thread when it ends, to close what is open."""
        self.ready = Latch()
        self.gone = Latch()
        self.thread: threading.Thread | None = None
        self.leash: object = None
        """Ends the thread when its loop is freed. It is kept here because the loop would take it along."""
        self._ident: int | None = None
        self._this_process = os.getpid  # a loop that is freed at Python's very end finds no module any more
        self._process = os.getpid()
        self._promised: dict[Deferred[Any], None] = {}
        self._asked: deque[tuple[ThreadAnswer[Any], Callable[[], object]]] = deque()
        self._ending = False
        # Held while a call is handed over, so that each call is either answered or refused, and nobody waits in vain.
        # It is re-entrant, since the garbage collector may call end() at any moment.
        self._order = threading.RLock()

    @property
    def forked(self) -> bool:
        """Whether this process was forked from the one that has the thread."""
        return self._process != self._this_process()

    @property
    def works(self) -> bool:
        """Whether the thread runs, and in this process."""
        return self.ready.happened and not self.gone.happened and not self.forked

    @property
    def is_here(self) -> bool:
        """Whether the caller runs in the thread."""
        return self.works and self._ident == threading.get_ident()

    # --- in the thread

    def spawn(self) -> None:
        """Start the thread. Called where no signal interrupts; to call it twice does no harm."""
        with self._order:
            if self._ending or self.thread is not None:
                return
            self.thread = threading.Thread(target=self._run, name="fakebroker", daemon=True)
        try:
            self.thread.start()
        except BaseException as error:
            self._failed(error)
            self.gone.happen()
            self.ready.happen()

    def _run(self) -> None:
        self._ident = threading.get_ident()
        try:
            reactor = make_reactor()
            globalLogPublisher.addObserver(cast(ILogObserver, self._logged))
            with self._order:
                self.reactor = reactor
                if self._ending:
                    reactor.callFromThread(self._leave)
            self.ready.happen()
            reactor.run(installSignalHandlers=False)
        except BaseException as error:
            self._failed(error)
        finally:
            with self._order:
                self._ending = True
                reactor, self.reactor = self.reactor, None  # nobody wakes it from here on
            self._give_back(reactor)
            self.gone.happen()
            self.ready.happen()

    def _logged(self, event: LogEvent) -> None:
        failure = event.get("log_failure") or event.get("failure")  # Twisted's reactor logs in the older way
        if failure is not None and threading.get_ident() == self._ident:
            self.failures.append(failure)

    def _failed(self, error: BaseException) -> None:
        self.failures.append(Failure(error))  # type: ignore[no-untyped-call]

    def _give_back(self, reactor: Any) -> None:
        globalLogPublisher.removeObserver(cast(ILogObserver, self._logged))
        while self._asked:
            answer, _ = self._asked.popleft()
            answer.fail(RuntimeError("the broker's thread has ended before it got to this"))
        if reactor is not None:
            # A stopped reactor keeps its waker's descriptors open: Twisted never needs more than one reactor.
            reactor.waker.connectionLost(None)
            if hasattr(reactor, "_poller") and hasattr(reactor._poller, "close"):
                reactor._poller.close()

    def _leave(self) -> None:
        self._answer_all()
        for deferred in list(self._promised):
            deferred.cancel()
        last, self.last = self.last, []
        for call in last:
            try:
                call()
            except Exception as error:
                self._failed(error)
        # A connection that was reset is closed in the next turn.
        self.reactor.callLater(0, self._stop)

    def _stop(self) -> None:
        if not self.reactor._stopped:
            self.reactor.stop()

    def promise(self, deferred: Deferred[T], limit: float) -> ThreadAnswer[T]:
        """What a Deferred gives; to be called in the thread, or when it has ended.

        :param limit: real seconds after which the Deferred is cancelled; so it is when the thread ends.
        :raises RuntimeError: when the thread has ended, and the Deferred has not fired: it never will.
        """
        answer: ThreadAnswer[T] = ThreadAnswer(deferred.cancel)
        timer = self.reactor.callLater(limit, deferred.cancel) if self.works else None
        self._promised[deferred] = None

        def fired(result: T | Failure) -> None:
            self._promised.pop(deferred, None)
            if timer is not None and timer.active():
                timer.cancel()
            if isinstance(result, Failure):
                answer.fail(cast(BaseException, result.value))
            else:
                answer.give(result)

        deferred.addBoth(fired)
        if not answer.given and timer is None:
            deferred.cancel()
            raise RuntimeError("the broker was stopped: what takes time does not happen any more")
        return answer

    # --- from any thread

    def ask(self, answer: ThreadAnswer[T], function: Callable[[], T]) -> bool:
        """Have a function called in the thread.

        :returns: False when the thread takes no more calls.
        """
        with self._order:
            if self._ending:
                return False
            self._asked.append((answer, function))
            self.reactor.callFromThread(self._answer_all)
            return True

    def _answer_all(self) -> None:
        # No local names for the call: an error's traceback keeps this frame, and would keep its own answer.
        while self._asked:
            fulfil(*self._asked.popleft())

    def end(self) -> None:
        """Tell the thread to end after the calls it has, without waiting for it. To call it twice does no harm."""
        if self.forked or self.gone.happened or sys.is_finalizing():
            return
        with self._order:
            self._ending = True
            if self.thread is None:  # the thread has not started, and never will
                self.gone.happen()
                self.ready.happen()
            elif self.reactor is not None:
                self.reactor.callFromThread(self._leave)

    def join(self, limit: float) -> bool:
        """Wait until the thread has ended.

        :param limit: real seconds.
        :returns: whether it has.
        """
        if not self.gone.wait(limit):
            return False
        for _ in range(int(limit / GLANCE)):
            if self.thread not in threading.enumerate():
                return True
            self.thread.join(GLANCE)
        return False


def fulfil(answer: ThreadAnswer[T], function: Callable[[], T]) -> None:
    """Call a function, and answer with its result or its error."""
    try:
        result = function()
    except BaseException as error:
        answer.fail(error)
    else:
        answer.give(result)
    finally:
        del answer, function  # the error's traceback has this frame: no circle
