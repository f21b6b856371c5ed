"""Field tables: each letter's bytes, and what cannot be read or written."""

from __future__ import annotations

import struct
from decimal import Decimal
from enum import Enum, IntEnum
from typing import Any
from unittest import TestCase

from fakebroker.errors import DecodeError
from fakebroker.values import Float32, Int8, Int16, Int64, Nested, Table, Timestamp, UInt8, UInt16, UInt32, Value
from fakebroker.wire.field_table import MAX_DEPTH, ConstantTable, decode_table, encode_table
from tests.properties import given
from tests.wire.strategies import tables

# As RabbitMQ 3.10 writes them when it sends a message's headers back.
BYTES: list[tuple[Value, bytes]] = [
    (True, b"t\x01"),
    (False, b"t\x00"),
    (Int8(-2), b"b\xfe"),
    (UInt8(254), b"B\xfe"),
    (Int16(-2), b"s\xff\xfe"),
    (UInt16(65534), b"u\xff\xfe"),
    (-2, b"I\xff\xff\xff\xfe"),
    (UInt32(4294967294), b"i\xff\xff\xff\xfe"),
    (Int64(-2), b"l\xff\xff\xff\xff\xff\xff\xff\xfe"),
    (Timestamp(1), b"T\x00\x00\x00\x00\x00\x00\x00\x01"),
    (Float32(0.5), b"f\x3f\x00\x00\x00"),
    (0.5, b"d\x3f\xe0\x00\x00\x00\x00\x00\x00"),
    (Decimal("1.25"), b"D\x02\x00\x00\x00\x7d"),
    ("é", b"S\x00\x00\x00\x02\xc3\xa9"),
    (b"\x00\xff", b"x\x00\x00\x00\x02\x00\xff"),
    ([1, "a"], b"A\x00\x00\x00\x0bI\x00\x00\x00\x01S\x00\x00\x00\x01a"),
    ({"k": None}, b"F\x00\x00\x00\x03\x01kV"),
    (None, b"V"),
]


def field(value: bytes, name: bytes = b"n") -> bytes:
    return bytes([len(name)]) + name + value


class Constants(TestCase):
    @given(tables, examples=100)
    def test_a_constant_is_written_as_any_table_with_its_fields(self, table: Table) -> None:
        constant = ConstantTable(table)
        self.assertEqual(encode_table(table), encode_table(constant))
        self.assertEqual(encode_table({"t": table}), encode_table({"t": constant}))


class Letters(TestCase):
    def test_each_type_has_its_letter(self) -> None:
        for value, expected in BYTES:
            self.assertEqual(encode_table({"n": value}), field(expected))

    def test_each_letter_has_its_type(self) -> None:
        for expected, encoded in BYTES:
            value = decode_table(field(encoded))["n"]
            self.assertEqual((value, type(value)), (expected, type(expected)))

    def test_a_plain_number_too_wide_for_a_long_is_a_longlong(self) -> None:
        self.assertEqual(encode_table({"n": 2**31})[2:3], b"l")
        self.assertEqual(encode_table({"n": 2**31 - 1})[2:3], b"I")

    def test_both_letters_for_a_longlong_are_read(self) -> None:
        self.assertEqual(decode_table(field(b"L" + b"\xff" * 8)), {"n": -1})

    def test_any_octet_but_0_is_true(self) -> None:
        self.assertIs(decode_table(field(b"t\x05"))["n"], True)

    def test_strings_that_are_not_utf8_keep_their_bytes(self) -> None:
        encoded = field(b"S\0\0\0\2\xff\xfe", name=b"\xfd")
        self.assertEqual(encode_table(decode_table(encoded)), encoded)

    def test_of_two_fields_with_one_name_the_first_counts(self) -> None:
        self.assertEqual(decode_table(field(b"b\1") + field(b"b\2")), {"n": 1})

    def test_a_decimal_with_an_exponent_is_written_out(self) -> None:
        self.assertEqual(encode_table({"n": Decimal("12E2")})[2:], b"D\0\0\0\4\xb0")

    def test_subclasses_are_written_as_what_they_are(self) -> None:
        class Level(IntEnum):
            HIGH = 3

        class Kind(str, Enum):
            BIG = "big"

        values: dict[str, Any] = {"level": Level.HIGH, "kind": Kind.BIG}
        self.assertEqual(encode_table(values), encode_table({"level": 3, "kind": "big"}))

    @given(tables)
    def test_any_table_survives(self, table: Table) -> None:
        decoded = decode_table(encode_table(table))
        self.assertEqual(decoded, table)
        self.assertEqual(encode_table(decoded), encode_table(table))


