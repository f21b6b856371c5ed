"""``datetime`` in virtual time.

``datetime.datetime`` stays the class that it is, for whoever compares classes, as pydantic does, or has a subclass: its
methods are replaced inside it.
"""

from __future__ import annotations

import datetime
from types import MethodType

from fakebroker.testing.virtual.patches import Patches
from fakebroker.testing.virtual.simulation import Simulation, current
from fakebroker.testing.virtual.sites import Function
from fakebroker.testing.virtual.times import wall

_now = vars(datetime.datetime)["now"]
_utcnow = vars(datetime.datetime)["utcnow"]
_today = vars(datetime.date)["today"]


def _wall(simulation: Simulation) -> float:
    simulation.busy.clock_read()
    return wall(simulation)


def now(cls: type[datetime.datetime], tz: datetime.tzinfo | None = None) -> object:
    """``datetime.datetime.now``."""
    simulation = current()
    return _now.__get__(None, cls)(tz) if simulation is None else cls.fromtimestamp(_wall(simulation), tz)


def utcnow(cls: type[datetime.datetime]) -> object:
    """``datetime.datetime.utcnow``, which knows nothing of its zone."""
    simulation = current()
    if simulation is None:
        return _utcnow.__get__(None, cls)()
    return cls.fromtimestamp(_wall(simulation), datetime.timezone.utc).replace(tzinfo=None)


def today(cls: type[datetime.date]) -> object:
    """``today`` of ``datetime.date`` and of ``datetime.datetime``."""
    simulation = current()
    return _today.__get__(None, cls)() if simulation is None else cls.fromtimestamp(_wall(simulation))


REPLACED: tuple[tuple[type, Function], ...] = (
    (datetime.datetime, now),
    (datetime.datetime, utcnow),
    (datetime.date, today),
)

TAKEN: tuple[tuple[Function, Function], ...] = (
    (datetime.datetime.now, MethodType(now, datetime.datetime)),
    (datetime.datetime.utcnow, MethodType(utcnow, datetime.datetime)),
    (datetime.datetime.today, MethodType(today, datetime.datetime)),
    (datetime.date.today, MethodType(today, datetime.date)),
)
"""The methods as somebody has taken them from the class, for a default argument or the like."""


def install_datetimes(patches: Patches) -> None:
    """Let ``datetime`` follow the simulation of whoever asks it for the present."""
    for owner, function in REPLACED:
        patches.attribute(owner, function.__name__, classmethod(function))
    for old, new in TAKEN:
        patches.everywhere(old, new)
