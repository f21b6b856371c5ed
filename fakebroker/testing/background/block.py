"""The end of a with-block, which runs whatever interrupts the block."""

from __future__ import annotations

from collections.abc import Callable
from types import TracebackType
from typing import Protocol, overload

from fakebroker.testing.background.loop import Loop


class Leaving(Protocol):
    """A broker that a with-block can leave. Each block has a loop of its own."""

    _loop: Loop | None

    def _leave(self, error: BaseException | None) -> None: ...


class RunningBlock:
    """The ``__exit__`` of one with-block, which holds the only reference to it. So when the block is left, this object
    is either called or freed, and both end the loop. Being freed matters when an interrupt comes after ``__exit__`` was
    called and before its first line runs: nothing else would stop the loop then.
    """

    def __init__(self, running: Leaving) -> None:
        self._running = running
        self._before = running._loop

    def __call__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._running._leave(error)

    def __del__(self) -> None:
        loop = self._running._loop
        if loop is not self._before and loop is not None:
            loop.drop()


class Exit:
    """Makes a :class:`RunningBlock` for each with-statement, before the block is entered."""

    @overload
    def __get__(self, running: None, owner: type[Leaving]) -> Callable[..., None]: ...

    @overload
    def __get__(self, running: Leaving, owner: type[Leaving]) -> RunningBlock: ...

    def __get__(self, running: Leaving | None, owner: type[Leaving]) -> Callable[..., None]:
        if running is None:
            return lambda of, kind, error, trace: of._leave(error)
        return RunningBlock(running)
