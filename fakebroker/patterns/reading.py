"""Parses an expression into nodes: Perl's syntax is rewritten for Python's own parser."""

from __future__ import annotations

import importlib
import re
import sys
import warnings
from collections.abc import Iterable, Mapping
from typing import Any

from fakebroker.patterns.nodes import (
    EMPTY,
    Again,
    At,
    Atomic,
    Choice,
    Condition,
    Group,
    Look,
    Node,
    Octet,
    Repeat,
    Sequence,
)

LONGEST = 32_768
"""The longest expression in octets: about the limit of PCRE in RabbitMQ."""
DEEPEST = 250
"""The deepest nesting of parentheses: PCRE's limit."""
MOST_REPEATS = 65_535
"""The largest number of repetitions in braces: PCRE's limit."""

_parser: Any = importlib.import_module("re._parser" if sys.version_info >= (3, 11) else "sre_parse")
_ALL = frozenset(range(256))
_PLACES = {
    "AT_BEGINNING": "start",
    "AT_BEGINNING_STRING": "start",
    "AT_END": "last",
    "AT_END_STRING": "end",
    "AT_BOUNDARY": "word",
    "AT_NON_BOUNDARY": "no word",
}
_PLACES_OF_LINES = {**_PLACES, "AT_BEGINNING": "line start", "AT_END": "line end"}
_CATEGORIES = {
    "CATEGORY_DIGIT": frozenset(b"0123456789"),
    "CATEGORY_SPACE": frozenset(b" \t\n\r\f\v"),
    "CATEGORY_WORD": frozenset(each for each in range(128) if chr(each).isalnum()) | {95},
}
_REPEATS = {"MAX_REPEAT": (False, False), "MIN_REPEAT": (True, False), "POSSESSIVE_REPEAT": (False, True)}


class PatternError(ValueError):
    """An invalid expression. ``reason`` is PCRE's text, ``offset`` the octet of the error."""

    def __init__(self, pattern: bytes, reason: str, offset: int) -> None:
        super().__init__(f"invalid regular expression {pattern[:80].decode('utf-8', 'replace')!r}: {reason}")
        self.pattern = pattern
        self.reason = reason
        self.offset = offset


# Perl syntax, as RabbitMQ accepts it, that Python spells differently.
_PERL: Mapping[bytes, bytes] = {
    b"[:alpha:]": b"a-zA-Z",
    b"[:digit:]": b"0-9",
    b"[:alnum:]": b"a-zA-Z0-9",
    b"[:upper:]": b"A-Z",
    b"[:lower:]": b"a-z",
    b"[:space:]": rb"\s",
    b"[:word:]": rb"\w",
    b"[:xdigit:]": b"0-9A-Fa-f",
    rb"\z": rb"\Z",
    rb"\Z": rb"(?=\n?\Z)",
    rb"\h": rb"[ \t]",
    rb"\R": rb"(?:\r\n|[\n\v\f\r\x85])",
    b"(?<": b"(?P<",
    b"{,": rb"\{,",
}
_PERL_PARTS = re.compile(
    rb"\\Q(?s:.*?)(?:\\E|\Z)|\\x\{[0-9A-Fa-f]{1,2}\}|\\k<\w+>|\[:[a-z]+:\]|\\.|\(\?<(?=[A-Za-z_])|\{,", re.DOTALL
)


def _spelled(match: re.Match[bytes]) -> bytes:
    part = match[0]
    if part.startswith(rb"\Q"):
        return re.escape(part[2:].removesuffix(rb"\E"))
    if part.startswith(rb"\x{"):
        return rb"\x" + part[3:-1].rjust(2, b"0")
    return b"(?P=" + part[3:-1] + b")" if part.startswith(rb"\k<") else _PERL.get(part, part)


# Python's error texts, and PCRE's for the same errors.
_REASONS = (
    ("unterminated character set", "missing terminating ] for character class"),
    ("missing ), unterminated subpattern", "missing )"),
    ("unbalanced parenthesis", "unmatched parentheses"),
    ("nothing to repeat", "nothing to repeat"),
    ("multiple repeat", "nothing to repeat"),
    ("bad escape (end of pattern)", "\\ at end of pattern"),
    ("bad character range", "range out of order in character class"),
    ("min repeat greater", "numbers out of order in {} quantifier"),
    ("the repetition number is too large", "number too big in {} quantifier"),
    ("look-behind requires fixed-width", "lookbehind assertion is not fixed length"),
    ("redefinition of group name", "two named subpatterns have the same name"),
    ("invalid group reference", "reference to non-existent subpattern"),
    ("unknown group name", "reference to non-existent subpattern"),
    ("unknown extension", "unrecognized character after (? or (?-"),
)
_SEEN_AT_THE_END = ("missing terminating ]", "missing )", "\\ at end", "reference to")


