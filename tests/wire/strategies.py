"""What hypothesis draws from: every value type, every method's arguments, whole commands."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from fakebroker.values import Float32, Int8, Int16, Int64, Timestamp, UInt8, UInt16, UInt32
from fakebroker.wire.command import Command, Content
from fakebroker.wire.definition import Field
from fakebroker.wire.spec import Class, Method, Spec, load

VERSIONS = ("0-8", "0-9", "0-9-1")

text = st.text(max_size=20)
octets = st.binary(max_size=20)


def integers(bits: int, signed: bool = False) -> st.SearchStrategy[int]:
    """Whole numbers that fit so many bits."""
    low = -(2 ** (bits - 1)) if signed else 0
    return st.integers(low, low + 2**bits - 1)


decimals = st.builds(lambda digits, scale: Decimal(digits).scaleb(-scale), integers(32), st.integers(0, 12))
scalars = st.one_of(
    text,
    integers(32, signed=True),
    st.none(),
    st.booleans(),
    octets,
    integers(8, signed=True).map(Int8),
    integers(8).map(UInt8),
    integers(16, signed=True).map(Int16),
    integers(16).map(UInt16),
    integers(32).map(UInt32),
    integers(64, signed=True).map(Int64),
    integers(64).map(Timestamp),
    st.floats(allow_nan=False, allow_infinity=False),
    st.floats(width=32, allow_nan=False, allow_infinity=False).map(Float32),
    decimals,
)
values = st.recursive(
    scalars,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(text, inner, max_size=3)),
    max_leaves=6,
)
tables = st.dictionaries(text, values, max_size=4)


def plain_tables(strings: st.SearchStrategy[str]) -> st.SearchStrategy[Any]:
    """Tables of what every AMQP library reads alike: strings, tables, numbers that fit 31 bits."""
    leaves: st.SearchStrategy[Any] = st.one_of(strings, st.integers(0, 2**31 - 1))
    inner = st.recursive(leaves, lambda value: st.dictionaries(strings, value, max_size=3), max_leaves=4)
    return st.dictionaries(strings, inner, max_size=3)


BY_TYPE: dict[str, st.SearchStrategy[Any]] = {
    "bit": st.booleans(),
    "octet": integers(8),
    "short": integers(16),
    "long": integers(32),
    "longlong": integers(64),
    "timestamp": integers(64),
    "shortstr": text,
    "longstr": octets,
    "table": tables,
}


def field_values(field: Field, **instead: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """What a field can hold; ``instead`` replaces what is drawn for a type."""
    return {**BY_TYPE, **instead}[field.type]


def arguments(method: Method, **instead: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Arguments of a method."""
    drawn = {field.name: field_values(field, **instead) for field in method.fields}
    return st.builds(method.make, **drawn)


def properties(klass: Class, **instead: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Content properties of a class, some of them absent."""
    drawn = {field.name: st.none() | field_values(field, **instead) for field in klass.fields}
    return st.builds(klass.Properties, **drawn)


def contents(klass: Class) -> st.SearchStrategy[Content]:
    """Contents whose bodies often take several frames."""
    return st.builds(Content, st.just(klass), properties(klass).map(klass.encode_properties), st.binary(max_size=60))


any_channel = st.integers(1, 65535)


@st.composite
def commands(draw: st.DrawFn, spec: Spec, channels: st.SearchStrategy[int] = any_channel) -> Command:
    """Commands of a version, with content where the method carries it."""
    method = draw(st.sampled_from(list(spec.methods.values())))
    content = draw(contents(method.klass)) if method.content else None
    channel = draw(channels)
    return Command(channel, method, draw(arguments(method)), content)


specs = st.sampled_from(VERSIONS).map(load)
