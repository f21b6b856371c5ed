"""Scenarios for asyncio: each run has an event loop in virtual time, and ``async with fakebroker.memory()``."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable
from contextlib import suppress

from fakebroker.search.blocking import judge_hang
from fakebroker.search.places import place_in
from fakebroker.search.reactive import GRACE, never
from fakebroker.search.run import Left, Load, Run, WrongWorld
from fakebroker.testing.aio import VirtualLoop, finish
from fakebroker.testing.clock import NeverSettles
from fakebroker.testing.memory_broker import MemoryBroker
from fakebroker.testing.virtual.loop_waits import frames_of
from fakebroker.testing.virtual.memory import memory


class Asynchronous:
    """Runs a coroutine.

    :param scenario: called with the broker, returns the coroutine.
    :param check: called with the broker when the scenario has ended; it may be a coroutine, too.
    :param loop: makes the event loop.
    :param make: makes the block.
    """

    name = "asyncio"
    ends_the_program = True

    def __init__(
        self,
        scenario: Callable[..., object],
        check: Callable[[MemoryBroker], object] | None,
        loop: Callable[[], VirtualLoop],
        make: Callable[[], memory],
    ) -> None:
        self._scenario = scenario
        self._check = check
        self._loop = loop
        self._make = make

    def run(self, load: Load) -> Run:
        """Run it once.

        :raises WrongWorld: when the coroutine waits for Deferreds.
        """
        run, loop = Run(), self._loop()
        loop.set_exception_handler(lambda _, context: _note(context, run))
        loop.on_giving_up = lambda error: _hangs(loop, error, run)
        asyncio.set_event_loop(loop)
        try:
            loop.run_until_complete(self._main(load, run, loop))
            if run.hung and run.error is None:
                run.error = NeverSettles(run.hung)
            finish(loop)
        except NeverSettles as error:
            run.error = run.error or error
            if not run.hung:
                run.left.tasks = _names(loop) or [never(error)]
        except (WrongWorld, KeyboardInterrupt):
            raise
        except (Exception, SystemExit) as error:  # what the block tells at its end
            run.error = run.error or error
        finally:
            _close(loop, run)
        judge_hang(run)
        return run

    async def _main(self, load: Load, run: Run, loop: VirtualLoop) -> None:
        async with self._make() as broker:
            run.broker = broker
            load(broker)
            run.error = await _error_of(self._scenario, broker)
            run.over()
            if self._check is not None and not run.hung:
                run.wrong = await _error_of(self._check, broker)
            if run.error is None:
                run.left = await _left(broker, loop)


async def _error_of(function: Callable[[MemoryBroker], object], broker: MemoryBroker) -> BaseException | None:
    """What a function raises, or what it returns does when it is waited for."""
    try:
        made = function(broker)
        if inspect.isawaitable(made):
            await made
    except (Exception, SystemExit, asyncio.CancelledError) as error:
        _check_world(error)
        return error
    return None


async def _left(broker: MemoryBroker, loop: VirtualLoop) -> Left:
    await asyncio.sleep(0)
    if broker.open_clients() or len(loop.unfinished()) > 1:
        await asyncio.sleep(GRACE)
    found = Left(connections=[f"connection {number}" for number in broker.open_clients()])
    found.tasks = _names(loop)
    return found


def _close(loop: VirtualLoop, run: Run) -> None:
    """Close the loop, and end what has not ended: else the block of this run would be around the next one."""
    told, loop.on_giving_up = (run.error, run.left), lambda _: None
    if loop.unfinished():
        with suppress(NeverSettles, SystemExit):
            finish(loop)
    run.error, run.left = told
    asyncio.set_event_loop(None)
    loop.close()


def _names(loop: VirtualLoop) -> list[str]:
    """The coroutines of the tasks that have not ended, without the main one."""
    return [
        str(getattr(task.get_coro(), "__qualname__", "a task"))
        for task in loop.unfinished()
        if task is not loop.main
    ]  # fmt: skip


def _note(context: dict[str, object], run: Run) -> None:
    """An error that nobody has caught."""
    error = context.get("exception")
    run.unhandled.append(error if isinstance(error, BaseException) else RuntimeError(context.get("message", "?")))


def _hangs(loop: VirtualLoop, error: NeverSettles, run: Run) -> None:
    """All wait for ever. The scenario may catch the error, and go on; it hangs all the same."""
    if not run.hung:  # whoever goes on is left some time to end
        run.hung = never(error)
        loop.simulation.limit = min(loop.simulation.limit, loop.time() + GRACE)
    if not run.place and isinstance(loop.main, asyncio.Task):
        run.place = place_in(frames_of(loop.main.get_coro()))


def _check_world(error: BaseException) -> None:
    if isinstance(error, RuntimeError) and "Task got bad yield: <Deferred" in str(error):
        raise WrongWorld("the coroutine waits for a Deferred: world='twisted' runs it") from None
