"""Definitions as a whole: a file is imported into a broker, or a broker's definitions are exported.

A file has users, virtual hosts, permissions, exchanges, queues, bindings and policies.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from math import isfinite
from typing import Any

from fakebroker.broker.definitions.exporting import whole_broker
from fakebroker.broker.definitions.fields import DefinitionsError
from fakebroker.broker.definitions.importing import Plan
from fakebroker.broker.definitions.target import DefinedBroker
from fakebroker.json_reader import parse_json
from fakebroker.values import DEEPEST

__all__ = ["DefinitionsError", "export_definitions", "import_definitions"]


def import_definitions(
    broker: DefinedBroker, document: str | bytes | Mapping[str, object], vhost: str | None = None, strict: bool = True
) -> list[str]:
    """Make what a definitions file defines.

    Queues, exchanges and bindings that are there already stay as they are. Users, permissions, limits and policies
    become what the file says. As in RabbitMQ, queues and exchanges whose names begin with ``amq.`` are ignored. Unlike
    RabbitMQ, which stops in the middle, a file with an error changes nothing.

    :param document: JSON, or the object that it stands for.
    :param vhost: the virtual host that all of it goes to, whatever its entries say. As in RabbitMQ, users, virtual
        hosts, permissions and global parameters are then left out.
    :param strict: refuse what RabbitMQ ignores without a word: an unknown section or key, a binding to or from what is
        not there, a quorum queue that is not durable.
    :returns: what was ignored, a line for each; nothing when ``strict``.
    :raises DefinitionsError: with the place and the reason, such as ``queues[3].durable: is missing``.
    """
    if isinstance(document, (str, bytes)):
        try:
            document = parse_json(document)
        except ValueError as error:
            raise DefinitionsError(f"not JSON: {error}") from None
    elif isinstance(document, Mapping):
        _check_given(document)
    if not isinstance(document, Mapping):
        raise DefinitionsError(f"must be an object, not {document!r}")
    try:
        plan = Plan(broker, document, vhost, strict)
    except RecursionError:
        raise DefinitionsError("it is nested too deeply") from None
    for step in plan:
        step()
    return plan.passed_over


def _check_given(document: Mapping[str, object]) -> None:
    """Check that a document given in Python holds nothing that JSON can't hold."""
    waiting: list[tuple[str, object, int]] = [("", document, 0)]
    while waiting:
        place, value, depth = waiting.pop()
        if depth > DEEPEST:
            raise DefinitionsError(f"{place.split('.')[0]}: is nested more than {DEEPEST} deep")
        if isinstance(value, Mapping):
            for key in value:
                _check_leaf(place or "definitions", key, str)
            waiting.extend((f"{place}.{key}" if place else key, each, depth + 1) for key, each in value.items())
        elif isinstance(value, (list, tuple)):
            waiting.extend((f"{place}[{index}]", each, depth + 1) for index, each in enumerate(value))
        else:
            _check_leaf(place, value, (str, bytes, int, float, Decimal, type(None)))


def _check_leaf(place: str, value: object, kinds: type | tuple[type, ...]) -> None:
    if not isinstance(value, kinds):
        raise DefinitionsError(f"{place}: {value!r} has no form in JSON")
    try:
        if isinstance(value, str):
            value.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        raise DefinitionsError(f"{place}: {value!r} is no text") from None
    if isinstance(value, (float, Decimal)) and not isfinite(value):
        raise DefinitionsError(f"{place}: {value!r} is no number of JSON")


def export_definitions(broker: DefinedBroker) -> dict[str, Any]:
    """What RabbitMQ would export of this broker. ``json.dumps`` makes the file."""
    return whole_broker(broker)
