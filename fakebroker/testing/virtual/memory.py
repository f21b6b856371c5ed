"""``fakebroker.memory()``: a broker that the code of a block meets in memory, in virtual time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from types import TracebackType
from typing import Any

from fakebroker.liberties import Chooser, chooser_of
from fakebroker.server.listeners import ListenAddress
from fakebroker.server.tls import Tls
from fakebroker.testing.clock import LONGEST_WAIT
from fakebroker.testing.memory_broker import MemoryBroker
from fakebroker.testing.report import add_note, conversation, keeps_ledger
from fakebroker.testing.report import liberties as given_liberties
from fakebroker.testing.report import seed as given_seed
from fakebroker.testing.virtual.callers import Callers
from fakebroker.testing.virtual.finishing import finish
from fakebroker.testing.virtual.loop import running_loop, simulation_of
from fakebroker.testing.virtual.network import Place
from fakebroker.testing.virtual.scope import Scope
from fakebroker.testing.virtual.simulation import EPOCH, Simulation, joined
from fakebroker.validation import duration, of_type, whole


class memory:  # noqa: N801 -- called as a function is, as contextlib.suppress
    """A broker in memory, and virtual time, for the code of a block.

    ``with fakebroker.memory() as broker:`` around blocking code, and ``async with`` in asyncio's ``VirtualLoop``.
    Inside another such block it adds a broker at another address.

    :param port: the broker's port; 5671 with TLS, else 5672 by default.
    :param host: the name or address under which clients reach it. The names of this machine count as one.
    :param seed: of all chance; FAKEBROKER_SEED in the environment, else 0 by default.
    :param tls: whether clients have to speak TLS; or the :class:`~fakebroker.server.tls.Tls` to use.
    :param modules: the packages for whose calls sockets, clocks and chance are replaced, such as ``["pika", "shop"]``;
        the whole process by default.
    :param ledger: whether the broker keeps a ledger of what becomes of each message, ``broker.ledger``; by default if
        the environment has FAKEBROKER_LEDGER=1.
    :param strict_faults: whether leaving the block is an error when a rule of the broker has never acted.
    :param liberties: who chooses where RabbitMQ may do this or that: FAKEBROKER_LIBERTIES in the environment, else a
        seed, or a list of choices; None for the same order each time.
    :param limit: the most seconds of virtual time that may pass.
    :param epoch: what ``time.time()`` says at the beginning, in seconds since 1970.
    :raises TypeError: for a value of a wrong type.
    :raises ValueError: for a value that can't be. ``modules``, ``limit`` and ``epoch`` are for the outermost block.
    """

    _scope: Scope | None = None

    def __init__(
        self,
        port: int | None = None,
        host: str = "localhost",
        *,
        seed: int | None = None,
        tls: Any = False,
        modules: str | Iterable[str] | None = None,
        ledger: bool | None = None,
        strict_faults: bool = False,
        liberties: int | str | Chooser | None = None,
        limit: float = LONGEST_WAIT,
        epoch: float = EPOCH,
    ) -> None:
        _check(host=host, port=port, seed=seed, tls=tls, strict_faults=strict_faults, limit=limit, epoch=epoch,
               liberties=liberties)  # fmt: skip
        self._host = host
        self._port = port if port is not None else (5671 if tls else 5672)
        self._seed = given_seed() if seed is None else seed
        self._tls = tls
        self._callers = None if modules is None else Callers(modules)
        self._ledger = keeps_ledger(ledger)
        self._strict_faults = strict_faults
        self._liberties = liberties
        self._limit = limit
        self._epoch = epoch
        self._errors: list[Exception] = []
        self._place: Place | None = None
        self._simulation: Simulation | None = None

    def __enter__(self) -> MemoryBroker:
        loop = running_loop()
        if loop is not None:
            return self._begin(simulation_of(loop), False)
        return self._begin(joined() or Simulation(self._seed, self._epoch, self._limit), True)

    async def __aenter__(self) -> MemoryBroker:
        return self._begin(simulation_of(asyncio.get_running_loop()), False)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        finish(lambda: self._end_threads(error), lambda: self._close(error), self._end)

    def __del__(self) -> None:
        """An interrupt may come so early that ``__exit__`` does nothing: then this object is forgotten."""
        if self._scope is not None:
            self._end()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.__exit__(kind, error, trace)

    def _begin(self, simulation: Simulation, blocking: bool) -> MemoryBroker:
        if self._place is not None:
            raise RuntimeError("this memory() has its block already: a block inside needs a memory() of its own")
        given = {"modules": self._callers, "limit": self._limit - LONGEST_WAIT, "epoch": self._epoch - EPOCH}
        for name in (name for name, value in given.items() if value and simulation.patched):
            raise ValueError(f"{name}= is for the outermost block: this one is inside another")
        try:
            if not simulation.patched:
                simulation.callers = self._callers
                if given["limit"] and not blocking:  # the event loop has one of its own
                    simulation.limit = simulation.clock.seconds() + self._limit
                if given["epoch"]:
                    simulation.epoch = self._epoch
                self._scope = Scope(simulation, blocking)
                self._scope.begin()
            return self._open(simulation)
        except BaseException:
            self._end()
            raise

    def _open(self, simulation: Simulation) -> MemoryBroker:
        liberties = given_liberties(self._liberties)
        broker = MemoryBroker(self._seed, simulation.clock, simulation.wait, liberties, self._ledger)
        if self._tls:
            broker.tls = self._tls if isinstance(self._tls, Tls) else Tls()
        self._errors = []
        place = Place(broker, self._host, self._port, broker.tls)
        simulation.network.add(place)
        self._simulation, self._place = simulation, place
        broker.listeners.listen_in_memory(ListenAddress(self._host, self._port, bool(self._tls)))
        broker.on_error.append(self._errors.append)
        return broker

    def _end_threads(self, error: BaseException | None) -> None:
        """End the threads that still wait, while the broker is there for what they clean up."""
        if self._scope is None or not self._scope.blocking or joined() is not self._scope.simulation:
            return
        left = self._scope.simulation.threads.end()
        if left:
            text = f"these threads were told that their block is over, and have not ended: {', '.join(left)}"
            if error is None:
                raise RuntimeError(text)
            add_note(error, text)

    def _close(self, error: BaseException | None) -> None:
        """Stop the broker, and tell what went wrong in it."""
        assert self._place is not None
        assert self._simulation is not None
        if self._simulation.over:  # the block around this one has ended before, or this is a child that was forked
            return
        broker, simulation = self._place.broker, self._simulation
        try:
            broker.stop()
            simulation.turn()
        finally:
            simulation.network.remove(self._place)
        if error is not None:
            add_note(error, conversation(broker))
        elif self._errors:
            raise self._errors[0]
        elif self._strict_faults:
            broker.faults.assert_all_acted()

    def _end(self) -> None:
        """Put back what this block has replaced. What is still open of the blocks inside it ends with it."""
        if self._scope is not None:
            self._scope.end()
        self._scope = self._place = self._simulation = None


CHECKS: dict[str, Callable[[str, object], object]] = {
    "host": of_type(str, "a name or an address"),
    "port": whole(1, 65535, otherwise=None),
    "seed": of_type((int, type(None)), "a whole number"),
    "tls": of_type((bool, Tls), "True, False or a Tls"),
    "strict_faults": of_type(bool, "True or False"),
    "liberties": lambda name, given: chooser_of(given, name),
    "limit": duration,
    "epoch": duration,
}


def _check(**given: object) -> None:
    """Check what ``memory()`` is given.

    :raises TypeError: for the first value of a wrong type.
    :raises ValueError: for the first value that can't be.
    """
    for name, value in given.items():
        CHECKS[name](name, value)
