"""asyncio's event loop in virtual time."""

from __future__ import annotations

import asyncio

from fakebroker.testing.virtual.simulation import Simulation


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
