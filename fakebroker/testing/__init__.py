"""What users import in tests: virtual time, test cases, real clients in memory."""

from fakebroker.testing.background import Running, RunningBroker, running
from fakebroker.testing.case import BrokerTestCase, SynchronousBrokerTestCase
from fakebroker.testing.clients import txamqp_client
from fakebroker.testing.clock import Driver, NeverSettles, VirtualClock
from fakebroker.testing.memory_broker import MemoryBroker
from fakebroker.testing.report import report, seed

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
    "txamqp_client",
]
