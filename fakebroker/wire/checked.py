"""Checks of messages and names that a test gives. An error names what is wrong, before anything happens."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fakebroker.validation import unknown
from fakebroker.wire.command import Content
from fakebroker.wire.spec import load

LONGEST = 255
"""Octets in a short string."""
DEEPEST = 512
"""How deep tables and arrays may be nested: as deep as JSON from outside."""
LARGEST = {"octet": 2**8 - 1, "short": 2**16 - 1, "long": 2**32 - 1, "longlong": 2**64 - 1, "timestamp": 2**64 - 1}


def short_string(name: str, value: object) -> str:
    """Check that a value, such as a name or a routing key, can be sent as a short string.

    :param name: what the error calls it.
    :raises TypeError: when it is not a string.
    :raises ValueError: when it is longer than 255 octets, or can't be written in UTF-8.
    """
    if not isinstance(value, str):
        raise TypeError(f"{name} is a string, not {value!r}")
    try:
        size = len(value.encode("utf-8", "surrogateescape"))
    except UnicodeEncodeError as error:
        raise ValueError(f"{name}={value!r} can't be sent: {error}") from None
    if size > LONGEST:
        raise ValueError(f"{name} has {LONGEST} octets at most, not {size}: {value[:40]!r}...")
    return value


def short_strings(**names: object) -> dict[str, str]:
    """Check several values, as :func:`short_string` does."""
    return {name: short_string(name, value) for name, value in names.items()}


def message(body: object, properties: Mapping[str, Any]) -> Content:
    """Make a message, and check that it can be sent.

    :param body: octets, or a text, which is written in UTF-8.
    :raises TypeError: when the body or a property has the wrong type, or there is no such property.
    :raises ValueError: when a value does not fit.
    """
    fields = {field.name: field.type for field in load("0-9-1").classes["basic"].fields}
    for name, value in properties.items():
        if name not in fields:
            raise TypeError(unknown("property", name, fields))
        if value is not None:
            _check(name, value, fields[name])
    if isinstance(body, str):
        octets = body.encode("utf-8", "surrogateescape")
    elif isinstance(body, (bytes, bytearray, memoryview)):
        octets = bytes(body)
    else:
        raise TypeError(f"a body is bytes, or text, which is sent as UTF-8, not {body!r}")
    return Content.make(properties, octets)


def _check_nesting(value: Any, around: tuple[Any, ...]) -> None:
    if not isinstance(value, (Mapping, list)):
        return
    if any(each is value for each in around):
        raise ValueError("it holds itself")
    if len(around) >= DEEPEST:
        raise ValueError(f"it is nested more than {DEEPEST} deep")
    for inner in value.values() if isinstance(value, Mapping) else value:
        _check_nesting(inner, (*around, value))


def _check(name: str, value: object, kind: str) -> None:
    if kind == "shortstr":
        short_string(name, value)
    elif kind == "table":
        if not isinstance(value, Mapping) or not all(isinstance(key, str) for key in value):
            raise TypeError(f"{name} is a table, a dict with strings for keys, not {value!r}")
        try:
            _check_nesting(value, ())
            Content.make({name: dict(value)})
        except (TypeError, ValueError, AttributeError) as error:
            raise ValueError(f"{name} can't be sent: {error}") from None
    elif not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(f"{name} is a whole number from 0 to {LARGEST[kind]}, not {value!r}")
    elif not 0 <= value <= LARGEST[kind]:
        raise ValueError(f"{name} is a whole number from 0 to {LARGEST[kind]}, not {value}")
