"""fakebroker: an AMQP broker in memory that a client cannot tell from RabbitMQ, for deterministic tests."""

from fakebroker._version import __version__
from fakebroker.errors import AMQPError, FakeBrokerError, RuleError
from fakebroker.fake import FakeBroker

__all__ = ["AMQPError", "FakeBroker", "FakeBrokerError", "RuleError", "__version__"]
