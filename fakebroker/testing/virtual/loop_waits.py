"""Where each task waits, in words: what is told about a test that waits for ever."""

from __future__ import annotations

import asyncio
import linecache
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import FrameType
from typing import Any

MOST_TASKS = 20
"""So many tasks are told about."""

MOST_FRAMES = 6
"""So many calls are told of each: the first, and the last ones."""


def describe(tasks: Iterable[asyncio.Task[Any]]) -> str:
    """Where the tasks wait: for each its name, and its calls with file, line and text."""
    waiting = [task for task in tasks if not task.done()]
    lines = ["the tasks wait here:" if waiting else "no task waits"]
    for task in waiting[:MOST_TASKS]:
        lines.append(f"  {task.get_name()}")
        lines += [f"    {line}" for line in _calls(task)]
    if len(waiting) > MOST_TASKS:
        lines.append(f"  and {len(waiting) - MOST_TASKS} more")
    return "\n".join(lines)


class TasksOfLoop:
    """What an event loop waits for, in words. They are looked for when they are needed.

    :param loop: the loop.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop

    def __str__(self) -> str:
        tasks = sorted(asyncio.all_tasks(self._loop), key=lambda task: (len(task.get_name()), task.get_name()))
        return f"what an event loop waits for ({describe(tasks)})"


def _calls(task: asyncio.Task[Any]) -> list[str]:
    lines = [_place(frame) for frame in frames_of(task.get_coro())]
    if len(lines) > MOST_FRAMES:
        lines[1 : 1 - MOST_FRAMES] = ["..."]
    awaited = getattr(task, "_fut_waiter", None)
    names = [
        each.get_name() for each in [awaited, *getattr(awaited, "_children", ())] if isinstance(each, asyncio.Task)
    ]
    return [*lines, f"for {', '.join(names)}"] if names else lines


def frames_of(coroutine: Any) -> Iterator[FrameType]:
    """The frames of a coroutine that waits, from the outermost to the innermost."""
    while coroutine is not None:
        for kind in ("cr", "gi", "ag"):
            frame = getattr(coroutine, f"{kind}_frame", None)
            if frame is not None:
                yield frame
                coroutine = getattr(coroutine, "gi_yieldfrom" if kind == "gi" else f"{kind}_await")
                break
        else:
            return


def _place(frame: FrameType) -> str:
    name, line = frame.f_code.co_filename, frame.f_lineno
    text = linecache.getline(name, line, frame.f_globals).strip()
    return f"{short_name(name)}:{line} in {frame.f_code.co_name}{': ' if text else ''}{text}"


def short_name(name: str) -> str:
    """A file's name without the folder that it was found in."""
    folders = [str(Path.cwd()), *(each for each in sys.path if each)]
    inside = [folder for folder in folders if name.startswith(folder.rstrip("/") + "/")]
    return name[len(max(inside, key=len).rstrip("/")) + 1 :] if inside else name


def innermost(future: Any) -> asyncio.Future[Any] | None:
    """The future that a task waits for in the end, through all tasks that it waits for; None when that is none whose
    result could be given."""
    while isinstance(future, asyncio.Task):
        future = getattr(future, "_fut_waiter", None)
    return future if isinstance(future, asyncio.Future) and not future.done() else None
