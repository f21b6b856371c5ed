"""txAMQP 0.8.2, a codec of its own that reads the same definitions, agrees with ours byte for byte."""

from __future__ import annotations

from functools import cache
from io import BytesIO
from typing import Any
from unittest import TestCase

import txamqp.codec
import txamqp.spec
from hypothesis import strategies as st
from txamqp.connection import Header

from fakebroker.wire.definition import Field, directory, python_name
from fakebroker.wire.framing import CONTENT
from fakebroker.wire.spec import load
from tests.properties import given
from tests.wire.strategies import VERSIONS, arguments, plain_tables, properties, text

# What txAMQP can write: it measures strings before it encodes them, has no sign for I, and knows no table in a table.
ascii_text = st.text(st.characters(max_codepoint=127), max_size=20)
flat_tables = plain_tables(ascii_text).filter(lambda table: not any(isinstance(v, dict) for v in table.values()))
longstrs = ascii_text.map(str.encode)


@cache
def theirs(version: str) -> Any:
    return txamqp.spec.load(str(directory() / f"amqp{version}.xml"))


def encode(fields: tuple[Field, ...], values: Any) -> bytes:
    """The fields as txAMQP writes them."""
    stream = BytesIO()
    codec = txamqp.codec.Codec(stream)
    for field, value in zip(fields, values, strict=True):
        getattr(codec, f"encode_{field.type}")(value)
    codec.flush()
    return stream.getvalue()


def decode(fields: tuple[Field, ...], data: bytes) -> list[Any]:
    """The fields as txAMQP reads them."""
    codec = txamqp.codec.Codec(BytesIO(data))
    return [getattr(codec, f"decode_{field.type}")() for field in fields]


def like_txamqp(fields: tuple[Field, ...], values: Any) -> list[Any]:
    """Our values as txAMQP would hand them out: it decodes long strings."""
    return [v.decode() if field.type == "longstr" else v for field, v in zip(fields, values, strict=True)]


class Definitions(TestCase):
    def test_each_definition_loads_as_it_stands(self) -> None:
        for version in VERSIONS:
            ours, spec = load(version), theirs(version)
            self.assertEqual((spec.major, spec.minor), (ours.major, ours.minor))
            self.assertEqual([c.id for c in spec.constants], [c.value for c in ours.constants.values()])
            found = [(m.klass.id, m.id, m.content, m.synchronous) for c in spec.classes for m in c.methods]
            expected = [(m.class_id, m.id, m.content, m.synchronous) for m in ours.methods.values()]
            self.assertEqual(found, expected)

    def test_fields_and_responses_are_those_that_we_read(self) -> None:
        for version in VERSIONS:
            ours = load(version)
            for klass in theirs(version).classes:
                for method in klass.methods:
                    mine = ours.methods[f"{klass.name}.{method.name}"]
                    self.assertEqual([(python_name(f.name), f.type) for f in method.fields], list(mine.fields))
                    self.assertEqual([f"{klass.name}.{r.name}" for r in method.responses], list(mine.responses))

    def test_its_client_finds_nowait_by_that_name(self) -> None:
        for version in VERSIONS:
            for klass in theirs(version).classes:
                for method in klass.methods:
                    self.assertNotIn("no-wait", method.fields.byname)

    def test_its_delegate_finds_the_methods_by_their_python_names(self) -> None:
        spec = theirs("0-8")
        self.assertEqual(spec.classes.byname["basic"].methods.byname["get-ok"].klass.name, "basic")
        self.assertEqual(spec.constants.bypyname["frame_end"].id, 206)


class Codecs(TestCase):
    @given(st.data(), st.sampled_from(VERSIONS))
    def test_methods(self, data: st.DataObject, version: str) -> None:
        for method in data.draw(
            st.lists(st.sampled_from(list(load(version).methods.values())), min_size=5, max_size=5)
        ):
            args = data.draw(arguments(method, shortstr=ascii_text, longstr=longstrs, table=flat_tables))
            payload = method.encode(args)
            self.assertEqual(payload[4:], encode(method.fields, args), method.name)
            self.assertEqual(like_txamqp(method.fields, args), decode(method.fields, payload[4:]), method.name)

    @given(st.data(), st.sampled_from(VERSIONS))
    def test_content_headers(self, data: st.DataObject, version: str) -> None:
        classes = [klass for klass in load(version).classes.values() if klass.fields]
        klass = data.draw(st.sampled_from(classes))
        drawn = data.draw(properties(klass, shortstr=ascii_text, table=flat_tables))
        named = dict(zip([f.name for f in theirs(version).classes.byid[klass.id].fields], drawn, strict=True))
        stream = BytesIO()
        Header(theirs(version).classes.byid[klass.id], 0, 7, **named).encode(txamqp.codec.Codec(stream))
        self.assertEqual(stream.getvalue()[4:], CONTENT.pack(klass.id, 0, 7) + klass.encode_properties(drawn))

    @given(plain_tables(text), text)
    def test_tables_in_any_script_are_read_alike(self, table: dict[str, Any], name: str) -> None:
        request = load("0-8").methods["queue.declare"]
        payload = request.encode(request.make(queue=name, arguments=table))
        self.assertEqual(decode(request.fields, payload[4:])[-1], table)
