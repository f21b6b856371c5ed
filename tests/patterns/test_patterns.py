"""Regular expressions: those of everyday mean what Python's mean, and no other takes long."""

from __future__ import annotations

import random
import sys
from unittest import skipIf

from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from fakebroker.patterns import STEPS, Budget, Pattern, PatternError, backtracking
from fakebroker.patterns.automaton import Automaton
from fakebroker.patterns.cost import attempts
from fakebroker.patterns.reading import read
from tests.properties import given

# At least one octet: Pythons disagree on whether there is a \B in nothing.
texts = st.binary(min_size=1, max_size=8).map(lambda octets: bytes(b"abA1_ .\n"[each % 8] for each in octets))
leaves = st.sampled_from(
    [
        *("a", "b", "A", ".", r"\w", r"\s", r"\D", r"\.", "[ab]", "[^a]", "[^a-z\\s]", "(?i:a)", ""),
        *("^", "$", r"\b", r"\B", r"\A", r"\z", "(?m:^)", "(?m:$)"),
    ]
)
counts = st.sampled_from(["*", "+", "?", "*?", "+?", "??", "{2}", "{1,2}", "{0,3}?", "{2,}"])


def _larger(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return (
        st.lists(inner, max_size=3).map("".join)
        | st.lists(inner, min_size=2, max_size=3).map(lambda options: f"(?:{'|'.join(options)})")
        | st.tuples(inner, counts).map(lambda pair: f"(?:{pair[0]}){pair[1]}")
        | inner.map(lambda body: f"({body})")
    )


regular = st.recursive(leaves, _larger, max_leaves=6)
looking_back = st.builds(
    lambda before, kind, body, behind: f"{before}(?<{kind}{body}){behind}",
    regular,
    st.sampled_from(["=", "!"]),
    st.sampled_from(["a", "ab", ".[ab]", "a|b", "(?i:a)b", r"\ba", ""]),
    regular,
)
# Python takes these from 3.11 on.
greedy = st.builds(lambda before, body, end: f"{before}(?>{body}){end}", regular, regular, regular) | st.builds(
    lambda before, item, count, end: f"{before}(?:{item}){count}+{end}",
    regular,
    st.sampled_from(["a", "[ab]", "a|ab", "ab|a", r"\w.?"]),
    st.sampled_from(["*", "+", "?", "{1,2}"]),
    regular,
)
irregular = st.builds(
    lambda before, kind, body, behind: f"{before}(?{kind}{body}){behind}",
    regular,
    st.sampled_from(["=", "!"]),
    regular,
    regular,
) | st.builds(lambda body, kind, end: f"({body}){kind}{end}", regular, st.sampled_from([r"\1", "(?(1)a|b)"]), regular)


class Agreement(SynchronousTestCase):
    @given(regular, texts, st.booleans(), examples=400)
    def test_the_automaton_finds_what_python_finds(self, pattern: str, text: bytes, fold: bool) -> None:
        node, python = read(pattern.encode(), fold)
        expected = python.search(text) is not None
        self.assertEqual(Automaton(node).search(text, Budget(STEPS)), expected, f"{pattern!r} in {text!r}")

    @given(regular | irregular, texts, st.booleans(), examples=400)
    def test_the_matcher_that_goes_back_finds_what_python_finds(self, pattern: str, text: bytes, fold: bool) -> None:
        node, python = read(pattern.encode(), fold)
        expected = python.search(text) is not None
        self.assertEqual(backtracking.search(node, text, Budget(STEPS)), expected, f"{pattern!r} in {text!r}")

    @given(looking_back, texts, st.booleans(), examples=200)
    def test_it_looks_back_as_python_does(self, pattern: str, text: bytes, fold: bool) -> None:
        node, python = read(pattern.encode(), fold)
        expected = python.search(text) is not None
        self.assertEqual(backtracking.search(node, text, Budget(STEPS)), expected, f"{pattern!r} in {text!r}")

    @skipIf(sys.version_info < (3, 11), "a Python that does not know them")
    @given(greedy, texts, st.booleans(), examples=200)
    def test_it_gives_nothing_back_where_python_does_not(self, pattern: str, text: bytes, fold: bool) -> None:
        node, python = read(pattern.encode(), fold)
        expected = python.search(text) is not None
        self.assertEqual(backtracking.search(node, text, Budget(STEPS)), expected, f"{pattern!r} in {text!r}")

    @given(st.text("ab(|)*+?[]{}1,\\^$.-<>=!:P", max_size=10), examples=400)
    def test_whatever_is_written_is_an_expression_or_refused(self, pattern: str) -> None:
        try:
            Pattern(pattern.encode()).search(b"aab")
        except PatternError as error:
            self.assertIn("invalid regular expression", str(error))


class Effort(SynchronousTestCase):
    def assertSoon(self, pattern: str, text: bytes, found: bool) -> None:
        self.assertGreater(attempts(read(pattern.encode(), False)[0], len(text)), 10**6, f"{pattern} is harmless")
        self.assertEqual(Pattern(pattern.encode()).search(text), found, pattern)

    def test_an_expression_that_python_would_need_years_for(self):
        optional = "^" + "a?" * 28 + "$"
        for pattern in ("(a+)+$", "(a|a)+$", "(a|aa)+$", r"^(\w+\s?)*$", optional, "^(.*a){20}$", "^((a*)*)*$"):
            self.assertSoon(pattern, b"a" * 28 + b"!" * 3, False)
            self.assertSoon(pattern, b"a" * 28, True)

    def test_one_that_looks_ahead_or_asks_again(self):
        for pattern in (r"(?=(a+)+$)", r"((a+)+)\1$", r"(?!b)(a+)+$"):
            self.assertSoon(pattern, b"a" * 28 + b"!", False)

    def test_repetitions_of_repetitions(self):
        self.assertSoon("(a{1,1000}){1,1000}", b"a" * 28, True)
        self.assertSoon("(a{1,1000}){1,1000}$", b"a" * 28 + b"!", False)

    def test_one_that_takes_more_steps_than_are_left_finds_nothing(self):
        pattern = Pattern(b"^(a|aa)+$")
        self.assertFalse(pattern.search(b"a" * 40, Budget(10)))
        self.assertTrue(pattern.search(b"a" * 40))

    def test_one_is_asked_about_many_names_of_which_no_two_are_alike(self):
        pattern, rng = Pattern(b"(a|aa|b)*a[ab]{150}c"), random.Random(1)
        for _ in range(6):
            text = bytes(rng.choices(b"ab", k=300))
            self.assertFalse(pattern.search(text))
            self.assertTrue(pattern.search(text[:149] + b"a" + text[150:] + b"c"), text)

    def test_one_that_asks_which_group_has_matched(self):
        pattern = Pattern(b"^(b)?(?(1)(a+)+|(a|aa)+)$")
        self.assertFalse(pattern.search(b"a" * 28 + b"!", Budget(1000)))
        self.assertTrue(pattern.search(b"b" + b"a" * 28, Budget(1000)))

    def test_what_is_used_every_day_goes_to_python(self):
        everyday = ("^amq\\.", ".*", "^(dev|test)-.*", "", "^(amq.gen.*|amq.default)$", "^[a-z_-]+$", "^(?!amq\\.).*")
        for pattern in (*everyday, "^((dev)|(test))*-"):
            for length in (0, 20, 60):
                self.assertLess(attempts(read(pattern.encode(), False)[0], length), 5000, pattern)

    def test_one_budget_for_many_searches(self):
        budget = Budget(1000)
        pattern = Pattern(b"(?=(a+)+$)")
        self.assertFalse(pattern.search(b"a" * 28 + b"!", budget))
        self.assertFalse(pattern.search(b"a" * 28, budget), "nothing is left")
        self.assertTrue(pattern.search(b"a" * 28))


class Perl(SynchronousTestCase):
    """What PCRE takes and refuses, as RabbitMQ 3.10.8 does."""

    def found(self, pattern: str, text: bytes) -> bool:
        return Pattern(pattern.encode()).search(text)

    def test_what_python_spells_otherwise(self):
        for pattern, text, other in (
            (r"^\Qa.b\E$", b"a.b", b"axb"),
            (r"^\x{41}$", b"A", b"a"),
            (r"^(?<x>a)\k<x>$", b"aa", b"ab"),
            (r"^a{,3}$", b"a{,3}", b"aa"),
            (r"^(a)?\1b$", b"aab", b"b"),
            (r"^[[:alpha:]]+\z", b"abc", b"ab1"),
            (r"a\Z", b"a\n", b"a\n\n"),
        ):
            self.assertEqual((self.found(pattern, text), self.found(pattern, other)), (True, False), pattern)

    def test_what_is_no_expression_gets_pcres_reason_and_place(self):
        for pattern, reason, offset in (
            ("[", "missing terminating ] for character class", 1),
            ("(", "missing )", 1),
            ("a)", "unmatched parentheses", 1),
            ("*", "nothing to repeat", 0),
            ("a**", "nothing to repeat", 2),
            ("\\", "\\ at end of pattern", 1),
            ("[z-a]", "range out of order in character class", 3),
        ):
            with self.assertRaises(PatternError) as caught:
                Pattern(pattern.encode())
            self.assertEqual((caught.exception.reason, caught.exception.offset), (reason, offset), pattern)

    def test_what_is_beyond_its_limits_is_refused(self):
        for pattern in ("(" * 251 + ")" * 251, "(" * 5000 + ")" * 5000, "a" * 40_000, "a{1,65536}", "[" * 30_000):
            self.assertRaises(PatternError, Pattern, pattern.encode())
        self.assertTrue(self.found("(" * 200 + ")" * 200, b"x"))

    def test_what_python_would_warn_of_is_taken_in_silence(self):
        Pattern(b"[[a]")
        self.assertEqual(self.flushWarnings(), [])
