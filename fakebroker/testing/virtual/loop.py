"""asyncio's event loop in virtual time."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from typing import Any

from fakebroker.testing.clock import LONGEST_WAIT
from fakebroker.testing.report import seed as given_seed
from fakebroker.testing.virtual.loop_connect import Connecting, port_number
from fakebroker.testing.virtual.loop_outside import RealWork
from fakebroker.testing.virtual.loop_selector import VirtualSelector
from fakebroker.testing.virtual.simulation import EPOCH, Simulation, current, enter

FIRST_PORT = 49152
"""The first of the ports that clients of brokers in memory seem to have: the range of ports that are given out."""


class VirtualLoop(asyncio.SelectorEventLoop):
    """An event loop whose time is that of the brokers in memory. Whenever nothing is ready, it jumps to the next call
    that is due, be it the loop's or a broker's.

    A connection to the address of a broker, which ``async with fakebroker.memory()`` puts there, goes through memory.
    All else is real. In a thread that takes part in a simulation already, the loop joins it.

    :param seed: decides all chance; FAKEBROKER_SEED in the environment, else 0 by default.
    :param limit: the most seconds of virtual time that may pass.
    :param epoch: what ``time.time()`` says at the beginning, in seconds since 1970.
    """

    def __init__(self, seed: int | None = None, *, limit: float = LONGEST_WAIT, epoch: float = EPOCH) -> None:
        self.simulation = current() or Simulation(given_seed() if seed is None else seed, epoch, limit)
        self.outside = RealWork()
        self._ports = FIRST_PORT - 1
        self._virtual = VirtualSelector(self.simulation, self._idle)
        super().__init__(self._virtual)

    def time(self) -> float:
        """Seconds of virtual time: those of ``broker.clock``."""
        return self.simulation.clock.seconds()

    def run_forever(self) -> None:
        """As each loop's. Meanwhile the thread takes part in the simulation."""
        before = current()
        enter(self.simulation)
        try:
            super().run_forever()
        finally:
            enter(before)

    def _next_port(self) -> int:
        """A port for a client: each has another."""
        self._ports += 1
        return self._ports

    async def create_connection(  # type: ignore[override]
        self,
        protocol_factory: Callable[[], asyncio.BaseProtocol],
        host: Any = None,
        port: Any = None,
        *,
        ssl: Any = None,
        sock: socket.socket | None = None,
        server_hostname: str | None = None,
        **options: Any,
    ) -> tuple[asyncio.Transport, asyncio.BaseProtocol]:
        """Connect to a broker in memory, where the address is one's; else over TCP, as each loop does."""
        place = None if sock is not None else self.simulation.network.find(host, port_number(port))
        if place is None:
            return await super().create_connection(
                protocol_factory, host, port, ssl=ssl, sock=sock, server_hostname=server_hostname, **options
            )
        if server_hostname is None and ssl:
            server_hostname = host
        timeouts = {name: value for name, value in options.items() if name.startswith("ssl_")}
        connecting = Connecting(self, place, host, self._next_port())
        return await connecting.connect(protocol_factory, ssl, server_hostname, **timeouts)

    def run_in_executor(self, executor: Any, func: Callable[..., Any], *args: Any) -> asyncio.Future[Any]:  # type: ignore[override]
        """As each loop's. While the job is under way, no time is jumped over."""
        future = super().run_in_executor(executor, func, *args)
        self.outside.job(future, f"a job of an executor, {getattr(func, '__qualname__', func)}")
        return future

    async def shutdown_default_executor(self, *args: Any, **options: Any) -> None:
        """As each loop's. It waits for threads, in real time."""
        task = asyncio.ensure_future(super().shutdown_default_executor(*args, **options))
        self.outside.job(task, "the end of the executor's threads")
        await task

    def _idle(self, timeout: float | None) -> list[Any]:
        """Nothing is ready."""
        if self.outside.under_way():
            return self._virtual.real.select(timeout)
        end = None if timeout is None else self.time() + timeout
        self.simulation.jump(end, "what the tasks wait for")
        return []


def simulation_of(loop: asyncio.AbstractEventLoop) -> Simulation:
    """The simulation of an event loop.

    :raises RuntimeError: when the loop keeps real time.
    """
    found = getattr(loop, "simulation", None)
    if isinstance(found, Simulation):
        return found
    raise RuntimeError(
        f"the event loop {type(loop).__name__} keeps real time: fakebroker.testing.aio.run(main()) runs a coroutine "
        "in virtual time, where `async with fakebroker.memory()` works"
    )


def running_loop() -> asyncio.AbstractEventLoop | None:
    """The event loop that runs in this thread; None outside asyncio."""
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None
