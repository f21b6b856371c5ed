"""How one thread tells another that something has happened, and with which result. ``threading.Event`` and
``concurrent.futures.Future`` do not do: a Ctrl-C at the wrong moment leaves their lock in a state in which the next
thread that waits gets another error, or waits for ever. These classes bear an interrupt at any moment.
"""

from __future__ import annotations

import asyncio
from _thread import allocate_lock
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import Generic, TypeVar, cast

T = TypeVar("T")

GLANCE = 0.05
"""Real seconds after which a waiting thread checks by itself, without being woken."""


class Latch:
    """An event that happens once. Any number of threads may wait for it."""

    def __init__(self) -> None:
        self.happened = False
        self._lock = allocate_lock()
        self._lock.acquire()

    def happen(self) -> None:
        """It has happened: wake everybody who waits."""
        first, self.happened = not self.happened, True
        if first:
            self._lock.release()

    def wait(self, limit: float | None = None) -> bool:
        """Wait until it has happened.

        :param limit: real seconds, more or less; None to wait for ever.
        :returns: whether it has.
        """
        left = None if limit is None else int(limit / GLANCE) + 1
        while not self.happened and left != 0:
            if self._lock.acquire(timeout=GLANCE):
                self._lock.release()  # if an interrupt comes here, the others check by themselves
            elif left is not None:
                left -= 1
        return self.happened


class ThreadAnswer(Generic[T]):
    """The result of something done in another thread, or the error that it raised."""

    def __init__(self, cancel: Callable[[], object] = lambda: None) -> None:
        self.cancel = cancel
        """Called in the other thread when nobody waits any more."""
        self._latch = Latch()
        self._value: T | None = None
        self._error: BaseException | None = None
        self._heirs: deque[Callable[[], object]] = deque()

    @property
    def given(self) -> bool:
        """Whether the answer has come."""
        return self._latch.happened

    def give(self, value: T) -> None:
        """Give the result."""
        self._value = value
        self._given()

    def fail(self, error: BaseException) -> None:
        """Give an error instead."""
        self._error = error
        self._given()

    def _given(self) -> None:
        self._latch.happen()
        while self._heirs:
            self._heirs.popleft()()

    def result(self, limit: float | None = None) -> T:
        """Wait for the answer.

        :param limit: real seconds; None to wait for ever.
        :raises TimeoutError: when it has not come by then.
        :raises BaseException: what was raised in the other thread.
        """
        if not self._latch.wait(limit):
            raise TimeoutError(f"no answer within {limit} s")
        if self._error is not None:
            try:
                raise self._error
            finally:
                del self  # the error's traceback refers to this frame: no circle
        return cast(T, self._value)

    def in_asyncio(self, given_up: Callable[[], object] = lambda: None) -> asyncio.Future[T]:
        """The same for the event loop that runs in this thread.

        :param given_up: called when the future is cancelled before the answer has come.
        """
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()

        def pass_on() -> None:
            if not future.done():
                if self._error is not None:
                    future.set_exception(self._error)
                else:
                    future.set_result(cast(T, self._value))

        def tell() -> None:
            with suppress(RuntimeError):  # the event loop is closed: nobody waits any more
                loop.call_soon_threadsafe(pass_on)

        def ended(future: asyncio.Future[T]) -> None:
            if future.cancelled() and not self.given:
                given_up()

        future.add_done_callback(ended)
        self._heirs.append(tell)
        if self.given:
            self._given()
        return future
