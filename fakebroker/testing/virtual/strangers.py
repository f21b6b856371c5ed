"""What goes on beside the threads of a simulation: threads from before its block, and what several wait for outside."""

from __future__ import annotations

import threading
from time import monotonic

from fakebroker.testing.virtual.members import Outside
from fakebroker.testing.virtual.sites import is_left_alone

SLICE = 0.01
"""The real seconds for which several that wait for what is outside do so in turn."""


def has_strangers(ours: list[int]) -> bool:
    """Whether threads run that take no part, and that are not of those who run tests.

    :param ours: the identities of those that take part.
    """
    return any(
        thread.ident not in ours and _is_a_users(thread)
        for thread in threading.enumerate()
        if thread is not threading.main_thread()
    )


def _is_a_users(thread: threading.Thread) -> bool:
    if isinstance(thread, threading._DummyThread):
        return False
    function = getattr(thread, "_target", None) or type(thread).run
    return not is_left_alone(str(getattr(function, "__module__", "")))


def together(outsides: list[Outside]) -> Outside:
    """Waits for whichever comes first, a little for each in turn. One that has returned early has no patience left."""
    if len(outsides) == 1:
        return outsides[0]

    def wait(seconds: float) -> bool:
        end = monotonic() + seconds
        patient = outsides
        while patient and monotonic() < end:
            patient, asked = [], patient
            for outside in asked:
                began = monotonic()
                if outside(min(SLICE, seconds)):
                    return True
                if monotonic() - began > SLICE / 2:
                    patient.append(outside)
        return False

    return wait
