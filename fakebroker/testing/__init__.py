"""What users import in tests: virtual time, test cases, real clients in memory."""

from importlib import import_module
from typing import TYPE_CHECKING

from fakebroker.testing.background import Running, RunningBroker, running
from fakebroker.testing.case import BrokerTestCase, SynchronousBrokerTestCase
from fakebroker.testing.clients import txamqp_client
from fakebroker.testing.clock import Driver, NeverSettles, VirtualClock
from fakebroker.testing.memory_broker import MemoryBroker
from fakebroker.testing.report import report, seed

if TYPE_CHECKING:
    from fakebroker.search.explore import explore
    from fakebroker.search.sweep import sweep

__all__ = [
    "BrokerTestCase",
    "Driver",
    "MemoryBroker",
    "NeverSettles",
    "Running",
    "RunningBroker",
    "SynchronousBrokerTestCase",
    "VirtualClock",
    "explore",
    "report",
    "running",
    "seed",
    "sweep",
    "txamqp_client",
]


def __getattr__(name: str) -> object:
    if name not in ("explore", "sweep"):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    # They stand on what is here.
    function: object = getattr(import_module(f"fakebroker.search.{name}"), name)
    return function
