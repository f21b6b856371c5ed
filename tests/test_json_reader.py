"""JSON as RabbitMQ 3.10.8 reads it: what it takes, what it refuses (400 not_json), and what is too large for us.

Each value was given to a real one, as a global parameter, and read back.
"""

from __future__ import annotations

import json
from typing import Any
from unittest import TestCase

from hypothesis import strategies as st

from fakebroker.json_reader import DEPTH, DIGITS, JSONError, _Reader, parse_json
from tests.properties import given

TAKEN: dict[bytes, Any] = {
    b"[1,]": [1],
    b'{"a":1,}': {"a": 1},
    b"[1,/*x*/]": [1],
    b"'x'": "x",
    b"{'a':'b\"c'}": {"a": 'b"c'},
    rb"'it\'s'": "it's",
    rb'"it\'s"': "it's",
    b'"a\n\t\x00\x1fb"': "a\n\t\x00\x1fb",
    rb'"a\qb"': r"a\qb",
    rb'"\u00zz \u12"': r"\u00zz \u12",
    rb'"\ud83d\ude00"': "\U0001f600",
    rb'"\ud800x"': "\ufffdx",
    rb'"\ude00"': "\ufffd",
    rb'"\ud800\u0041"': "\ufffd\ufffd",
    rb'"\ud800\ud800"': "\ufffd\ufffd",
    b'"\xff\xc3"': "\ufffd\ufffd",
    b'"\xe2\x82"': "\ufffd",
    b'"\xed\xa0\x80"': "\ufffd",
    b'"\xf4\x90\x80\x80"': "\ufffd",
    b'"\xc0\x80"': "\ufffd",
    b"// c\n1": 1,
    b"/* * / */1": 1,
    b"/***/1": 1,
    b"[1 /* x */ , // y\n 2]": [1, 2],
    b'{"a"/**/:/**/1/**/}//': {"a": 1},
    b"\xef\xbb\xbf{}": {},
    b"-0": 0,
    b"1e5": 100000.0,
    b"0e5": 0.0,
    b'{"a":1,"a":2}': {"a": 2},
    b" [[1],{}, true,false,null,]\n": [[1], {}, True, False, None],
}
REFUSED = (
    b"[1,,]", b"[,]", b'{"a":1,,}', b"{,}", b"1 /* x", b"# c\n1", b"[1 2]", b"01", b"-01", b"1.", b".5", b"+1",
    b"1e400", b"-1e400", b"0x1F", b"NaN", b"Infinity", b"-Infinity", b"True", b"nul", b"undefined", b"{a:1}", b"{1:1}",
    b'{"a" 1}', b'{"a":}', b"", b" ", b"\x0c1", b"\xc2\xa01", b"/1", b"[1]]", b"{}}", b"-", b"1.e5", b"1.5e",
    b'"abc', b"'abc\"", b"[", b"{", b"//", b"[1 //x\r2]", b"\xef{}", b"{} x", b"{}{}", b"\xff\xfe{\0}\0", b'"\\',
    b'{"a":1',
)  # fmt: skip

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


class Reading(TestCase):
    def test_what_rabbitmq_takes_means_what_it_means_there(self) -> None:
        for document, value in TAKEN.items():
            with self.subTest(document):
                self.assertEqual(repr(parse_json(document)), repr(value))

    def test_what_rabbitmq_refuses_is_refused(self) -> None:
        for document in REFUSED:
            with self.subTest(document), self.assertRaises(JSONError):
                parse_json(document)

    def test_an_error_names_the_place(self) -> None:
        for document, text in (
            ('{"a": 1,\n "b": 2 "c": 3}', "line 2, column 9: a comma or } is missing"),
            ("[1,\n\n  ?]", "line 3, column 3: a value is missing"),
            ("{'a': 'b}", "line 1, column 7: a string has no end"),
            ("{} {}", "line 1, column 4: there is something behind the end"),
            ("[1e999]", "line 1, column 2: the number 1e999 does not fit into a double"),
        ):
            with self.subTest(document), self.assertRaises(JSONError) as caught:
                parse_json(document)
            self.assertEqual(str(caught.exception), text)

    @given(VALUES)
    def test_what_the_standard_takes_is_read_as_the_standard_says(self, value) -> None:
        text = json.dumps(value)
        self.assertEqual(repr(parse_json(text)), repr(value))
        self.assertEqual(repr(_Reader(text).read()), repr(value), "letter by letter")

    @given(st.binary() | st.text(alphabet="[]{}'\",:\\/*u0d8e-1 \n").map(str.encode))
    def test_anything_is_read_or_refused(self, document) -> None:
        try:
            json.dumps(parse_json(document), ensure_ascii=False).encode()
        except JSONError as error:
            self.assertNotIn("\n", str(error))


class Limits(TestCase):
    def test_depth_ends_at_the_same_place_however_it_is_read(self) -> None:
        for comma in ("", ","):
            deepest = "[" * DEPTH + "1" + f"{comma}]" * DEPTH
            inside = parse_json(deepest)
            for _ in range(DEPTH):
                (inside,) = inside
            self.assertEqual(inside, 1)
            with self.assertRaisesRegex(JSONError, f"nested more than {DEPTH} deep"):
                parse_json(f"[{deepest}{comma}]")

    def test_a_hundred_thousand_brackets_are_an_error_like_any_other(self) -> None:
        for document in ("[" * 100_000, "[" * 100_000 + "]" * 100_000, '{"a":' * 100_000):
            with self.assertRaisesRegex(JSONError, f"nested more than {DEPTH} deep"):
                parse_json(document)

    def test_many_arrays_beside_each_other_are_not_deep(self) -> None:
        self.assertEqual(len(parse_json("[" + "[]," * 2000 + "]")), 2000)
        self.assertEqual(len(parse_json("[" + ",".join(["[]"] * 2000) + "]")), 2000)

    def test_a_number_may_have_so_many_digits(self) -> None:
        self.assertEqual(parse_json("9" * DIGITS), 10**DIGITS - 1)
        with self.assertRaisesRegex(JSONError, f"more than {DIGITS} digits"):
            parse_json("[" + "9" * (DIGITS + 1) + "]")

    def test_digits_in_a_text_are_no_number(self) -> None:
        self.assertEqual(parse_json('"' + "9" * 5000 + '"'), "9" * 5000)
