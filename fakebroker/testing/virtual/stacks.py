"""Where threads are, in words."""

from __future__ import annotations

import sys
import traceback
from pathlib import Path
from types import FrameType

HERE = str(Path(__file__).parent)


def told(threads: list[tuple[str, int, object]]) -> str:
    """What each thread waits for, and where.

    :param threads: the name, the identity and what is waited for of each.
    """
    frames = sys._current_frames()
    return "\n\n".join(f"{name} waits for {what}, at\n{stack(frames.get(ident))}" for name, ident, what in threads)


def stack(frame: FrameType | None) -> str:
    """The calls that led to a frame, the last one last. What fakebroker itself does to wait is left out."""
    while frame is not None and frame.f_code.co_filename.startswith(HERE):
        frame = frame.f_back
    if frame is None:
        return "  (it has not begun)"
    return "".join(traceback.format_stack(frame)).rstrip()


def is_debugged(frame: FrameType | None) -> bool:
    """Whether a debugger has stopped there, and waits for what is typed."""
    while frame is not None:
        if frame.f_globals.get("__name__") in ("pdb", "bdb", "pydevd"):
            return True
        frame = frame.f_back
    return False
