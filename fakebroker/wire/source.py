"""Builds the source of generated codecs: lines of Python, the names that they use, and the coding of field types."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from struct import Struct
from typing import Any, NamedTuple

from fakebroker.wire.definition import Field
from fakebroker.wire.field_table import decode_table, encode_table

INTEGERS = {"octet": "B", "short": "H", "long": "I", "longlong": "Q", "timestamp": "Q"}
"""The types of a fixed size, with their letters in a ``struct`` layout. Bits are handled by themselves."""


class Sized(NamedTuple):
    """A type whose size comes before its value. In the expressions, ``{}`` stands for the field's name."""

    layout: str
    """The size's letter in a ``struct`` layout."""
    read: str
    """The expression that makes the value of its bytes."""
    write: str
    """The expression that makes the bytes of its value."""


SIZED = {
    "shortstr": Sized("B", "str({}, 'utf-8', 'surrogateescape')", "{}.encode('utf-8', 'surrogateescape')"),
    "longstr": Sized("I", "{}", "{}"),
    "table": Sized("I", "_decode_table({})", "_encode_table({})"),
}


class Source:
    """The source of a module, as it is written.

    :param of: the name of what is coded; errors name it.
    :param names: what the source may refer to. Besides these it has ``_new``, a tuple's, ``_StructError``, and
        ``_unfit``, which makes a ``ValueError`` of one.
    """

    def __init__(self, of: str, **names: object) -> None:
        def unfit(error: struct.error) -> ValueError:
            return ValueError(f"a value does not fit its field in {of}: {error}")

        self._of = of
        self._lines: list[str] = []
        self._names: dict[str, object] = {
            **names,
            "_new": tuple.__new__,
            "_unfit": unfit,
            "_StructError": struct.error,
            "_decode_table": decode_table,
            "_encode_table": encode_table,
        }

    def add(self, indent: int, *lines: str) -> None:
        """Append lines.

        :param indent: how many steps to indent them.
        """
        self._lines.extend("    " * indent + line for line in lines)

    def unpack(self, layout: str) -> str:
        """Make a function that unpacks a layout at an offset; returns its name."""
        self._names[f"_unpack_{layout}"] = Struct(">" + layout).unpack_from
        return f"_unpack_{layout}"

    def pack(self, layout: str) -> str:
        """Make a function that packs a layout; returns its name."""
        self._names[f"_pack_{layout}"] = Struct(">" + layout).pack
        return f"_pack_{layout}"

    @property
    def text(self) -> str:
        """The source so far."""
        return "\n".join(self._lines)

    def compile(self, *wanted: str) -> dict[str, Any]:
        """Run the source, and return the values of these names."""
        code = compile(self.text, f"<{self._of}>", "exec")
        exec(code, self._names)  # noqa: S102 - made of the definitions' names only
        return {name: self._names[name] for name in wanted}


def items(names: Sequence[str]) -> str:
    """Write the items of a tuple. Each has a comma behind it, so that a single item is a tuple, too."""
    return "".join(name + ", " for name in names).rstrip()


def names(fields: Sequence[Field]) -> list[str]:
    """The names of fields."""
    return [field.name for field in fields]


def camel(name: str) -> str:
    """``QueueDeclareOk`` for ``queue.declare-ok``."""
    return name.replace(".", "-").title().replace("-", "")