class Unreadable(TestCase):
    def test_what_is_cut_short_anywhere(self) -> None:
        for _, encoded in BYTES:
            whole = field(encoded)
            for length in range(1, len(whole)):
                with self.assertRaises(DecodeError, msg=whole[:length]):
                    decode_table(whole[:length])

    def test_what_reaches_out_of_its_container(self) -> None:
        inside = field(b"S\0\0\0\4abcd")
        for size in range(1, len(inside)):
            for letter in (b"F", b"A"):
                with self.assertRaises(DecodeError):
                    decode_table(field(letter + struct.pack(">I", size) + inside))

    def test_unknown_letters(self) -> None:
        for letter in range(256):
            if chr(letter) not in "tbBsuIilLTfdDSxAFV":
                with self.assertRaisesRegex(DecodeError, "^a field of unknown type "):
                    decode_table(field(bytes([letter]) + bytes(12)))

    def test_floats_that_erlang_does_not_have(self) -> None:
        for value in ("nan", "inf", "-inf"):
            for letter, layout in ((b"f", ">f"), (b"d", ">d")):
                with self.assertRaises(DecodeError):
                    decode_table(field(letter + struct.pack(layout, float(value))))

    def test_the_error_says_what_is_wrong(self) -> None:
        for value, text in (
            (b"S\0\0\0\4abc", "^a field table that is cut short$"),
            (b"I\0", "^a field table that is cut short$"),
            (b"A\0\0\0\4S\0\0\0", "^a field table that is cut short$"),
            (b"A\0\0\0\2b\0b", "^a field table that is cut short$"),
            (b"A\0\0\0\1b\0", "^an array that is cut short$"),
            (b"Z", "^a field of unknown type b'Z'$"),
            (b"f\x7f\x80\0\0", "^a float that Erlang does not have: inf$"),
        ):
            with self.assertRaisesRegex(DecodeError, text):
                decode_table(field(value))

    def test_what_lies_deep_in_others_is_checked_no_less(self) -> None:
        for inside in (b"\1kZ", b"\1kS\0\0\0\2a", b"\1k", b"\1kf\x7f\xf0\0\0"):
            for depth in (1, MAX_DEPTH, MAX_DEPTH + 1, 10_000):
                with self.assertRaises(DecodeError):
                    decode_table(nested(depth, inside))


def nested(depth: int, inside: bytes = b"\1kt\1") -> bytes:
    """The fields of a table in which others lie so deep."""
    heads = []
    size = len(inside)
    for _ in range(depth):
        heads.append(b"F" + struct.pack(">I", size))
        size += len(heads[-1]) + 2
    return b"".join(b"\1k" + head for head in reversed(heads)) + inside


class Deep(TestCase):
    def test_as_deep_as_python_can_look_there_are_dicts(self) -> None:
        value: Any = decode_table(nested(MAX_DEPTH))
        for _ in range(MAX_DEPTH):
            value = value["k"]
        self.assertEqual({"k": True}, value)

    def test_below_that_there_are_octets(self) -> None:
        value: Any = decode_table(nested(MAX_DEPTH + 2))
        for _ in range(MAX_DEPTH):
            value = value["k"]
        self.assertEqual({"k": Nested(b"F\0\0\0\x0b\1kF\0\0\0\4\1kt\1")}, value)
        self.assertIs(type(value["k"]), Nested)

    def test_as_deep_as_a_frame_is_long_the_bytes_are_kept(self) -> None:
        for depth in (MAX_DEPTH, MAX_DEPTH + 1, 18_000):
            encoded = nested(depth)
            self.assertEqual(encoded, encode_table(decode_table(encoded)))

    def test_so_they_are_in_arrays(self) -> None:
        encoded = b"V"
        for _ in range(MAX_DEPTH + 5):
            encoded = b"A" + struct.pack(">I", len(encoded)) + encoded
        self.assertEqual(field(encoded), encode_table(decode_table(field(encoded))))

    def test_what_python_has_nested_deeper_is_written_too(self) -> None:
        value: Any = {"k": True}
        for _ in range(5000):
            value = {"k": value}
        self.assertEqual(nested(5000), encode_table(value))


class Unwritable(TestCase):
    def test_numbers_that_do_not_fit_their_type(self) -> None:
        for value in (
            Int8(128),
            UInt8(-1),
            UInt16(65536),
            UInt32(2**32),
            Int64(2**63),
            Timestamp(-1),
            2**63,
            Float32(1e39),
        ):
            with self.assertRaisesRegex(ValueError, f" does not fit the field type of {type(value).__name__}$"):
                encode_table({"n": value})

    def test_decimals_with_a_sign_or_too_many_digits_or_none(self) -> None:
        for value in (Decimal("-1"), Decimal("NaN")):
            with self.assertRaisesRegex(ValueError, f"^{value} is not a decimal that RabbitMQ can read: .* no sign$"):
                encode_table({"n": value})
        for value in (Decimal("12345678901"), Decimal(1).scaleb(-256)):
            with self.assertRaisesRegex(ValueError, " does not fit the field type of Decimal$"):
                encode_table({"n": value})

    def test_a_name_longer_than_255_octets(self) -> None:
        encode_table({"n" * 255: 1})
        with self.assertRaisesRegex(ValueError, "^field name longer than 255 bytes: 'é{20}'...$"):
            encode_table({"é" * 128: 1})

    def test_anything_else(self) -> None:
        other: Any = object()
        with self.assertRaisesRegex(TypeError, "^no field type for a value of type object$"):
            encode_table({"n": other})
