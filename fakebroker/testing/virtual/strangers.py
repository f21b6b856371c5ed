"""What goes on beside the threads of a simulation: threads from before its block, and what several wait for outside."""

from __future__ import annotations

import sys
import threading
from time import monotonic

from fakebroker.testing.virtual.loop_threads import is_to_run, works
from fakebroker.testing.virtual.members import Outside
from fakebroker.testing.virtual.outside import GRACE
from fakebroker.testing.virtual.process_threads import serves_processes
from fakebroker.testing.virtual.sites import is_left_alone

MOMENT = 0.5
"""The real seconds in which a thread that was woken, or waits for another one, may do something."""

SLICE = 0.01
"""The real seconds for which several that wait for what is outside do so in turn."""


def patience(ours: list[int], stands_still: bool) -> float:
    """How long a lock is really waited for that a thread may release that takes no part.

    :param ours: the identities of those that take part.
    :param stands_still: whether there is no time to jump to.
    :returns: seconds; 0 when no such thread works. Threads of those who run tests do not count. One that talks with
        processes of ``multiprocessing`` works as long as it lives: nobody knows what they do meanwhile.
    """
    main = threading.main_thread()
    threads = [each for each in threading.enumerate() if each.ident not in ours and each is not main]
    strangers = [each for each in threads if _is_a_users(each)]
    if any(map(serves_processes, strangers)):
        return float("inf")
    frames = sys._current_frames() if strangers else {}
    working = any(works(frames.get(each.ident or 0)) or is_to_run(each) for each in strangers)
    if stands_still:
        return float("inf") if working else (MOMENT if strangers else 0.0)
    return GRACE if working else 0.0


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
