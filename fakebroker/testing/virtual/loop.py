"""asyncio's event loop in virtual time."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from typing import Any
from weakref import WeakValueDictionary

from fakebroker.testing.clock import LONGEST_WAIT, NeverSettles
from fakebroker.testing.report import seed as given_seed
from fakebroker.testing.virtual.connections import FIRST_PORT
from fakebroker.testing.virtual.loop_connect import Connecting, port_number
from fakebroker.testing.virtual.loop_real import WatchedLoop
from fakebroker.testing.virtual.loop_selector import VirtualSelector
from fakebroker.testing.virtual.loop_tasks import OrderedFuture, OrderedTask
from fakebroker.testing.virtual.loop_waits import TasksOfLoop, describe, innermost
from fakebroker.testing.virtual.names import getaddrinfo
from fakebroker.testing.virtual.network import LOOPBACK
from fakebroker.testing.virtual.simulation import EPOCH, Simulation, enter, joined

MOMENT = 0.00001
"""Seconds. Sleeping for less does not count as waiting: near a later time it may be too little to change the clock."""

PATIENCE = 3
"""So often the main task gets the error of a wait without end at one time, if it catches it and waits again."""


class VirtualLoop(WatchedLoop):
    """An event loop whose time is that of the brokers in memory. Whenever nothing is ready, it jumps to the next call
    that is due, be it the loop's or a broker's.

    A connection to the address of a broker, which ``async with fakebroker.memory()`` puts there, goes through memory.
    All else is real. In a thread that takes part in a simulation already, the loop joins it.

    :param seed: decides all chance; FAKEBROKER_SEED in the environment, else 0 by default.
    :param limit: the most seconds of virtual time that may pass.
    :param epoch: what ``time.time()`` says at the beginning, in seconds since 1970.
    """

    def __init__(self, seed: int | None = None, *, limit: float = LONGEST_WAIT, epoch: float = EPOCH) -> None:
        around = joined()
        self.simulation = around or Simulation(given_seed() if seed is None else seed, epoch, limit)
        self._is_guest = around is not None
        self.main: asyncio.Future[Any] | None = None
        """What the loop runs for: it gets the error when all wait for ever."""
        self.on_giving_up: Callable[[NeverSettles], object] = lambda _: None
        """Called with the error, before it is raised where the main task waits."""
        self._tasks: WeakValueDictionary[int, asyncio.Task[Any]] = WeakValueDictionary()
        self._made = 0
        self._given_up: list[float] = []
        self._ports = FIRST_PORT - 1
        turn = self._let_others_go_on if self._is_guest else None
        self._virtual = VirtualSelector(self.simulation.clock, self._idle, self._came, self._hear, self._spins, turn)
        super().__init__(self._virtual, self._virtual.real)
        self.outside.threads.take_part = self._is_guest

    def time(self) -> float:
        """Seconds of virtual time: those of ``broker.clock``."""
        return self.simulation.clock.seconds()

    def run_forever(self) -> None:
        """As each loop's. Meanwhile the thread takes part in the simulation."""
        before = joined()
        enter(self.simulation)
        try:
            super().run_forever()
        finally:
            enter(before)

    def run_until_complete(self, future: Any) -> Any:
        """As each loop's. When all wait for ever, the error is raised where ``future`` waits."""
        is_new = not asyncio.isfuture(future)
        main: Any = asyncio.ensure_future(future, loop=self)
        if is_new:
            main._log_destroy_pending = False  # as asyncio's own does: whoever called is told what went wrong
        before = self.main
        if isinstance(main, asyncio.Task) or before is None:
            self.main = main
        try:
            return super().run_until_complete(main)
        except BaseException:
            if is_new and main.done() and not main.cancelled():
                main.exception()  # it was told
            raise
        finally:
            self.main = before

    def create_task(self, coro: Any, **options: Any) -> asyncio.Task[Any]:
        """As each loop's."""
        self._check_closed()  # type: ignore[attr-defined]
        self._made += 1
        if self.get_task_factory() is None:
            task: asyncio.Task[Any] = OrderedTask(coro, number=self._made, loop=self, **options)
        else:
            task = super().create_task(coro, **options)
        self._tasks[self._made] = task
        return task

    def create_future(self) -> asyncio.Future[Any]:
        """As each loop's."""
        self._made += 1
        return OrderedFuture(number=self._made, loop=self)

    def unfinished(self) -> list[asyncio.Task[Any]]:
        """The tasks that are not done, in the order in which they were made."""
        return [task for task in self._tasks.values() if not task.done()]

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
        connecting = Connecting(self, place, self.simulation.network.numeric(host), self._next_port())
        return await connecting.connect(protocol_factory, ssl, server_hostname, **timeouts)

    async def getaddrinfo(self, host: Any, port: Any, **options: Any) -> Any:
        """As each loop's. No name server is asked for a broker's name."""
        if host not in LOOPBACK and self.simulation.network.knows(host):
            return getaddrinfo(host, port_number(port), **options)
        return await super().getaddrinfo(host, port, **options)

    async def sock_connect(self, sock: socket.socket, address: Any) -> None:
        """As each loop's, for what is not in memory.

        :raises RuntimeError: for the address of a broker in memory: there is no socket that leads to it.
        """
        if isinstance(address, tuple) and self.simulation.network.find(*address[:2]) is not None:
            raise RuntimeError(
                f"sock_connect() to {address}: no socket leads to a broker in memory. create_connection() and "
                "open_connection(), without sock=, do"
            )
        await super().sock_connect(sock, address)

    def _idle(self, timeout: float | None) -> list[Any]:
        """Nothing is ready. Wait for what comes from outside, or jump.

        :param timeout: seconds until the loop's next call; None when there is none.
        :returns: descriptors that are ready.
        """
        if self._is_guest:
            before = self.time()
            self.simulation.wait(self._has_something, timeout, TasksOfLoop(self), self._waits_outside)
            if self.time() - before >= MOMENT:
                self.simulation.busy.looks = 0
            return []
        clock, now = self.simulation.clock, self.time()
        due = [call.getTime() for call in clock.calls[:1]] + ([] if timeout is None else [now + timeout])
        came = self.outside.wait(now, min(due) - now if due and not clock.frozen else None)
        if came is not None:
            return came
        if not due:
            self._give_up(f"all is quiet at {now:.3f} s, and nothing is due")
        elif clock.frozen:
            self._give_up(f"broker.clock is frozen at {now:.3f} s, and the next call is due at {min(due):.3f} s")
        elif min(due) > self.simulation.limit:
            limit = self.simulation.limit
            self._give_up(f"the limit of {limit:g} s is reached, and the next call is due at {min(due):.3f} s")
        else:
            self._jump(min(due) - now)
        return []

    def _jump(self, seconds: float) -> None:
        if seconds < MOMENT:
            self._spins()
        else:
            self.simulation.busy.moved()
        self.simulation.clock.advance(max(0.0, seconds))

    def _spins(self) -> None:
        """The loop has calls that it can run at once. Whoever looks again and again, or sleeps for less than a moment,
        lets a little time pass."""
        simulation = self.simulation
        seconds = simulation.busy.turned()
        if not seconds or simulation.clock.frozen:
            return
        if self._is_guest:
            simulation.wait(lambda: False, seconds, "its turn")
        else:
            simulation.clock.advance(seconds)

    def _has_something(self) -> bool:
        return bool(self._ready) or bool(self._virtual.real.select(0))  # type: ignore[attr-defined]

    def _waits_outside(self, seconds: float) -> bool:
        return self.outside.wait(self.time(), seconds) is not None

    def _let_others_go_on(self) -> None:
        """The loop runs in a block for blocking code: its clients and its threads go on, too."""
        self.simulation.turn()
        self.simulation.threads.pause()

    def _hear(self, is_busy: bool) -> bool:
        handles = self.outside.heard(is_busy)
        self._ready.extend(handles)  # type: ignore[attr-defined]
        return bool(handles)

    def _came(self, events: list[Any]) -> None:
        self.outside.came(events)

    def _give_up(self, reason: str) -> None:
        """Raise an error where the loop's main task waits; here when that is of no use.

        :raises NeverSettles: when the task has had the error several times at this time, or waits for a thread.
        """
        told = describe(sorted(self.unfinished(), key=lambda task: task is not self.main))
        outside = self.outside.describe()
        error = NeverSettles(f"{reason}; {told}{outside and f'{chr(10)}outside of memory there is:{outside}'}")
        self.on_giving_up(error)
        awaited = innermost(self.main)
        self._given_up.append(self.time())
        if awaited is None or self.outside.is_job(awaited) or self._given_up.count(self.time()) > PATIENCE:
            raise error
        awaited.set_exception(error)


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
