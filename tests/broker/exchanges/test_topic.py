"""Topic exchanges: which patterns match which keys."""

from __future__ import annotations

import re
from unittest import TestCase

from hypothesis import strategies as st

from fakebroker.broker.exchanges.topic import TopicExchange
from tests.broker.routing import RoutingCase
from tests.properties import given


class Patterns(RoutingCase):
    def assertMatches(self, pattern: str, *keys: str) -> None:
        self.bind("amq.topic", "q", pattern)
        for key in keys:
            self.assertEqual(["q"], self.route("amq.topic", key), f"{pattern!r} matches {key!r}")
        self.unbind("amq.topic", "q", pattern)

    def assertMatchesNot(self, pattern: str, *keys: str) -> None:
        self.bind("amq.topic", "q", pattern)
        for key in keys:
            self.assertEqual([], self.route("amq.topic", key), f"{pattern!r} does not match {key!r}")
        self.unbind("amq.topic", "q", pattern)

    def test_words_match_themselves(self) -> None:
        self.assertMatches("a.b", "a.b")
        self.assertMatchesNot("a.b", "a", "a.b.c", "A.b", "ab", "")

    def test_a_star_is_exactly_one_word(self) -> None:
        self.assertMatches("a.*.c", "a.b.c", "a..c")
        self.assertMatchesNot("a.*.c", "a.c", "a.b.b.c")

    def test_a_star_matches_the_empty_word_but_not_the_empty_key(self) -> None:
        self.assertMatches("*.", "a.", ".")
        self.assertMatchesNot("*", "", ".", "a.b")

    def test_a_hash_is_any_number_of_words(self) -> None:
        self.assertMatches("a.#.c", "a.c", "a.b.c", "a.b.b.c", "a..c")
        self.assertMatches("#", "", ".", "a", "a.b")
        self.assertMatchesNot("x.#.c", "x", "xc", "x.b")

    def test_the_empty_pattern_matches_the_empty_key_alone(self) -> None:
        self.assertMatches("", "")
        self.assertMatchesNot("", ".", "a")

    def test_hashes_in_a_row_are_one(self) -> None:
        self.assertMatches("#.#.a.#.#", "a", "b.a", "a.b", "b.a.a.b")
        self.assertMatches("*.#.*", "a.b", "a.b.c")
        self.assertMatchesNot("*.#.*", "a", "")

    def test_a_star_or_hash_inside_a_word_is_itself(self) -> None:
        self.assertMatches("a*.b#", "a*.b#")
        self.assertMatchesNot("a*.b#", "aa.bb")

    def test_a_key_of_stars_and_hashes_is_made_of_plain_words(self) -> None:
        self.assertMatches("*.x", "#.x", "*.x")
        self.assertMatchesNot("a.x", "#.x", "*.x")

    def test_a_queue_gets_one_copy_however_many_patterns_match(self) -> None:
        for pattern in ("#", "a.#", "a.b", "*.*"):
            self.bind("amq.topic", "q", pattern)
        self.assertEqual(["q"], self.route("amq.topic", "a.b"))

    def test_unbinding_one_pattern_leaves_the_others(self) -> None:
        for pattern in ("a.b", "a.b.c", "a.*", "a.#"):
            self.bind("amq.topic", pattern, pattern)
        self.unbind("amq.topic", "a.b", "a.b")
        self.unbind("amq.topic", "a.#", "a.#")
        self.assertEqual(["a.*"], self.route("amq.topic", "a.b"))
        self.assertEqual(["a.b.c"], self.route("amq.topic", "a.b.c"))

    def test_many_hashes_cost_no_more_than_one(self) -> None:
        self.bind("amq.topic", "q", ".".join(["#", "a"] * 25))
        self.assertEqual([], self.route("amq.topic", ".".join(["a"] * 100 + ["b"])))


WORDS = st.lists(st.sampled_from(["a", "b", "", "*", "#"]), max_size=6).map(".".join)


def expected(pattern: str, key: str) -> bool:
    """The rule once more, as a regular expression over words that each end in a dot."""
    parts = {"*": r"[^.]*\.", "#": r"(?:[^.]*\.)*"}
    words = pattern.split(".") if pattern else []
    expression = "".join(parts.get(word, re.escape(word) + r"\.") for word in words)
    return re.fullmatch(expression, "".join(word + "." for word in (key.split(".") if key else []))) is not None


class AgainstAnotherMatcher(TestCase):
    @given(st.lists(WORDS, max_size=5), WORDS, examples=100)
    def test_any_patterns_and_any_key(self, patterns: list[str], key: str) -> None:
        case = RoutingCase()
        case.setUp()
        for number, pattern in enumerate(patterns):
            case.bind("amq.topic", f"{number}", pattern)
        right = [f"{number}" for number, pattern in enumerate(patterns) if expected(pattern, key)]
        self.assertEqual(right, case.route("amq.topic", key))
        for number, pattern in enumerate(patterns):
            case.unbind("amq.topic", f"{number}", pattern)
            right = [each for each in right if each != f"{number}"]
            self.assertEqual(right, case.route("amq.topic", key))


class WhatIsLeft(RoutingCase):
    def test_keys_that_are_unbound_leave_nothing_behind(self) -> None:
        keys = ("a.b", "a.*", "a.#.b", "#", "", "a.b.c")
        for key in keys:
            self.bind("amq.topic", "q", key)
        for key in keys:
            self.unbind("amq.topic", "q", key)
        topic = self.vhost.exchanges["amq.topic"]
        assert isinstance(topic, TopicExchange)
        self.assertTrue(topic._root.is_bare)
