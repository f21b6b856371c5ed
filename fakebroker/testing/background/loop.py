"""A reactor of its own, in a thread of its own: Twisted's global reactor is neither used nor installed.

So it stands beside any event loop, beside trial's reactor, and beside any number of its like. It leaves nothing behind:
no thread, no file descriptor.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from functools import partial
from importlib import import_module
from threading import Lock, Thread, current_thread
from typing import Any, TypeVar

from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

T = TypeVar("T")


KINDS = (
    ("twisted.internet.epollreactor", "EPollReactor"),
    ("twisted.internet.pollreactor", "PollReactor"),
    ("twisted.internet.selectreactor", "SelectReactor"),
)
"""Reactors that can run in any thread, best first."""


def make_reactor() -> Any:
    """The best kind of reactor that there is on this system; not installed as the global one."""
    for module, name in KINDS:
        try:
            reactor: Any = getattr(import_module(module), name)()
        except ImportError:
            continue
        # Its thread is not "the" reactor thread of the process: that belongs to the global reactor.
        reactor._registerAsIOThread = False
        return reactor
    raise RuntimeError("Twisted has no reactor for this system")


class Loop:
    """A thread in which functions are called one after the other, beside what the reactor does there."""

    def __init__(self) -> None:
        self.reactor = make_reactor()
        run = partial(self.reactor.run, installSignalHandlers=False)
        self._thread = Thread(target=run, name="fakebroker", daemon=True)
        self._promised: dict[Deferred[Any], None] = {}
        self._ending = False
        self._order = Lock()
        """Whoever asks is answered by the thread, or comes after the request that ends it: nobody waits in vain."""

    @property
    def alive(self) -> bool:
        """Whether the thread runs; in the child of a fork it does not."""
        return self._thread.is_alive()

    def start(self) -> None:
        """Begin. A loop can be started once."""
        self._thread.start()

    def submit(self, function: Callable[[], T]) -> Future[T]:
        """Have a function called in the thread.

        Where the thread has ended, or is the one that asks, nobody is in the way, and it is called at once.
        """
        future: Future[T] = Future()
        if current_thread() is not self._thread:
            with self._order:
                if self.alive and not self._ending:
                    self.reactor.callFromThread(_answer, future, function)
                    return future
            if self.alive:
                self._thread.join()
        _answer(future, function)
        return future

    def call(self, function: Callable[[], T]) -> T:
        """Call a function in the thread, and give its result, or raise what it raises."""
        return self.submit(function).result()

    def promise(self, deferred: Deferred[T], limit: float) -> Future[T]:
        """What a Deferred gives, as a future; to be called in the thread.

        :param limit: real seconds after which the Deferred is cancelled; so it is when the thread ends.
        """
        future: Future[T] = Future()
        timer = self.reactor.callLater(limit, deferred.cancel) if self.alive else None

        self._promised[deferred] = None

        def fired(result: T | Failure) -> None:
            self._promised.pop(deferred, None)
            if timer is not None and timer.active():
                timer.cancel()
            if isinstance(result, Failure):
                future.set_exception(result.value)
            else:
                future.set_result(result)

        deferred.addBoth(fired)
        return future

    def stop(self) -> None:
        """End the thread, and wait until it has ended."""
        with self._order:
            if not self.alive:
                return
            first, self._ending = not self._ending, True
            if first:
                self.reactor.callFromThread(self._leave)
        self._thread.join()
        if first:
            # A reactor that stops keeps what wakes it up; Twisted never needs more than one. The thread itself must not
            # close that: who has just told it to end may still be about to wake it.
            self.reactor.waker.connectionLost(None)
            if hasattr(self.reactor, "_poller") and hasattr(self.reactor._poller, "close"):
                self.reactor._poller.close()

    def _leave(self) -> None:
        for deferred in list(self._promised):
            deferred.cancel()
        self.reactor.stop()


def _answer(future: Future[T], function: Callable[[], T]) -> None:
    try:
        future.set_result(function())
    except BaseException as error:
        future.set_exception(error)
