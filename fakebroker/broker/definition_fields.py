"""Reading the fields of a definitions file, with errors that name the place."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator, Mapping
from typing import Any

from fakebroker.broker.permissions import compiled
from fakebroker.errors import FakeBrokerError
from fakebroker.values import Int64, Table, Value

_MISSING = object()


class DefinitionsError(FakeBrokerError, ValueError):
    """A definitions file that can't be imported; the text begins with the place, as ``queues[3].arguments``."""


class Entry:
    """One object of a section. Each method reads a field and checks its type.

    :raises DefinitionsError: from every method, when the field is missing and has no default, or of another type.
    """

    def __init__(self, place: str, fields: Mapping[str, Any], vhost: str | None = None) -> None:
        self.place = place
        self._fields = fields
        self._vhost = vhost

    def wrong(self, key: str, what: str) -> DefinitionsError:
        return DefinitionsError(f"{self.place}.{key}: {what}")

    def __contains__(self, key: str) -> bool:
        return key in self._fields

    def _get(self, key: str, kind: type, article: str, default: Any = _MISSING) -> Any:
        value = self._fields.get(key, default)
        if value is _MISSING:
            raise self.wrong(key, "is missing")
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is int):
            raise self.wrong(key, f"must be {article}, not {value!r}")
        return value

    def text(self, key: str, default: Any = _MISSING) -> str:
        text: str = self._get(key, str, "a string", default)
        return text

    def flag(self, key: str, default: Any = _MISSING) -> bool:
        flag: bool = self._get(key, bool, "true or false", default)
        return flag

    def number(self, key: str, default: Any = _MISSING) -> float:
        value = self._fields.get(key, default)
        number: float = value if isinstance(value, float) else self._get(key, int, "a number", default)
        return number

    def octets(self, key: str) -> bytes:
        """A string in base64."""
        try:
            return base64.b64decode(self.text(key), validate=True)
        except binascii.Error as error:
            raise self.wrong(key, f"is not base64: {error}") from None

    def object(self, key: str, default: Any = _MISSING) -> Mapping[str, Any]:
        """An object as it stands. An empty array is an empty object too: RabbitMQ's tools write both."""
        if self._fields.get(key) == []:
            return {}
        value: Mapping[str, Any] = self._get(key, dict, "an object", default)
        return value

    def tags(self, key: str = "tags") -> list[str]:
        """An array of strings, or one string with commas, as RabbitMQ before 3.9 wrote it."""
        value = self._fields.get(key, [])
        if isinstance(value, str):
            return [tag.strip() for tag in value.split(",") if tag.strip()]
        if not isinstance(value, list) or not all(isinstance(tag, str) for tag in value):
            raise self.wrong(key, f"must be an array of strings, not {value!r}")
        return value

    def limits(self, key: str, names: tuple[str, ...]) -> dict[str, int]:
        """An object of whole numbers under these names."""
        limits = dict(self.object(key, {}))
        for name, value in limits.items():
            if name not in names:
                raise self.wrong(f"{key}.{name}", f"is no limit; there are {' and '.join(names)}")
            if isinstance(value, bool) or not isinstance(value, int):
                raise self.wrong(f"{key}.{name}", f"must be an integer, not {value!r}")
        return limits

    def pattern(self, key: str) -> str:
        """A regular expression."""
        try:
            compiled(self.text(key))
        except ValueError as error:
            raise self.wrong(key, str(error)) from None
        return self.text(key)

    def anything(self, key: str) -> Any:
        """A field of whatever type."""
        return self._get(key, object, "there")

    def arguments(self, key: str = "arguments") -> Table:
        """An object as an AMQP table; whole numbers become 64 bits wide, as RabbitMQ makes them."""
        return {name: self._value(f"{key}.{name}", value) for name, value in self.object(key, {}).items()}

    def _value(self, key: str, value: Any) -> Value:
        if isinstance(value, (bool, float, str)):
            return value
        if isinstance(value, int):
            if not -(2**63) <= value < 2**63:
                raise self.wrong(key, f"{value} does not fit into 64 bits")
            return Int64(value)
        if isinstance(value, list):
            return [self._value(f"{key}[{index}]", item) for index, item in enumerate(value)]
        if isinstance(value, dict):
            return {name: self._value(f"{key}.{name}", item) for name, item in value.items()}
        raise self.wrong(key, "null is not allowed")

    @property
    def vhost(self) -> str:
        return self.text("vhost", _MISSING if self._vhost is None else self._vhost)


def entries(document: Mapping[str, Any], section: str, vhost: str | None) -> Iterator[Entry]:
    """The objects of a section; a section that is not there is empty."""
    items = document.get(section, [])
    if not isinstance(items, list):
        raise DefinitionsError(f"{section}: must be an array, not {items!r}")
    for index, item in enumerate(items):
        place = f"{section}[{index}]"
        if not isinstance(item, dict):
            raise DefinitionsError(f"{place}: must be an object, not {item!r}")
        yield Entry(place, item, vhost)
