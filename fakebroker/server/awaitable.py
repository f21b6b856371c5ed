"""A Deferred that coroutines of asyncio may await, too."""

from __future__ import annotations

import sys
from collections.abc import Generator
from typing import TYPE_CHECKING, Any, TypeVar

from twisted.internet.defer import Deferred

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop

T = TypeVar("T")

Steps = Generator[Deferred[Any], Any, T]
"""What ``inlineCallbacks`` runs: it waits for Deferreds of any kind, and gives back what each has fired with."""


class AwaitableDeferred(Deferred[T]):
    """In a task of asyncio, ``await`` waits as asyncio does; elsewhere as Twisted does."""

    def __await__(self) -> Generator[Any, None, T]:
        loop = _loop_of_this_task()
        return super().__await__() if loop is None else self.asFuture(loop).__await__()


def _loop_of_this_task() -> AbstractEventLoop | None:
    """The event loop, in a task of asyncio; else None. (Twisted's coroutines run in none, on asyncio's reactor too.)"""
    asyncio = sys.modules.get("asyncio")
    loop = asyncio._get_running_loop() if asyncio is not None else None
    return loop if asyncio is not None and loop is not None and asyncio.current_task(loop) is not None else None
