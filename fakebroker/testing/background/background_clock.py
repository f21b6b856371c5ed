"""Virtual time for a broker on sockets: time passes only when the test advances it, and what is due at once runs at
once."""

from __future__ import annotations

from collections.abc import Callable

from twisted.internet.interfaces import IDelayedCall

from fakebroker.clock import Time
from fakebroker.testing.clock import VirtualClock


class BackgroundClock(VirtualClock):
    """A virtual clock in the thread of a reactor, which runs the calls that are due at once.

    :param reactor: the reactor that runs them.
    """

    def __init__(self, reactor: Time) -> None:
        super().__init__()
        self._reactor = reactor
        self._waiting = False

    def callLater(self, delay: float, callable: Callable[..., object], *args: object, **kw: object) -> IDelayedCall:
        """As ``Clock``'s. The reactor runs what is due now."""
        call = super().callLater(delay, callable, *args, **kw)
        if delay <= 0 and not self._waiting:
            self._waiting = True
            self._reactor.callLater(0, self._turn)
        return call

    def _turn(self) -> None:
        self._waiting = False
        self.settle()
