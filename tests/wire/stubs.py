"""Writes ``fakebroker/wire/methods.pyi``: what the definitions in ``specs/`` say about fields, for the type checker.

``python -m tests.wire.stubs`` writes it anew. A field is there if all versions that have the method have the field:
what only some have (``arguments`` of ``basic.consume``) is asked for with ``getattr``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import fakebroker.wire
from fakebroker.wire.definition import Field
from fakebroker.wire.source import camel
from fakebroker.wire.spec import load

VERSIONS = ("0-8", "0-9", "0-9-1")
PLACE = Path(fakebroker.wire.__file__).with_name("methods.pyi")
TYPES = {"bit": "bool", "shortstr": "str", "longstr": "bytes", "table": "Table"}
"""All others are integers."""

HEAD = '''\
"""The fields of each method and of content properties, by their types. Made by ``python -m tests.wire.stubs`` of what
``specs/`` says; for type checkers only: at run time ``wire/spec.py`` makes these classes when they are first used.
"""

from typing import NamedTuple, Protocol

from fakebroker.values import Table

class HasNoWait(Protocol):
    """A method that may ask for no answer."""

    @property
    def no_wait(self) -> bool: ...

class HasDeliveryTag(Protocol):
    """A method about a delivery."""

    @property
    def delivery_tag(self) -> int: ...
'''


def text() -> str:
    """What the file is to hold."""
    specs = [load(version) for version in VERSIONS]
    methods = {name: [spec for spec in specs if name in spec.methods] for spec in specs for name in spec.methods}
    classes = {name: [spec for spec in specs if name in spec.classes] for spec in specs for name in spec.classes}
    parts = [HEAD]
    for name, having in sorted(methods.items()):
        fields = in_all([spec.methods[name].fields for spec in having])
        parts.append(_class(camel(name), f"``{name}`` of {_versions(s.version for s in having)}.", fields))
    for name, having in sorted(classes.items()):
        fields = in_all([spec.classes[name].fields for spec in having])
        if fields:
            parts.append(_class(f"{camel(name)}Properties", f"Of content of the class ``{name}``.", fields, " | None"))
    return "\n".join(parts)


def in_all(variants: Sequence[Sequence[Field]]) -> list[Field]:
    """The fields that all versions have."""
    return [field for field in variants[0] if all(field in other for other in variants)]


def _class(name: str, says: str, fields: Iterable[Field], or_none: str = "") -> str:
    return "\n".join(_lines(name, says, fields, or_none)) + "\n"


def _lines(name: str, says: str, fields: Iterable[Field], or_none: str) -> Iterator[str]:
    yield f"class {name}(NamedTuple):"
    yield f'    """{says}"""'
    for number, field in enumerate(fields):
        if not number:
            yield ""
        yield f"    {field.name}: {TYPES.get(field.type, 'int')}{or_none}"


def _versions(versions: Iterable[str]) -> str:
    *others, last = versions
    return f"AMQP {', '.join(others)} and {last}" if others else f"AMQP {last}"


if __name__ == "__main__":
    PLACE.write_text(text(), encoding="utf-8")
