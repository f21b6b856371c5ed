"""Processes that a block starts live in real time: while one is waited for, time stands still."""

from __future__ import annotations

import functools
import os
import select
import subprocess
from collections.abc import Callable
from typing import Any

from fakebroker.testing.virtual.patches import Patches
from fakebroker.testing.virtual.simulation import current

PAUSE = 1
"""The real milliseconds between two looks at a process, where the system can't tell of its end."""

_poll: Any = getattr(select, "poll", None)  # eventlet takes it away


def install_children(patches: Patches) -> None:
    """Let ``subprocess`` wait for processes really."""
    patches.attribute(subprocess.Popen, "wait", _waits(subprocess.Popen.wait))


@functools.cache
def _waits(original: Callable[..., int]) -> Callable[..., int]:
    @functools.wraps(original)
    def wait(self: subprocess.Popen[Any], timeout: float | None = None) -> int:
        simulation = current()
        if simulation is not None and self.returncode is None:

            def outside(seconds: float) -> bool:
                return _ends(self, seconds) or simulation.stands_still  # nothing else can end the wait: as in reality

            if not simulation.wait(lambda: self.poll() is not None, timeout, f"the end of {self.args!r}", outside):
                raise subprocess.TimeoutExpired(self.args, timeout or 0)
        return original(self, timeout)

    return wait


def _ends(process: subprocess.Popen[Any], seconds: float) -> bool:
    """Really wait for the end of a process, at most so long."""
    if not hasattr(os, "pidfd_open"):
        for _ in range(int(seconds * 1000 / PAUSE) + 1):
            if process.poll() is not None:
                return True
            _poll().poll(PAUSE)
        return False
    try:
        number = os.pidfd_open(process.pid)
    except OSError:  # it has ended, and somebody else has asked for it
        return True
    try:
        poll = _poll()
        poll.register(number, select.POLLIN)
        return bool(poll.poll(seconds * 1000))
    finally:
        os.close(number)
