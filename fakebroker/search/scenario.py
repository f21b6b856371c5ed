"""Finds out what a scenario needs: a function that blocks, a coroutine of asyncio, or Twisted's Deferreds."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import partial

from fakebroker.search.asynchronous import Asynchronous
from fakebroker.search.blocking import Blocking
from fakebroker.search.reactive import Reactive
from fakebroker.search.run import ScenarioWorld
from fakebroker.testing.aio import VirtualLoop
from fakebroker.testing.memory_broker import MemoryBroker
from fakebroker.testing.virtual.memory import memory
from fakebroker.validation import unknown

WORLDS = ("auto", "twisted", "asyncio", "blocking")

Scenario = Callable[..., object]
Check = Callable[[MemoryBroker], object]


def world_of(
    name: str, scenario: Scenario, check: Check | None, seed: int, within: float, ledger: bool = False
) -> ScenarioWorld:
    """Make the world of a scenario.

    :param name: one of :data:`WORLDS`. ``auto`` guesses by what kind of a function it is.
    :param ledger: whether the brokers keep a ledger.
    :raises ValueError: for another name.
    """
    block = partial(memory, seed=seed, ledger=ledger)
    if name == "auto":
        name = guess(scenario)
    if name == "twisted":
        return Reactive(scenario, check, partial(MemoryBroker, seed, ledger=ledger), within)
    if name == "asyncio":
        return Asynchronous(scenario, check, partial(VirtualLoop, seed, limit=within), block)
    if name == "blocking":
        return Blocking(scenario, check, partial(block, limit=within))
    raise ValueError(f"world: {unknown('world', name, WORLDS)}")


def check_scenario(scenario: object) -> Scenario:
    """Check that a scenario is a function that takes a broker.

    :raises TypeError: when it is not.
    """
    if not callable(scenario):
        raise TypeError(f"a scenario is a function that takes the broker, and not {scenario!r}")
    try:
        inspect.signature(scenario).bind(object())
    except TypeError:
        name = getattr(scenario, "__qualname__", repr(scenario))
        raise TypeError(f"{name} can't be a scenario: a scenario is called with the broker, and nothing else") from None
    except ValueError:  # a function in C tells nothing of its parameters
        pass
    return scenario


def guess(scenario: Scenario) -> str:
    """The world that a function looks made for. One that only shows in the running is found out then."""
    inner: object = scenario
    while isinstance(inner, partial):
        inner = inner.func
    if not inspect.isroutine(inner) and not inspect.isclass(inner):
        inner = getattr(inner, "__call__", inner)  # noqa: B004 -- an object that can be called
    if inspect.iscoroutinefunction(inner):
        return "asyncio"
    while hasattr(inner, "__wrapped__"):
        inner = inner.__wrapped__
    return "twisted" if inspect.isgeneratorfunction(inner) else "blocking"
