"""The fields of actions: which values they may hold, and how values are written in JSON."""

from __future__ import annotations

import dataclasses
import types
import typing
from collections.abc import Mapping
from typing import Any

from fakebroker.errors import RuleError

MOST = 10.0**12
"""The largest number that a ``float`` field may hold. In seconds it is more than thirty thousand years."""
NAMES = {int: "a whole number", float: "a number", str: "a string", bool: "true or false", bytes: "bytes"}


def hints(cls: Any) -> types.MappingProxyType[str, object]:
    """The types of a dataclass's fields by name."""
    found = typing.get_type_hints(cls)
    return types.MappingProxyType({field.name: found[field.name] for field in dataclasses.fields(cls)})


def fits(value: object, hint: Any) -> bool:
    """Whether a field of this type may hold the value."""
    origin = typing.get_origin(hint)
    if hint is Any:
        return True
    if origin in (typing.Union, types.UnionType):
        return any(fits(value, choice) for choice in typing.get_args(hint))
    if origin is typing.Literal:
        return value in typing.get_args(hint)
    if hint is float:
        return isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) <= MOST
    if hint is int:
        return isinstance(value, int) and not isinstance(value, bool)
    return isinstance(value, origin or hint)


def wanted(hint: Any) -> str:
    """Say in words what a field of this type holds; for errors."""
    origin = typing.get_origin(hint)
    if origin in (typing.Union, types.UnionType):
        return " or ".join(wanted(choice) for choice in typing.get_args(hint) if choice is not type(None))
    if origin is typing.Literal:
        return "one of " + ", ".join(map(repr, typing.get_args(hint)))
    if (origin or hint) is Mapping or (origin is not None and issubclass(origin, Mapping)):
        return "an object of names and values"
    return NAMES.get(hint, "a list")


def check_fields(instance: object, name: str) -> None:
    """Check that each field holds a value of its type.

    :raises RuleError: when one does not. It names the action and the field.
    """
    for field, hint in hints(type(instance)).items():
        value = getattr(instance, field)
        if not fits(value, hint):
            raise RuleError(f"{name}: {field}={value!r} is not {wanted(hint)}")


def to_form(value: object) -> object:
    """Write a field's value as JSON; bytes become ``{"hex": ...}``."""
    if isinstance(value, bytes):
        return {"hex": value.hex()}
    if isinstance(value, Mapping):
        return {name: to_form(inner) for name, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [to_form(inner) for inner in value]
    return value


def from_form(form: object) -> object:
    """Read a field's value from JSON.

    :raises RuleError: when ``hex`` does not hold hexadecimal digits.
    """
    if isinstance(form, Mapping):
        if set(form) == {"hex"} and isinstance(form["hex"], str):
            try:
                return bytes.fromhex(form["hex"])
            except ValueError as error:
                raise RuleError(f"{form['hex']!r} is not hexadecimal") from error
        return {name: from_form(inner) for name, inner in form.items()}
    if isinstance(form, list):
        return [from_form(inner) for inner in form]
    return form
