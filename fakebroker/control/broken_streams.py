"""Standard streams whose reader has gone, or whose disk is full."""

from __future__ import annotations

import os
import sys


def give_up(name: str) -> None:
    """Drop what a broken stream still holds: Python would complain about it at exit.

    :param name: ``"stdout"`` or ``"stderr"``.
    """
    stream = getattr(sys, name)
    try:
        stream.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
