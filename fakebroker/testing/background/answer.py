"""What one thread gives another: that something has happened, and what came of it.

``threading.Event`` and ``concurrent.futures.Future`` are not used: a Ctrl-C at the wrong moment in one leaves its
lock in a state in which the next one to wait gets another error, or waits for ever. Here any moment will do.
"""

from __future__ import annotations

import asyncio
from _thread import allocate_lock
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Generic, TypeVar, cast

T = TypeVar("T")

GLANCE = 0.05
"""Real seconds after which who waits looks by itself whether it has happened."""


class Latch:
    """Happens once; any number of threads may wait for it."""

    def __init__(self) -> None:
        self.happened = False
        self._lock = allocate_lock()
        self._lock.acquire()

    def happen(self) -> None:
        """Let everybody go on who waits."""
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
                self._lock.release()  # where an interrupt comes between, the others look by themselves
            elif left is not None:
                left -= 1
        return self.happened


class ThreadAnswer(Generic[T]):
    """The result of something done in another thread, or the error that it raised."""

    def __init__(self, cancel: Callable[[], object] = lambda: None) -> None:
        self.cancel = cancel
        """For the other thread to call, when nobody wants to know any more."""
        self._latch = Latch()
        self._value: T | None = None
        self._error: BaseException | None = None
        self._heirs: deque[Callable[[], object]] = deque()

    @property
    def given(self) -> bool:
        """Whether it is there already."""
        return self._latch.happened

    def give(self, value: T) -> None:
        """Here is the result."""
        self._value = value
        self._given()

    def fail(self, error: BaseException) -> None:
        """It has raised an error instead."""
        self._error = error
        self._given()

    def _given(self) -> None:
        self._latch.happen()
        while self._heirs:
            self._heirs.popleft()()

    def result(self, limit: float | None = None) -> T:
        """Wait for it.

        :param limit: real seconds; None to wait for ever.
        :raises TimeoutError: when it has not come by then.
        :raises BaseException: what was raised over there.
        """
        if not self._latch.wait(limit):
            raise TimeoutError(f"no answer within {limit} s")
        if self._error is not None:
            try:
                raise self._error
            finally:
                del self  # the error's traceback has this frame, and would keep the error
        return cast(T, self._value)

    def in_asyncio(self, given_up: Callable[[], object] = lambda: None) -> asyncio.Future[T]:
        """The same for the event loop that runs in this thread.

        :param given_up: called when the future is cancelled before the answer is there.
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

        def ended(future: asyncio.Future[Any]) -> None:
            if future.cancelled() and not self.given:
                given_up()

        future.add_done_callback(ended)
        self._heirs.append(tell)
        if self.given:
            self._given()
        return future
