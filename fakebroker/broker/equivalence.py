"""Declaring again what exists: every attribute must be as it was.

RabbitMQ 3.10 closes the channel with 406 for the first attribute that differs.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from fakebroker.erlang.compare import as_bytes, term, type_name
from fakebroker.erlang.pretty_print import show
from fakebroker.errors import AMQPError
from fakebroker.values import Value

_THE_VALUE = "the value '"


def check_attribute(key: str, received: str | bool, current: str | bool, resource: str) -> None:
    """Check that one attribute, such as ``durable``, is declared as it is.

    :param resource: the queue or exchange, as :func:`fakebroker.broker.resource_names.resource` spells it.
    :raises AMQPError: precondition-failed when they differ.
    """
    if received != current:
        _fail(key, resource, _quoted(received), _quoted(current))


def check_arguments(
    received: Mapping[str, Value], current: Mapping[str, Value], keys: Iterable[str], resource: str
) -> None:
    """Check that arguments are declared as they are.

    :param keys: the arguments that are compared, in this order. All others may differ.
    :raises AMQPError: precondition-failed when one differs.
    """
    for key in keys:
        if key not in received and key not in current:
            continue
        if key in received and key in current:
            if not _same(received[key], current[key]):
                _fail(key, resource, _value(received[key]), _value(current[key]))
        elif not (key == "x-queue-type" and (received.get(key) or current.get(key)) == "classic"):
            _fail(key, resource, _typed(received, key), _typed(current, key))


def _same(one: Value, other: Value) -> bool:
    # The width of numbers does not count, but a float is not the integer of the same value.
    return term(one) == term(other) and isinstance(one, float) == isinstance(other, float)


def _quoted(value: str | bool) -> str:
    return f"'{value}'" if isinstance(value, str) else f"'{show(value)}'"


def _value(value: Value) -> str:
    return "none" if value is None else f"'{_plain(value, 1)}'"


def _plain(value: Value, column: int) -> str:
    if isinstance(value, (str, bytes)):
        return as_bytes(value).decode("utf-8", "surrogateescape")
    return show(value, column)


def _typed(table: Mapping[str, Value], key: str) -> str:
    if key not in table:
        return "none"
    return f"{_THE_VALUE}{_plain(table[key], len(_THE_VALUE))}' of type '{type_name(table[key])}'"


def _fail(key: str, resource: str, received: str, current: str) -> None:
    raise AMQPError(
        "precondition-failed", f"inequivalent arg '{key}' for {resource}: received {received} but current is {current}"
    )
