"""Tasks and futures whose order in a set is the same in each process.

Clients keep tasks in sets, and cancel or await them in the set's order, as asyncio itself does. For Python's own tasks
that is the order of their addresses.
"""

from __future__ import annotations

import asyncio
from typing import Any


class OrderedTask(asyncio.Task[Any]):
    """A task that hashes to its number.

    :param number: tasks and futures of one loop are numbered as they are made.
    """

    __slots__ = ("_number",)

    def __init__(self, coro: Any, *, number: int, **options: Any) -> None:
        self._number = number
        super().__init__(coro, **options)

    def __hash__(self) -> int:
        return self._number


class OrderedFuture(asyncio.Future[Any]):
    """A future that hashes to its number."""

    __slots__ = ("_number",)

    def __init__(self, *, number: int, loop: asyncio.AbstractEventLoop) -> None:
        self._number = number
        super().__init__(loop=loop)

    def __hash__(self) -> int:
        return self._number
