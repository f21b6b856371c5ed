"""RabbitMQ's definitions: users, virtual hosts, permissions, exchanges, queues, bindings and policies in one file."""

from fakebroker.broker.definitions.fields import DefinitionsError
from fakebroker.broker.definitions.whole import export_definitions, import_definitions

__all__ = ["DefinitionsError", "export_definitions", "import_definitions"]
