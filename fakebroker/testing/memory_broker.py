"""A broker in memory on a virtual clock, as one object: what the pytest fixture ``fakebroker_memory`` gives."""

from __future__ import annotations

from typing import Any, TypeVar

from twisted.internet.defer import Deferred

from fakebroker.fake import FakeBroker
from fakebroker.testing.clients import txamqp_client
from fakebroker.testing.clock import VirtualClock

T = TypeVar("T")


class MemoryBroker(FakeBroker):
    """A broker on a virtual clock.

    :param seed: the seed of all that the broker makes up.
    :param clock: the clock; one of its own, by default.
    """

    clock: VirtualClock

    def __init__(self, seed: int = 0, clock: VirtualClock | None = None) -> None:
        super().__init__(clock=clock or VirtualClock(), seed=seed)

    def result(self, deferred: Deferred[T], limit: float = 3600.0) -> T:
        """Let virtual time pass until a Deferred has fired, and return its result.

        :param limit: seconds that may pass.
        :raises fakebroker.testing.NeverSettles: when it does not fire.
        """
        return self.clock.result(deferred, limit)

    def connect(self, **options: Any) -> Any:
        """A txAMQP client that is logged in; see :func:`~fakebroker.testing.clients.txamqp_client` for the options."""
        return self.result(txamqp_client(self, **options))
