"""Other processes take no part in a block. They are told by name."""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Callable
from functools import wraps
from typing import Any

from fakebroker.testing.virtual.patches import Patches
from fakebroker.testing.virtual.simulation import current

STARTERS = {"multiprocessing": "multiprocessing", "billiard": "billiard, as Celery's pool prefork does,"}


def install_processes(patches: Patches) -> None:
    """Tell of processes that are started in a block."""
    if hasattr(os, "fork"):
        patches.everywhere(os.fork, _told(os.fork))


def _told(fork: Callable[[], int]) -> Callable[[], int]:
    @wraps(fork)
    def start() -> int:
        if current() is not None:
            warnings.warn(
                f"{_starter(sys._getframe(1))} starts another process. It takes no part in fakebroker.memory(): it has "
                "real clocks and sockets, and does not meet the broker in memory. Threads do",
                RuntimeWarning,
                stacklevel=3,
            )
        return fork()

    return start


def _starter(frame: Any) -> str:
    """Who forks: the package that is known for it, or else os.fork."""
    while frame is not None:
        package = str(frame.f_globals.get("__name__", "")).partition(".")[0]
        if package in STARTERS:
            return STARTERS[package]
        frame = frame.f_back
    return "os.fork()"
