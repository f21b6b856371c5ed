"""The end of a with-block, which comes whatever happens."""

from __future__ import annotations

from collections.abc import Callable
from types import TracebackType
from typing import Protocol, overload

from fakebroker.testing.background.loop import Loop


class Leaving(Protocol):
    """What can be left; it has a loop of its own each time that it is entered."""

    _loop: Loop | None

    def _leave(self, error: BaseException | None) -> None: ...


class RunningBlock:
    """``__exit__`` of one with-block, which alone refers to it: however the block is left, it is called or is gone.

    An interrupt may come when ``__exit__`` has been called and has not run a line yet. Then nothing has been stopped,
    and what is left of the block is that this object dies.
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
    """Makes a block for each with-statement, before it is entered."""

    @overload
    def __get__(self, running: None, owner: type[Leaving]) -> Callable[..., None]: ...

    @overload
    def __get__(self, running: Leaving, owner: type[Leaving]) -> RunningBlock: ...

    def __get__(self, running: Leaving | None, owner: type[Leaving]) -> Callable[..., None]:
        if running is None:
            return lambda of, kind, error, trace: of._leave(error)
        return RunningBlock(running)
