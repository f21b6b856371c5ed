"""Bytes as Erlang/OTP 25 prints them: each expectation is what its ``io_lib:format`` gave."""

from __future__ import annotations

from unittest import TestCase

from fakebroker.erlang.pretty_print import column_behind, show, show_binary, show_octets, show_pair
from fakebroker.wire.reader import describe_frame


class Binaries(TestCase):
    def test_w_prints_numbers_and_p_prints_text_where_it_can(self) -> None:
        self.assertEqual((show_octets(b""), show_octets(b"ab")), ("<<>>", "<<97,98>>"))
        self.assertEqual((show_binary(b"", 0), show_binary(b"ab", 0)), ("<<>>", '<<"ab">>'))
        self.assertEqual(show_binary(b"ab\0", 0), "<<97,98,0>>")

    def test_quotes_and_some_controls_are_escaped(self) -> None:
        self.assertEqual(show_binary(b'\b\t\n\v\f\r\x1b"\\', 0), r'<<"\b\t\n\v\f\r\e\"\\">>')

    def test_latin_1_is_text_that_stays_as_it_is(self) -> None:
        self.assertEqual(show_binary(b"\xfc\xa0", 0).encode("utf-8", "surrogateescape"), b'<<"\xfc\xa0">>')
        self.assertEqual(show_binary(b"\x9f", 0), "<<159>>")

    def test_numbers_go_on_in_the_next_line_when_this_one_is_full(self) -> None:
        self.assertEqual(
            describe_frame(1, b"\x7f" * 16),
            "type 1, all octets = <<127,127,127,127,127,127,127,127,127,127,127,127,127,127,\n"
            "                       127,127>>",
        )
        self.assertEqual(
            describe_frame(58, bytes.fromhex("1dfb6e6d70fe14ff56626a767a6a70fda1ff8168")),
            "type 58, first 16 octets = <<29,251,110,109,112,254,20,255,86,98,106,118,122,\n"
            "                             106,112,253>>",
        )

    def test_so_does_the_second_part_of_a_pair(self) -> None:
        text = describe_frame(1, b"\0" * 13) + ": "
        self.assertEqual(
            text + show_pair("invalid_frame_end_marker", 13, column_behind(text)),
            "type 1, all octets = <<0,0,0,0,0,0,0,0,0,0,0,0,0>>: {invalid_frame_end_marker,\n"
            "                                                     13}",
        )
        self.assertEqual(
            show_pair("invalid_frame_end_marker", 138, 49), "{invalid_frame_end_marker,\n" + " " * 50 + "138}"
        )
        self.assertEqual(show_pair("invalid_frame_end_marker", 138, 48), "{invalid_frame_end_marker,138}")

    def test_rows_of_an_array_stand_below_each_other_behind_its_type(self) -> None:
        self.assertEqual(
            show([["a" * 10] * 3, ["b" * 20] * 3], 0),
            '[{array,[{longstr,<<"aaaaaaaaaa">>},\n'
            '         {longstr,<<"aaaaaaaaaa">>},\n'
            '         {longstr,<<"aaaaaaaaaa">>}]},\n'
            ' {array,[{longstr,<<"bbbbbbbbbbbbbbbbbbbb">>},\n'
            '         {longstr,<<"bbbbbbbbbbbbbbbbbbbb">>},\n'
            '         {longstr,<<"bbbbbbbbbbbbbbbbbbbb">>}]}]',
        )

    def test_columns_are_counted_in_octets_from_the_last_line_break(self) -> None:
        self.assertEqual([column_behind(text) for text in ("abc", "abc\nde", "é", "\udcff")], [3, 2, 2, 1])
