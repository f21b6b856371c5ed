"""Reading the fields of a definitions file, with errors that name the place."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator, Mapping
from typing import Any

from fakebroker.broker.access.permissions import compiled
from fakebroker.errors import FakeBrokerError
from fakebroker.json_reader import Json
from fakebroker.validation import near
from fakebroker.values import Int64, Table, Value

_MISSING = object()

KEYS: Mapping[str, frozenset[str]] = {
    section: frozenset(keys.split())
    for section, keys in {
        "users": "name password password_hash hashing_algorithm tags limits",
        "vhosts": "name description tags metadata default_queue_type tracing limits deletion_protection "
        "protected_from_deletion",
        "permissions": "user vhost configure write read",
        "topic_permissions": "user vhost exchange write read",
        "parameters": "vhost component name value",
        "global_parameters": "name value",
        "policies": "vhost name pattern apply-to definition priority",
        "queues": "name vhost type durable auto_delete exclusive arguments",
        "exchanges": "name vhost type durable auto_delete internal arguments policy",
        "bindings": "source vhost destination destination_type routing_key arguments properties_key",
    }.items()
}
"""Sections of a definitions file and the keys of their entries, as RabbitMQ and its tools write them."""

ABOUT = frozenset(
    "rabbit_version rabbitmq_version product_name product_version rabbitmq_definition_format original_cluster_name "
    "original_vhost_name explanation metadata".split()
)
"""Keys of a file that say where it comes from."""

OF_THE_WHOLE_BROKER = ("users", "vhosts", "permissions", "topic_permissions", "global_parameters")
"""Sections that RabbitMQ ignores when a file is imported into one virtual host."""


class DefinitionsError(FakeBrokerError, ValueError):
    """A definitions file that can't be imported. The text begins with the place, such as ``queues[3].arguments``."""


class PassedOver(DefinitionsError):
    """An entry or a key that RabbitMQ 3.10.8 ignores without a word: it answers 204 all the same."""


class DefinitionEntry:
    """One object of a section. Each method reads a field and checks its type.

    :raises DefinitionsError: from every method, when the field is missing and has no default, or of another type.
    """

    def __init__(self, place: str, fields: Mapping[str, Json], vhost: str | None = None) -> None:
        self.place = place
        self._fields = fields
        self._vhost = vhost  # where all entries go, whatever they say

    def check_keys(self, section: str) -> None:
        """Check that all keys are known.

        :raises PassedOver: for the first unknown one.
        """
        for key in self._fields:
            if key not in KEYS[section]:
                raise PassedOver(f"{self.place}.{key}: there is no such key{near(str(key), KEYS[section])}")

    def reference(self, key: str) -> str:
        """Read a name. RabbitMQ ignores an entry without it.

        :raises PassedOver: when it is missing.
        """
        if key not in self:
            raise PassedOver(f"{self.place}.{key}: is missing")
        return self.text(key)

    def wrong(self, key: str, what: str) -> DefinitionsError:
        return DefinitionsError(f"{self.place}.{key}: {what}")

    def __contains__(self, key: str) -> bool:
        return key in self._fields

    def _get(self, key: str, kind: type, article: str, default: object = _MISSING) -> Any:
        value = self._fields.get(key, default)
        if value is _MISSING:
            raise self.wrong(key, "is missing")
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is int):
            raise self.wrong(key, f"must be {article}, not {value!r}")
        return value

    def text(self, key: str, default: object = _MISSING) -> str:
        text: str = self._get(key, str, "a string", default)
        return text

    def flag(self, key: str, default: object = _MISSING) -> bool:
        if default is not _MISSING and self._fields.get(key) is None:
            return bool(default)
        flag: bool = self._get(key, bool, "true or false", default)
        return flag

    def number(self, key: str, default: object = _MISSING) -> float:
        value = self._fields.get(key, default)
        number: float = value if isinstance(value, float) else self._get(key, int, "a number", default)
        return number

    def octets(self, key: str) -> bytes:
        """A string in base64."""
        try:
            return base64.b64decode(self.text(key), validate=True)
        except binascii.Error as error:
            raise self.wrong(key, f"is not base64: {error}") from None

    def object(self, key: str, default: object = _MISSING) -> Mapping[str, Any]:
        """An object as it is. An empty array counts as an empty object: RabbitMQ's tools write both."""
        if self._fields.get(key) == []:
            return {}
        value: Mapping[str, Json] = self._get(key, dict, "an object", default)
        return value

    def tags(self, key: str = "tags") -> list[str]:
        """An array of strings, or one string with commas, as RabbitMQ before 3.9 wrote it. Null is an empty array."""
        value = self._fields.get(key, [])
        if value is None:
            return []
        if isinstance(value, str):
            return [tag.strip() for tag in value.split(",") if tag.strip()]
        if not isinstance(value, list) or not all(isinstance(tag, str) for tag in value):
            raise self.wrong(key, f"must be an array of strings, not {value!r}")
        return value

    def limits(self, key: str, names: tuple[str, ...]) -> dict[str, int]:
        """An object of whole numbers by these names."""
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
        """A field of any type."""
        return self._get(key, object, "there")

    def arguments(self, key: str = "arguments") -> Table:
        """An object as an AMQP table. As in RabbitMQ, whole numbers become 64 bits wide."""
        arguments = self._value(key, self.object(key, {}))
        assert isinstance(arguments, dict), "it was an object"
        return arguments

    def _value(self, key: str, value: Json) -> Value:
        if isinstance(value, (bool, float, str)):
            return value
        if isinstance(value, int):
            if not -(2**63) <= value < 2**63:
                raise self.wrong(key, f"{value} does not fit into 64 bits")
            return Int64(value)
        # Loops, not comprehensions: those need a second stack frame for each level, and the nesting may be deep.
        if isinstance(value, list):
            items: list[Value] = []
            for index, item in enumerate(value):
                items.append(self._value(f"{key}[{index}]", item))
            return items
        if isinstance(value, Mapping):
            table: Table = {}
            for name, item in value.items():
                table[name] = self._value(f"{key}.{name}", item)
            return table
        raise self.wrong(key, "null is not allowed" if value is None else f"{value!r} is nothing that JSON has")

    @property
    def vhost(self) -> str:
        return self._vhost if self._vhost is not None else self.text("vhost")


def check_sections(document: Mapping[str, object]) -> None:
    """Check that all sections are known.

    :raises PassedOver: for the first unknown one.
    """
    for section in document:
        if section not in KEYS and section not in ABOUT:
            raise PassedOver(f"{section}: there is no such section{near(str(section), KEYS)}")


def entries(document: Mapping[str, object], section: str, vhost: str | None) -> Iterator[DefinitionEntry]:
    """The objects of a section. A section that is not there counts as empty."""
    items = document.get(section, [])
    if not isinstance(items, list):
        raise DefinitionsError(f"{section}: must be an array, not {items!r}")
    for index, item in enumerate(items):
        place = f"{section}[{index}]"
        if not isinstance(item, dict):
            raise DefinitionsError(f"{place}: must be an object, not {item!r}")
        yield DefinitionEntry(place, item, vhost)