def read(pattern: bytes, fold: bool) -> tuple[Node, re.Pattern[bytes]]:
    """The nodes of an expression, and its form for Python's ``re``.

    :param fold: whether case is ignored.
    :raises PatternError: when it is invalid, or beyond PCRE's limits.
    """
    if len(pattern) > LONGEST:
        raise PatternError(pattern, "regular expression is too large", 0)
    text = _PERL_PARTS.sub(_spelled, pattern)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            parsed = _parser.parse(text, re.IGNORECASE if fold else 0)
            compiled = re.compile(text, re.IGNORECASE if fold else 0)
    except RecursionError:
        raise PatternError(pattern, "parentheses are too deeply nested", len(pattern)) from None
    except (re.error, OverflowError, ValueError) as error:
        raise _perl_error(pattern, error) from None
    return PatternReader(pattern).nodes(parsed, parsed.state.flags), compiled


def _perl_error(pattern: bytes, error: Exception) -> PatternError:
    said = getattr(error, "msg", str(error))
    reason = next((perl for python, perl in _REASONS if said.startswith(python)), said)
    offset = getattr(error, "pos", None)
    if offset is None or reason.startswith(_SEEN_AT_THE_END):
        offset = len(pattern)
    elif reason.startswith("range out of order"):
        offset += 2  # Python's offset is that of the range's beginning
    return PatternError(pattern, reason, min(offset, len(pattern)))


class PatternReader:
    """Turns the result of Python's parser into nodes."""

    def __init__(self, pattern: bytes) -> None:
        self._pattern = pattern
        self._depth = 0

    def nodes(self, parsed: Iterable[tuple[Any, object]], flags: int) -> Node:
        """The nodes of a sequence.

        :param flags: the flags of ``re`` that apply there.
        :raises PatternError: beyond PCRE's limits.
        """
        self._depth += 1
        if self._depth > DEEPEST + 1:
            raise PatternError(self._pattern, "parentheses are too deeply nested", len(self._pattern))
        items = tuple(self._node(op.name, value, flags) for op, value in parsed)
        self._depth -= 1
        return items[0] if len(items) == 1 else Sequence(items)

    def _node(self, name: str, value: Any, flags: int) -> Node:
        if name in ("LITERAL", "NOT_LITERAL", "ANY", "IN"):
            return Octet(_octets(name, value, flags))
        if name == "AT":
            return At((_PLACES_OF_LINES if flags & re.MULTILINE else _PLACES)[value.name])
        if name == "BRANCH":
            return Choice(tuple(self.nodes(option, flags) for option in value[1]))
        if name == "SUBPATTERN":
            number, added, taken, body = value
            inner = self.nodes(body, (flags | added) & ~taken)
            return inner if number is None else Group(number, inner)
        if name in _REPEATS:
            return self._repeat(name, value, flags)
        return self._more(name, value, flags)

    def _repeat(self, name: str, value: Any, flags: int) -> Node:
        least, most, body = value
        most = None if most == _parser.MAXREPEAT else int(most)
        if max(least, most or 0) > MOST_REPEATS:
            raise PatternError(self._pattern, "number too big in {} quantifier", len(self._pattern))
        return Repeat(self.nodes(body, flags), int(least), most, *_REPEATS[name])

    def _more(self, name: str, value: Any, flags: int) -> Node:
        """The constructs that no automaton handles."""
        if name in ("ASSERT", "ASSERT_NOT"):
            direction, body = value
            behind = None if direction > 0 else int(body.getwidth()[0])
            return Look(self.nodes(body, flags), behind, name == "ASSERT_NOT")
        if name == "ATOMIC_GROUP":
            return Atomic(self.nodes(value, flags))
        if name == "GROUPREF":
            return Again(value, bool(flags & re.IGNORECASE))
        if name == "GROUPREF_EXISTS":
            number, then, otherwise = value
            other = EMPTY if otherwise is None else self.nodes(otherwise, flags)
            return Condition(number, self.nodes(then, flags), other)
        return Octet(frozenset())  # FAILURE, an empty choice


def _octets(name: str, value: Any, flags: int) -> frozenset[int]:
    if name == "ANY":
        return _ALL if flags & re.DOTALL else _ALL - {10}
    if name == "LITERAL":
        return _folded({value}, flags)
    if name == "NOT_LITERAL":
        return _ALL - _folded({value}, flags)
    negative, found = False, set[int]()
    for op, each in value:
        if op.name == "NEGATE":
            negative = True
        elif op.name == "CATEGORY":
            found |= _category(each.name)
        else:
            low, high = each if op.name == "RANGE" else (each, each)
            found |= _folded(set(range(low, high + 1)), flags)
    return _ALL - found if negative else frozenset(found)


def _category(name: str) -> frozenset[int]:
    return _ALL - _CATEGORIES[name.replace("NOT_", "")] if "NOT_" in name else _CATEGORIES[name]


def _folded(octets: set[int], flags: int) -> frozenset[int]:
    """A set of octets with both cases of each letter, where case is ignored."""
    if not flags & re.IGNORECASE:
        return frozenset(octets)
    text = bytes(sorted(octets))
    return frozenset(text.lower() + text.upper() + text)
