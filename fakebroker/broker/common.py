"""What everything in one broker has in common: clock, chance, turn, tuning, counts of what comes and goes."""

from __future__ import annotations

import base64
import random
from typing import Generic, TypeVar, overload
from weakref import ref

from fakebroker.broker.scheduling import Scheduler
from fakebroker.broker.stats import Churn
from fakebroker.broker.tuning import Tuning
from fakebroker.broker.watcher import MessageWatcher
from fakebroker.clock import Time
from fakebroker.turn import Turn

V = TypeVar("V")


class Common:
    """It does not know the broker itself, so whoever has it does not keep the broker.

    :param clock: the one source of time.
    :param rng: the one source of made-up names and salts.
    :param watcher: told what becomes of each message; None for nobody. It is the same as long as the broker is there.
    """

    __slots__ = ("churn", "clock", "rng", "scheduler", "tuning", "turn", "watcher")

    def __init__(
        self, clock: Time, rng: random.Random, turn: Turn, tuning: Tuning, watcher: MessageWatcher | None = None
    ) -> None:
        self.clock = clock
        self.rng = rng
        self.turn = turn
        self.tuning = tuning
        self.churn = Churn()
        self.watcher = watcher
        self.scheduler: Scheduler | None = None
        """Reads channels' mailboxes where liberties are taken; None where the broker has its own order."""

    def make_name(self, prefix: str = "amq.gen-") -> str:
        """Make up a name as RabbitMQ does: the prefix and 22 characters that stand for 16 random octets."""
        octets = self.rng.getrandbits(128).to_bytes(16, "big")
        return prefix + base64.urlsafe_b64encode(octets).rstrip(b"=").decode("ascii")


class Belongs(Generic[V]):
    """An attribute for the virtual host that something belongs to: a weak reference.

    With a strong one the two would keep each other, and a broker that nobody has any more would stay in memory until
    the garbage collector runs. ``V`` is a protocol: what is needed of the virtual host.
    """

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = f"{name}_ref"

    def __set__(self, thing: object, vhost: V) -> None:
        setattr(thing, self._name, ref(vhost))

    @overload
    def __get__(self, thing: None, owner: type) -> Belongs[V]: ...

    @overload
    def __get__(self, thing: object, owner: type) -> V: ...

    def __get__(self, thing: object, owner: type) -> V | Belongs[V]:
        if thing is None:
            return self
        vhost: V | None = getattr(thing, self._name)()
        if vhost is None:
            raise ReferenceError("the virtual host is gone, with its broker")
        return vhost
