"""What users import in tests: virtual time, test cases, real clients in memory."""

from fakebroker.testing.case import BrokerTestCase, SynchronousBrokerTestCase
from fakebroker.testing.clients import txamqp_client
from fakebroker.testing.clock import Driver, NeverSettles, VirtualClock
from fakebroker.testing.report import report, seed

__all__ = [
    "BrokerTestCase",
    "Driver",
    "NeverSettles",
    "SynchronousBrokerTestCase",
    "VirtualClock",
    "report",
    "seed",
    "txamqp_client",
]
