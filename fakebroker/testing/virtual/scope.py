"""What a block replaces in this process while it runs, who may be in one, and what a forked child does about it."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable

from fakebroker.testing.virtual.chance import install_chance
from fakebroker.testing.virtual.datetimes import install_datetimes
from fakebroker.testing.virtual.finishing import finish
from fakebroker.testing.virtual.identities import install_identities
from fakebroker.testing.virtual.orders import install_orders
from fakebroker.testing.virtual.patches import Patches
from fakebroker.testing.virtual.simulation import Simulation, enter, joined
from fakebroker.testing.virtual.sockets import install_sockets
from fakebroker.testing.virtual.thread_starts import install_threads
from fakebroker.testing.virtual.times import install_times


class Scope:
    """Takes this thread into a simulation, and back.

    :param simulation: the simulation to take part in.
    :param blocking: whether sockets and threads are replaced too, for code that blocks. asyncio's loop needs clocks and
        chance alone.
    """

    def __init__(self, simulation: Simulation, blocking: bool) -> None:
        self.simulation = simulation
        self.blocking = blocking
        self.thread = threading.current_thread().name
        self._patches = Patches()
        self._before: Simulation | None = None

    def begin(self) -> None:
        """Replace all that the code of the block waits with, or draws chance from.

        :raises RuntimeError: when another thread of this process is in a block for blocking code.
        """
        self._before = joined()
        try:
            _process.began(self)
            if self.blocking:
                install(self.simulation, self._patches)
            self._patches.apply()
            self.simulation.patched = True
            enter(self.simulation)
        except BaseException:
            self.end()
            raise

    def end(self) -> None:
        """Put everything back. It goes on to the end when it is interrupted."""
        finish(
            self.simulation.connections.close if self.blocking else bool,
            self._leave,
            self._patches.undo,
            lambda: _process.ended(self),
        )

    def _leave(self) -> None:
        if self.blocking:
            self.simulation.over = True  # for its other threads, and when this is another than began
        self.simulation.patched = False
        self.simulation.callers = None
        enter(self._before)

    def leave_behind(self) -> None:
        """This is a child that was forked: here nobody takes part any more."""
        self.simulation.over = True
        self._patches.undo()
        self.simulation.connections.leave_behind()


def install(simulation: Simulation, patches: Patches) -> None:
    """Replace what blocking code waits with."""
    install_sockets(simulation, patches)
    install_threads(simulation, patches)


class _Process:
    """The blocks of this process. Clocks and chance are replaced once for all of them."""

    def __init__(self) -> None:
        self._scopes: list[Scope] = []
        self._lock = threading.RLock()
        self._clocks = Patches()
        self._forking = _Forking()

    def began(self, scope: Scope) -> None:
        """A block begins.

        :raises RuntimeError: when both it and another one replace what blocking code waits with.
        """
        self._alone(lambda: self._began(scope))

    def _began(self, scope: Scope) -> None:
        for other in self._scopes if scope.blocking else []:
            if other.blocking:
                raise RuntimeError(
                    f"the thread {other.thread} is in `with fakebroker.memory()`, which replaces sockets and clocks "
                    "for it and for the threads that it starts: a second thread can't have a block of its own "
                    "meanwhile. Start the thread inside the block, or run the tests in processes"
                )
        self._scopes.append(scope)
        if len(self._scopes) == 1:
            install_times(self._clocks)
            install_datetimes(self._clocks)
            install_chance(self._clocks)
            install_identities(self._clocks)
            install_orders(self._clocks)
            self._clocks.apply()

    def ended(self, scope: Scope) -> None:
        """A block has ended, or could not begin."""
        self._alone(lambda: self._ended(scope))

    def _ended(self, scope: Scope) -> None:
        if self._scopes in ([scope], []):
            self._clocks.undo()
        if scope in self._scopes:
            self._scopes.remove(scope)

    def _alone(self, step: Callable[[], object]) -> None:
        """Take a step while no other thread takes one. An interrupt at any moment lets the others go on."""
        try:
            self._lock.acquire()
            step()
        finally:
            while self._lock._is_owned():  # type: ignore[attr-defined]
                self._lock.release()

    def before_fork(self) -> None:
        """What others do around a fork, such as ``threading``, they do in real time."""
        self._forking.simulation = joined()
        enter(None)

    def after_fork_in_parent(self) -> None:
        enter(self._forking.simulation)
        self._forking.simulation = None

    def after_fork_in_child(self) -> None:
        scopes, clocks = self._scopes, self._clocks
        self.__init__()  # type: ignore[misc]  # another thread may have held the lock
        for scope in reversed(scopes):
            scope.leave_behind()
        clocks.undo()


class _Forking(threading.local):
    simulation: Simulation | None = None


_process = _Process()

if hasattr(os, "register_at_fork"):  # not on Windows
    os.register_at_fork(
        before=_process.before_fork,
        after_in_parent=_process.after_fork_in_parent,
        after_in_child=_process.after_fork_in_child,
    )
