"""Runs that a seed decides: chaos of all actions, every liberty of RabbitMQ's, and both. Each gives its transcript."""

from __future__ import annotations

import gc
from collections.abc import Callable, Mapping
from functools import cache
from types import MappingProxyType

from twisted.logger import globalLogPublisher

from fakebroker import FakeBroker
from fakebroker.faults import ACTIONS, Action
from fakebroker.faults.catalogue import action_from_json
from fakebroker.faults.examples import example
from fakebroker.testing import VirtualClock
from tests.faults.scenarios import run, working

LEFT_OUT = ("chaos", "call")
"""What is no choice of chance: chance itself, and a function."""


@cache
def every_action() -> Mapping[Action, float]:
    """One of each action that is data, all as likely."""
    names = sorted(set(ACTIONS) - set(LEFT_OUT))
    return {action_from_json(example(ACTIONS[name]), "action"): 1.0 for name in names}


def chaos(seed: int) -> str:
    """Three clients, and whatever can go wrong."""
    clock = VirtualClock()
    broker = FakeBroker(clock=clock, seed=seed)
    broker.faults.chaos(every_action(), probability=0.05)
    return run(broker, clock, *(working(broker, name) for name in "abc"))


def liberties(seed: int) -> str:
    """Three clients, and a broker that takes every liberty."""
    clock = VirtualClock()
    broker = FakeBroker(clock=clock, seed=seed, liberties=seed)
    clients = (("a", "0-8"), ("a", "0-9"), ("b", "0-8"))
    return run(broker, clock, *(working(broker, name, version) for name, version in clients))


def together(seed: int) -> str:
    """Both at once, with a ledger; its text belongs to what is compared."""
    clock = VirtualClock()
    broker = FakeBroker(clock=clock, seed=seed, liberties=seed, ledger=True)
    broker.faults.chaos(every_action(), probability=0.03)
    transcript = run(broker, clock, working(broker, "a"), working(broker, "a", "0-9"))
    return f"{transcript}\n{broker.ledger}\n"


RUNS: Mapping[str, Callable[[int], str]] = MappingProxyType(
    {each.__name__: each for each in (chaos, liberties, together)}
)


def quietly(name: str, seed: int) -> str:
    """The transcript of a run. What its clients fail with, when they are sent garbage, is nobody's business."""
    observers = list(globalLogPublisher._observers)
    for each in observers:
        globalLogPublisher.removeObserver(each)
    try:
        transcript = RUNS[name](seed)
        if seed % 50 == 0:
            gc.collect()
        return transcript
    finally:
        for each in observers:
            globalLogPublisher.addObserver(each)
