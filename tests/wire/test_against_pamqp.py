"""pamqp, a codec of AMQP 0-9-1 written by other people, agrees with ours byte for byte."""

from __future__ import annotations

from typing import Any
from unittest import TestCase

from hypothesis import strategies as st
from pamqp import commands, decode, encode, frame

from fakebroker.wire.command import Content
from fakebroker.wire.field_table import decode_table, encode_table
from fakebroker.wire.spec import Method, load
from fakebroker.wire.writer import encode as encode_command
from tests.properties import given
from tests.wire.strategies import arguments, integers, properties, text

SPEC = load("0-9-1")
SHARED = [method for ids, method in SPEC.by_id.items() if (ids[0] << 16) + ids[1] in commands.INDEX_MAPPING]

long_text = text.map(str.encode)
# No numbers: pamqp writes them as narrow as it can. It reads them in any width.
leaves: st.SearchStrategy[Any] = st.one_of(text, st.booleans(), st.none())
names = st.text(max_size=20)


def by_name(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Tables with their fields in order, which is how pamqp writes them."""
    return st.dictionaries(names, inner, max_size=3).map(lambda table: dict(sorted(table.items())))


field_tables = by_name(st.recursive(leaves, lambda v: st.lists(v, max_size=3) | by_name(v), max_leaves=5))


def theirs(method: Method) -> Any:
    """An empty frame of pamqp's that doesn't mind which values it is given."""
    kind = commands.INDEX_MAPPING[(method.class_id << 16) + method.id]
    return type(kind.__name__, (kind,), {"validate": lambda _self: None})()


def sized(table: bytes) -> bytes:
    """A table with its length before it."""
    return len(table).to_bytes(4, "big") + table


class Methods(TestCase):
    def test_each_of_its_methods_is_one_of_ours_with_as_many_fields_of_the_same_types(self) -> None:
        self.assertEqual(len(SHARED), len(commands.INDEX_MAPPING))
        for method in SHARED:
            fields = [theirs(method).amqp_type(name) for name in theirs(method).attributes()]
            self.assertEqual(fields, [field.type for field in method.fields], method.name)

    def test_it_has_the_same_answers_to_the_same_methods(self) -> None:
        for method in SHARED:
            answers = [answer.replace(".", "").lower() for answer in theirs(method).valid_responses]
            ours = [answer.replace(".", "").replace("-", "") for answer in method.responses]
            self.assertEqual(sorted(answers), sorted(ours), method.name)

    @given(st.data())
    def test_what_one_writes_the_other_reads(self, data: st.DataObject) -> None:
        for method in data.draw(st.lists(st.sampled_from(SHARED), min_size=5, max_size=5)):
            # No tag has more than 63 bits: pamqp would read it as negative.
            args = data.draw(arguments(method, longstr=long_text, table=field_tables, longlong=integers(63)))
            payload = method.encode(args)
            received = theirs(method)
            received.unmarshal(payload[4:])
            values = [v.decode() if isinstance(v, bytes) else v for v in args]
            self.assertEqual([value for _, value in received], values, method.name)
            self.assertEqual(received.marshal(), payload[4:], method.name)


class Tables(TestCase):
    @given(field_tables)
    def test_tables_and_arrays_are_the_same_bytes(self, table: Any) -> None:
        self.assertEqual(encode.field_table(table), sized(encode_table(table)))
        self.assertEqual(decode.field_table(sized(encode_table(table)))[1], table)

    floats = st.floats(width=32, allow_nan=False, allow_infinity=False)

    @given(st.dictionaries(names, integers(63) | floats))  # pamqp 3.3 fails to write the smallest negative numbers
    def test_we_read_numbers_in_whatever_width_it_writes_them(self, table: Any) -> None:
        self.assertEqual(decode_table(encode.field_table(table)[4:]), table)

    @given(st.dictionaries(names, integers(64, signed=True) | floats))
    def test_it_reads_numbers_in_whatever_width_we_write_them(self, table: Any) -> None:
        self.assertEqual(decode.field_table(sized(encode_table(table)))[1], table)


class Contents(TestCase):
    @given(st.data(), st.binary(max_size=30))
    def test_header_and_body_are_the_same_frames(self, data: st.DataObject, body: bytes) -> None:
        basic = SPEC.classes["basic"]
        # To pamqp an empty string is absent, and a timestamp is a datetime.
        given_strings = st.text(min_size=1, max_size=10)
        drawn = data.draw(properties(basic, shortstr=given_strings, table=field_tables))._replace(timestamp=None)
        content = Content(basic, basic.encode_properties(drawn), body)
        stream = encode_command(SPEC.command(5, "basic.publish", content), 0)
        parts: list[Any] = []
        while stream:
            size, channel, part = frame.unmarshal(stream)
            self.assertEqual(channel, 5)
            parts.append(part)
            stream = stream[size:]
        _publish, header, *bodies = parts
        self.assertEqual((header.class_id, header.body_size), (60, len(body)))
        self.assertEqual([value or None for _, value in header.properties], [value or None for value in drawn])
        self.assertEqual(header.properties.marshal(), content.header)
        self.assertEqual(b"".join(part.value for part in bodies), body)
