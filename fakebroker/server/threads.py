"""A broker may be used in the thread of its reactor only."""

from __future__ import annotations

import sys
from threading import get_ident

from twisted.python import threadable


def check_thread(reactor: object) -> None:
    """Refuse a call from another thread than the one in which the global reactor runs.

    :param reactor: the broker's. Nothing is checked unless it is the global one.
    :raises RuntimeError: which says what to use instead.
    """
    if reactor is None or threadable.ioThread in (None, get_ident()):
        return
    if reactor is sys.modules.get("twisted.internet.reactor") and reactor.running:
        raise RuntimeError(
            "this broker belongs to the reactor's thread, and was used from another one:"
            " use a broker of fakebroker.running(), which any thread may use,"
            " or have the reactor's thread do it: twisted.internet.threads.blockingCallFromThread(reactor, ...)"
        )
