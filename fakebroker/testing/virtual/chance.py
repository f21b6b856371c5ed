"""Python's chance from the seed of the simulation: ``random``, ``os.urandom``, ``secrets`` and ``uuid``.

What is drawn outside the block, or by a thread that takes part in no simulation, is not disturbed: a simulation has
generators of its own.
"""

from __future__ import annotations

import os
import random
import sys
import uuid
import weakref
from collections.abc import Callable, Iterator
from functools import cached_property, wraps
from types import FunctionType

from fakebroker.testing.virtual.patches import Patches
from fakebroker.testing.virtual.simulation import Simulation, current
from fakebroker.testing.virtual.sites import Function

LEFT_ALONE = ("tempfile",)
"""Modules whose generators stay real: names of files should differ between processes."""


def install_chance(patches: Patches) -> None:
    """Let Python's chance come from the simulation of whoever draws."""
    for real, replacement in REPLACED:
        patches.everywhere(real, replacement)
    patches.attribute(random.Random, "seed", SEED)


class Chance:
    """What a simulation's chance has to remember.

    :param simulation: it has the seed.
    """

    def __init__(self, simulation: Simulation) -> None:
        self._simulation = simulation

        self._numbers: dict[int, tuple[Callable[[], object], int]] = {}
        self._last = 0

    def number(self, thing: object) -> int:
        """Number things as they are asked about, from 1. Another thing at the same address has another number."""
        known = self._numbers.get(id(thing))
        if known is None or known[0]() is not thing:
            self._last += 1
            known = self._numbers[id(thing)] = (_reference(thing), self._last)
        return known[1]

    @cached_property
    def shared(self) -> random.Random:
        """What the functions of the module ``random`` draw from."""
        return self._simulation.chance("random")

    @cached_property
    def octets(self) -> random.Random:
        """What ``os.urandom`` draws from, and so ``secrets``, ``random.SystemRandom`` and ``uuid.uuid4``."""
        return self._simulation.chance("urandom")

    @cached_property
    def seeds(self) -> random.Random:
        """Gives a seed to each ``random.Random()``."""
        return self._simulation.chance("seeds")

    @cached_property
    def node(self) -> int:
        """The address of this machine. Its multicast bit is set, as RFC 9562 has it for one that is made up."""
        return self._simulation.chance("node").getrandbits(48) | 1 << 40

    @cached_property
    def uuids(self) -> dict[str, object]:
        """The variables of the module ``uuid`` as those of a process that has just begun."""
        fresh: dict[str, object] = {name: None for name in vars(uuid) if name.startswith("_last_")}
        # The C library would ask the real clock.
        return {**vars(uuid), **fresh, "_generate_time_safe": None, "getnode": lambda: self.node}


def chance_of(simulation: Simulation) -> Chance:
    """The chance of a simulation; the same each time."""
    if simulation.drawn is None:
        simulation.drawn = Chance(simulation)
    drawn = simulation.drawn
    assert isinstance(drawn, Chance)
    return drawn


def _reference(thing: object) -> Callable[[], object]:
    """Gives a thing as long as it is there; or holds it, if there is no other way."""
    try:
        return weakref.ref(thing)
    except TypeError:
        return lambda: thing


def _drawing(real: Function, name: str) -> Function:
    """A function of the module ``random``."""

    @wraps(real)
    def draw(*args: object, **kwargs: object) -> object:
        simulation = current()
        if simulation is None:
            return real(*args, **kwargs)
        return getattr(chance_of(simulation).shared, name)(*args, **kwargs)

    return draw


def _urandom(real: Callable[..., bytes]) -> Callable[..., bytes]:
    @wraps(real)
    def urandom(size: int) -> bytes:
        simulation = current()
        if simulation is None or not isinstance(size, int) or size < 0:
            return real(size)
        return chance_of(simulation).octets.randbytes(size)

    return urandom


def _seeding(real: Callable[..., None]) -> Callable[..., None]:
    """``random.Random.seed``, which ``random.Random()`` calls."""

    @wraps(real)
    def seed(self: random.Random, a: object = None, version: int = 2) -> None:
        simulation = current() if a is None else None
        if simulation is not None and not _comes_from_left_alone():
            a = chance_of(simulation).seeds.getrandbits(256)
        real(self, a, version)

    return seed


def _comes_from_left_alone() -> bool:
    frame = sys._getframe(2)
    while frame.f_back is not None and frame.f_globals.get("__name__") == "random":
        frame = frame.f_back
    return frame.f_globals.get("__name__") in LEFT_ALONE


def _of_machine(real: Callable[[], int]) -> Callable[[], int]:
    @wraps(real)
    def getnode() -> int:
        simulation = current()
        return real() if simulation is None else chance_of(simulation).node

    return getnode


def _timed_uuid(real: FunctionType) -> Function:
    @wraps(real)
    def timed(*args: object, **kwargs: object) -> object:
        simulation = current()
        if simulation is None:
            return real(*args, **kwargs)
        names = chance_of(simulation).uuids
        return FunctionType(real.__code__, names, real.__name__, real.__defaults__)(*args, **kwargs)

    return timed


def _replacements() -> Iterator[tuple[Function, Function]]:
    shared = random.seed.__self__  # type: ignore[attr-defined]
    for name, real in vars(random).items():
        if getattr(real, "__self__", None) is shared:
            yield real, _drawing(real, name)
    yield os.urandom, _urandom(os.urandom)
    yield uuid.getnode, _of_machine(uuid.getnode)
    for real in (vars(uuid).get(name) for name in TIMED_UUIDS):
        if real is not None:
            yield real, _timed_uuid(real)


TIMED_UUIDS = ("uuid1", "uuid6", "uuid7")
"""They remember the time of the last in a variable of the module. uuid4 and uuid8 follow from urandom and random."""

REPLACED = tuple(_replacements())
"""Each function that draws chance, and what stands for it in a block."""

SEED = _seeding(random.Random.seed)
