"""Virtual time for a broker on sockets: time stands still unless it is told to pass, but nothing that is due waits."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from twisted.internet.interfaces import IDelayedCall

from fakebroker.testing.clock import VirtualClock


class BackgroundClock(VirtualClock):
    """A virtual clock in the thread of a reactor, which sees to the calls that are due at once.

    :param reactor: whose turns are used.
    """

    def __init__(self, reactor: Any) -> None:
        super().__init__()
        self._reactor = reactor
        self._waiting = False

    def callLater(self, delay: float, callable: Callable[..., object], *args: object, **kw: object) -> IDelayedCall:
        """As ``Clock``'s; what is due now is called in a turn of the reactor."""
        call = super().callLater(delay, callable, *args, **kw)
        if delay <= 0 and not self._waiting:
            self._waiting = True
            self._reactor.callLater(0, self._turn)
        return call

    def _turn(self) -> None:
        self._waiting = False
        self.settle()
