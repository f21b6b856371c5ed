"""Values as RabbitMQ prints them in its texts. What is expected here is what Erlang's ``~p`` printed."""

from __future__ import annotations

from decimal import Decimal
from unittest import TestCase

from fakebroker.broker.json_form import show_json
from fakebroker.erlang.compare import term, type_name
from fakebroker.erlang.pretty_print import show, show_string
from fakebroker.values import Float32, Int8, Int16, Int64, Table, Timestamp, UInt8, UInt16, UInt32, Value
from fakebroker.wire.field_table import encode_value


class Printing(TestCase):
    def assertShown(self, *cases: tuple[Value, str]) -> None:
        for value, text in cases:
            self.assertEqual(text, show(value))

    def test_numbers(self) -> None:
        self.assertShown((5, "5"), (Int8(-5), "-5"), (True, "true"), (False, "false"), (None, "undefined"))

    def test_floats_are_as_short_as_they_can_be(self) -> None:
        shown = "0.0 10.0 100.0 1.0e3 1.5e3 1550.0 123450.0 1.2345e6 0.01 0.0015 1.5e-4 0.00123 1.23e-4 1.0e22 -1.5e-5"
        self.assertEqual(shown, " ".join(show(float(text)) for text in shown.split()))
        self.assertEqual("9007199254740991.0", show(9007199254740991.0))
        self.assertEqual("9.007199254740992e15", show(9007199254740992.0))

    def test_strings_are_quoted_when_latin_1_can_print_their_octets(self) -> None:
        self.assertShown(
            ("", "<<>>"),
            ('a"b\\c\n', '<<"a\\"b\\\\c\\n">>'),
            ("é", '<<"é">>'),
            (b"\x00\x01", "<<0,1>>"),
            (b"\xc8\x01", "<<200,1>>"),
            (b"\x7f", "<<127>>"),
        )
        self.assertEqual(('"abc"', "[]", "[0,1]"), (show_string(b"abc"), show_string(b""), show_string(b"\x00\x01")))

    def test_what_holds_others(self) -> None:
        self.assertShown(
            ([], "[]"),
            ({}, "[]"),
            ([1, "a"], '[{signedint,1},{longstr,<<"a">>}]'),
            ({"k": [True]}, '[{<<"k">>,array,[{bool,true}]}]'),
            (Decimal("3.14"), "{2,314}"),
            (Decimal("-5"), "{0,-5}"),
        )


class TypeNames(TestCase):
    def test_each_type_has_rabbitmqs_name(self) -> None:
        names: dict[str, Value] = {
            "bool": True,
            "byte": Int8(1),
            "unsignedbyte": UInt8(1),
            "short": Int16(1),
            "unsignedshort": UInt16(1),
            "signedint": 1,
            "unsignedint": UInt32(1),
            "long": Int64(1),
            "timestamp": Timestamp(1),
            "double": 1.0,
            "float": Float32(1),
            "longstr": "",
            "binary": b"",
            "decimal": Decimal(1),
            "array": [],
            "table": {},
            "void": None,
        }
        self.assertEqual(list(names), [type_name(value) for value in names.values()])

    def test_a_plain_integer_that_needs_64_bits_is_a_long(self) -> None:
        self.assertEqual("long", type_name(2**31))
        self.assertEqual("signedint", type_name(-(2**31)))


class BreakingLines(TestCase):
    """Tables as they stood in RabbitMQ 3.10.8's texts, the first at column 40, the second at column 11."""

    def assertBroken(self, value: Value, column: int, *lines: str) -> None:
        indents = [0, *[column] * (len(lines) - 1)]
        shown = "\n".join(" " * indent + line for indent, line in zip(indents, lines, strict=True))
        self.assertEqual(shown, show(value, column))

    def test_what_fits_is_left_alone(self) -> None:
        table: Table = {"a": "b" * 20, "c": Int64(7)}
        self.assertBroken(table, 11, '[{<<"a">>,longstr,<<"bbbbbbbbbbbbbbbbbbbb">>},{<<"c">>,long,7}]')

    def test_every_row_has_a_line_of_its_own(self) -> None:
        self.assertBroken({"a": "b", "c": Int64(7)}, 40, '[{<<"a">>,longstr,<<"b">>},', ' {<<"c">>,long,7}]')
        self.assertBroken([0, 1, 2, 3, 4], 40, "[{signedint,0},", *[f" {{signedint,{n}}}," for n in (1, 2, 3)],
                          " {signedint,4}]")  # fmt: skip

    def test_a_row_that_does_not_fit_is_broken_where_it_has_to_be(self) -> None:
        self.assertBroken({"k" * 30: "v" * 30}, 11, f'[{{<<"{"k" * 30}">>,longstr,', f'  <<"{"v" * 30}">>}}]')
        self.assertBroken({"k" * 30: "v" * 30}, 40, f'[{{<<"{"k" * 30}">>,', "  longstr,", f'  <<"{"v" * 30}">>}}]')

    def test_what_is_inside_is_broken_too(self) -> None:
        self.assertBroken(
            {"a": {"x": "y", "z": {"q": 1}}, "b": [1, "x"]},
            11,
            '[{<<"a">>,table,',
            '  [{<<"x">>,longstr,<<"y">>},',
            '   {<<"z">>,table,[{<<"q">>,signedint,1}]}]},',
            ' {<<"b">>,array,[{signedint,1},{longstr,<<"x">>}]}]',
        )

    def test_what_is_tagged_begins_behind_its_tag_as_long_as_all_of_it_begins_on_the_left(self) -> None:
        rows: list[Value] = ["a" * 50, 1, 2]
        self.assertBroken(
            [rows],
            20,
            f'[{{array,[{{longstr,<<"{"a" * 50}">>}},',
            *["         {signedint,1},", "         {signedint,2}]}]"],
        )
        both = ["[{longstr,", f'  <<"{"b" * 20}">>}},', " {longstr,", f'  <<"{"b" * 20}">>}}]}}]']
        self.assertBroken(
            [["a" * 10] * 2, ["b" * 20] * 2],
            40,
            "[{array,",
            *(f"  {row}" for row in ('[{longstr,<<"aaaaaaaaaa">>},', ' {longstr,<<"aaaaaaaaaa">>}]},')),
            " {array,",
            *(f"  {row}" for row in both),
        )

    def test_a_text_longer_than_a_line_stays_behind_its_tag(self) -> None:
        self.assertBroken(["a" * 75], 0, f'[{{longstr,<<"{"a" * 75}">>}}]')
        self.assertBroken({"key": ["a" * 90]}, 0, '[{<<"key">>,array,', f'  [{{longstr,<<"{"a" * 90}">>}}]}}]')


class Depth(TestCase):
    def nested(self, depth: int, innermost: Value) -> Value:
        value = innermost
        for _ in range(depth):
            value = {"a": [value]}
        return value

    def test_what_is_nested_deep_is_printed_compared_and_written_all_the_same(self) -> None:
        deep, other = self.nested(600, 1), self.nested(600, 2)
        self.assertEqual('[{<<"a">>,array,[{table,[{<<"a">>', show(deep, 10)[:33])
        self.assertEqual((True, False), (term(deep) == term(self.nested(600, 1)), term(deep) == term(other)))
        self.assertEqual('#{<<"a">> => [#{<<"a">> => [#{', show_json(deep)[:30])
        self.assertEqual(b"A", encode_value([deep])[:1])
