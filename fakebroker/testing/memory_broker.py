"""A broker in memory on a virtual clock, as one object: what the pytest fixture ``fakebroker_memory`` gives."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias, TypeVar

from twisted.internet.defer import Deferred

from fakebroker.fake import FakeBroker
from fakebroker.liberties import Chooser
from fakebroker.testing.clients import txamqp_client
from fakebroker.testing.clock import VirtualClock
from fakebroker.testing.searched import open_clients

T = TypeVar("T")
Wait: TypeAlias = Callable[[Callable[[], bool], float, str], object]


class MemoryBroker(FakeBroker):
    """A broker on a virtual clock.

    :param seed: the seed of all that the broker makes up.
    :param clock: the clock; one of its own, by default.
    :param ledger: whether it keeps a ledger: ``broker.ledger``.
    :param wait: how to wait where others than the broker live on that clock: ``Simulation.wait``.
    :param liberties: as a broker's; the clock takes them, too.
    """

    clock: VirtualClock

    def __init__(
        self,
        seed: int = 0,
        clock: VirtualClock | None = None,
        wait: Wait | None = None,
        liberties: int | str | Chooser | None = None,
        ledger: bool = False,
    ) -> None:
        super().__init__(clock=clock or VirtualClock(), seed=seed, liberties=liberties, ledger=ledger)
        if self.liberties is not None:
            self.clock.take_liberties(self.liberties)
        self._wait = wait

    def take_liberties(self, liberties: int | str | Chooser | None) -> None:
        """As a broker's; the clock takes them, too."""
        super().take_liberties(liberties)
        self.clock.take_liberties(self.liberties)

    def result(self, deferred: Deferred[T], limit: float = 3600.0) -> T:
        """Let virtual time pass until a Deferred has fired, and return its result. In ``with fakebroker.memory()``
        other threads go on meanwhile.

        :param limit: seconds that may pass.
        :raises fakebroker.testing.NeverSettles: when it does not fire.
        """
        if self._wait is not None and isinstance(deferred, Deferred):
            self._wait(lambda: deferred.called, limit, "what result() waits for")
        return self.clock.result(deferred, limit)

    def connect(self, **options: Any) -> Any:
        """A txAMQP client that is logged in; see :func:`~fakebroker.testing.clients.txamqp_client` for the options."""
        return self.result(txamqp_client(self, **options))

    def open_clients(self) -> list[int]:
        """The numbers of the connections whose clients have not closed their end, whatever the broker knows of it."""
        return open_clients(self)
