"""Where an error comes from, and what it says: one line each, the same in every run and on every machine."""

from __future__ import annotations

import re
import sysconfig
import traceback
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import FrameType, TracebackType

from fakebroker.printable import printable
from fakebroker.testing.virtual.loop_waits import short_name

ADDRESS = re.compile(r"\b0x[0-9a-f]{5,}\b")
LONGEST = 300
"""The most characters of an error's line."""

HOME = str(Path(__file__).parent.parent)


def _libraries() -> tuple[str, ...]:
    paths = sysconfig.get_paths()
    return tuple(dict.fromkeys(f"{paths[name]}/" for name in ("stdlib", "platstdlib", "purelib", "platlib")))


LIBRARIES = (*_libraries(), f"{HOME}/", "<")
"""What the beginnings of files' names have in common that the author of a scenario did not write."""


def one_line(error: BaseException) -> str:
    """An error's type and the first line of its text. Addresses in memory are left out: they differ between runs."""
    try:
        text = str(error)
    except Exception as another:
        text = f"(its text fails with {type(another).__name__})"
    first = next((line.strip() for line in text.splitlines() if line.strip()), "")
    name = type(error).__qualname__
    return printable(ADDRESS.sub("0x...", f"{name}: {first}" if first else name)[:LONGEST])


def place_of(error: BaseException) -> str:
    """The file, the line and the function where an error was raised: the innermost that is neither Python's nor a
    library's; where all are, the innermost.
    """
    found = list(_raised_in(error.__traceback__))
    return _place(found)


def place_in(frames: Iterable[FrameType]) -> str:
    """The same for what waits.

    :param frames: the outermost first.
    """
    return _place([(frame.f_code.co_filename, frame.f_lineno, frame.f_code.co_name) for frame in frames])


def _raised_in(trace: TracebackType | None) -> Iterator[tuple[str, int, str]]:
    for frame, line in traceback.walk_tb(trace):
        yield frame.f_code.co_filename, line, frame.f_code.co_name


def _place(frames: list[tuple[str, int, str]]) -> str:
    own = [each for each in frames if not each[0].startswith(LIBRARIES) and "site-packages" not in each[0]]
    if not frames:
        return ""
    name, line, function = (own or frames)[-1]
    return f"{short_name(name)}:{line} in {function}"


def chain(error: BaseException) -> Iterator[BaseException]:
    """An error, the errors that led to it, and those that it holds."""
    seen: list[BaseException] = []
    waiting: list[BaseException | None] = [error]
    while waiting:
        each = waiting.pop(0)
        if each is not None and not any(each is other for other in seen):
            seen.append(each)
            yield each
            waiting += [each.__cause__, each.__context__, *held(each)]


def held(error: BaseException) -> list[BaseException]:
    """The errors in a group of them, or in one of a DeferredList."""
    inside = [each for each in getattr(error, "exceptions", ()) if isinstance(each, BaseException)]
    failure = getattr(getattr(error, "subFailure", None), "value", None)
    return [*inside, failure] if isinstance(failure, BaseException) else inside
