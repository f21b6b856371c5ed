"""What users import in tests: virtual time, test cases, real clients in memory."""

from typing import TYPE_CHECKING

from fakebroker.testing.background import Running, RunningBroker, running
from fakebroker.testing.case import BrokerTestCase, SynchronousBrokerTestCase
from fakebroker.testing.clients import txamqp_client
from fakebroker.testing.clock import Driver, NeverSettles, VirtualClock
from fakebroker.testing.memory_broker import MemoryBroker
from fakebroker.testing.report import report, seed

if TYPE_CHECKING:
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
    "report",
    "running",
    "seed",
    "sweep",
    "txamqp_client",
]


def __getattr__(name: str) -> object:
    if name != "sweep":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from fakebroker.search.sweep import sweep  # it stands on what is here

    return sweep
