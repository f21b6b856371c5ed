"""fakebroker: an AMQP broker in memory that a client cannot tell from RabbitMQ, for deterministic tests."""

from importlib import import_module
from typing import TYPE_CHECKING

from fakebroker._version import __version__

if TYPE_CHECKING:
    from fakebroker.errors import AMQPError, FakeBrokerError, RuleError
    from fakebroker.fake import FakeBroker
    from fakebroker.search.explore import explore
    from fakebroker.search.sweep import sweep
    from fakebroker.testing.background.running import RunningBroker, running
    from fakebroker.testing.virtual.memory import memory

__all__ = [
    "AMQPError",
    "FakeBroker",
    "FakeBrokerError",
    "RuleError",
    "RunningBroker",
    "__version__",
    "explore",
    "memory",
    "running",
    "sweep",
]

# Imported when asked for: a pytest run that uses no broker does not wait for Twisted.
_HOMES = {
    "AMQPError": "fakebroker.errors",
    "FakeBroker": "fakebroker.fake",
    "FakeBrokerError": "fakebroker.errors",
    "RuleError": "fakebroker.errors",
    "memory": "fakebroker.testing.virtual.memory",
    "RunningBroker": "fakebroker.testing.background.running",
    "running": "fakebroker.testing.background.running",
    "explore": "fakebroker.search.explore",
    "sweep": "fakebroker.search.sweep",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
