"""RabbitMQ's definitions: users, virtual hosts, permissions, exchanges, queues, bindings and policies in one file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from fakebroker.broker.definition_export import whole_broker
from fakebroker.broker.definition_fields import DefinitionsError
from fakebroker.broker.definition_import import Plan
from fakebroker.json_reader import parse_json

if TYPE_CHECKING:
    from fakebroker.broker.broker import Broker

__all__ = ["DefinitionsError", "export_definitions", "import_definitions"]


def import_definitions(broker: Broker, document: str | bytes | Mapping[str, Any], vhost: str | None = None) -> None:
    """Take over what a definitions file defines.

    What is there already stays as it is, save that users, permissions, limits and policies become the file's. As in
    RabbitMQ, queues and exchanges whose names begin with ``amq.`` are passed over. Unlike RabbitMQ, which stops in the
    middle, a file with an error changes nothing.

    :param document: JSON, or what it stands for.
    :param vhost: for the export of a single virtual host, whose entries don't name it.
    :raises DefinitionsError: with the place and the reason, such as ``queues[3].durable: is missing``.
    """
    if isinstance(document, (str, bytes)):
        try:
            document = parse_json(document)
        except ValueError as error:
            raise DefinitionsError(f"not JSON: {error}") from None
    if not isinstance(document, Mapping):
        raise DefinitionsError(f"must be an object, not {document!r}")
    for step in Plan(broker, document, vhost):
        step()


def export_definitions(broker: Broker) -> dict[str, Any]:
    """What RabbitMQ would export of this broker; ``json.dumps`` makes the file."""
    return whole_broker(broker)
