"""asyncio in virtual time: an event loop, its policy, ``run``, and a test case.

``async with fakebroker.memory() as broker:`` puts a broker at an address in each of them.
"""

from __future__ import annotations

import asyncio
import sys
import warnings
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any, TypeVar
from unittest import IsolatedAsyncioTestCase

from fakebroker.testing.clock import LONGEST_WAIT, NeverSettles
from fakebroker.testing.virtual.loop import VirtualLoop
from fakebroker.testing.virtual.simulation import EPOCH

__all__ = ["VirtualLoop", "VirtualLoopPolicy", "VirtualTestCase", "run"]

T = TypeVar("T")

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)  # Python 3.14 deprecates policies, and 3.16 has none

    class VirtualLoopPolicy(asyncio.DefaultEventLoopPolicy):
        """A policy whose event loops keep virtual time: ``asyncio.set_event_loop_policy(VirtualLoopPolicy())``.

        :param seed: decides all chance; FAKEBROKER_SEED in the environment, else 0 by default.
        """

        def __init__(self, seed: int | None = None) -> None:
            super().__init__()
            self._seed = seed

        def new_event_loop(self) -> VirtualLoop:
            """An event loop that keeps virtual time, from its beginning."""
            return VirtualLoop(self._seed)


def run(
    main: Coroutine[Any, Any, T],
    *,
    seed: int | None = None,
    debug: bool | None = None,
    limit: float = LONGEST_WAIT,
    epoch: float = EPOCH,
) -> T:
    """Run a coroutine in virtual time, as ``asyncio.run`` does in real time.

    :param seed: decides all chance; FAKEBROKER_SEED in the environment, else 0 by default.
    :param debug: asyncio's debug mode.
    :param limit: the most seconds of virtual time that may pass.
    :param epoch: what ``time.time()`` says at the beginning, in seconds since 1970.
    :returns: what the coroutine returns.
    :raises fakebroker.testing.NeverSettles: when it waits for what will not come. The text says where each task waits.
    :raises RuntimeError: when an event loop runs in this thread already.
    """
    if asyncio._get_running_loop() is not None:
        main.close()
        raise RuntimeError("fakebroker.testing.aio.run() cannot be called from a running event loop")
    loop = VirtualLoop(seed, limit=limit, epoch=epoch)
    try:
        asyncio.set_event_loop(loop)
        if debug is not None:
            loop.set_debug(debug)
        try:
            result: T = loop.run_until_complete(main)
        except BaseException:
            with suppress(NeverSettles):  # what failed first is told
                finish(loop)
            raise
        finish(loop)
        return result
    finally:
        asyncio.set_event_loop(None)
        loop.close()


def finish(loop: VirtualLoop) -> None:
    """Cancel what still runs, as ``asyncio.run`` does, and tell what fails then."""
    tasks = loop.unfinished()
    for task in tasks:
        task.cancel()
    loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))
    for task in tasks:
        error = None if task.cancelled() else task.exception()
        if error is not None:
            message = "unhandled exception during fakebroker.testing.aio.run() shutdown"
            loop.call_exception_handler({"message": message, "exception": error, "task": task})
    loop.run_until_complete(loop.shutdown_asyncgens())
    loop.run_until_complete(loop.shutdown_default_executor())


class VirtualTestCase(IsolatedAsyncioTestCase):
    """A test case whose tests, and their ``asyncSetUp`` and ``asyncTearDown``, run in virtual time.

    Each test has an event loop of its own, whose time begins at 0.
    """

    loop_factory = VirtualLoop  # Python 3.13 asks for it

    if sys.version_info < (3, 11):

        def _setupAsyncioLoop(self) -> None:
            before = asyncio.get_event_loop_policy()
            asyncio.set_event_loop_policy(VirtualLoopPolicy())
            try:
                super()._setupAsyncioLoop()  # type: ignore[misc]
            finally:
                asyncio.set_event_loop_policy(before)
            asyncio.set_event_loop(self._asyncioTestLoop)  # type: ignore[attr-defined]
            self._asyncioTestLoop.main = self._asyncioCallsTask  # type: ignore[attr-defined]

    elif sys.version_info < (3, 13):

        def _setupAsyncioRunner(self) -> None:
            assert self._asyncioRunner is None
            self._asyncioRunner = asyncio.Runner(debug=True, loop_factory=VirtualLoop)
