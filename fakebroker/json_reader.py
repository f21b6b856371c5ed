"""JSON as RabbitMQ 3.10 reads it. All JSON from outside is read here.

RabbitMQ reads JSON with jsx. It takes more than the standard allows (measured with 3.10.8):

- a comma behind the last item, a byte order mark, ``/* comments */`` and ``// comments``;
- strings in single quotes, control characters in strings, a backslash before any character (if that is no escape, the
  backslash stays);
- octets that are not UTF-8, and halves of a surrogate pair: each becomes U+FFFD.

It refuses numbers that do not fit into a double.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from typing import Any, NoReturn, TypeAlias

Json: TypeAlias = "bool | int | float | str | Sequence[Json] | Mapping[str, Json] | None"
"""What JSON can say."""

DEPTH = 512
"""How deep arrays and objects may be nested. RabbitMQ has no limit, Python has."""

DIGITS = 4000
"""How many digits a number may have. RabbitMQ has no limit; Python has one at 4300, since long numbers take it long."""

_HALF_PAIR = re.compile(r"\\u[dD][89a-fA-F]")
_LONG_NUMBER = re.compile(rf"(?<!\d)\d{{{DIGITS + 1}}}", re.ASCII)
_NUMBER = re.compile(r"(-?(?:0|[1-9]\d*))(\.\d+)?([eE][+-]?\d+)?", re.ASCII)
_SKIPPED = re.compile(r"(?:[ \t\r\n]+|/\*.*?\*/|//[^\n]*)*", re.DOTALL)
_PLAIN = {quote: re.compile(rf"[^{quote}\\]*") for quote in "\"'"}
_HEX = re.compile(r"u([0-9a-fA-F]{4})")
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", '"': '"', "'": "'", "/": "/", "\\": "\\"}
_WORDS = {"true": True, "false": False, "null": None}
_LOST = "\ufffd"
# Octets that are not UTF-8, as `surrogateescape` keeps them. A first octet and its continuations become one U+FFFD.
_NO_LETTER = re.compile(
    "[\udcc0-\udcdf][\udc80-\udcbf]?|[\udce0-\udcef][\udc80-\udcbf]{0,2}|[\udcf0-\udcf7][\udc80-\udcbf]{0,3}"
    "|[\ud800-\udfff]"
)


class JSONError(ValueError):
    """The document is not JSON, or too large. The text says where: ``line 2, column 7: a value is missing``."""


def parse_json(document: str | bytes) -> Any:
    """Read a document.

    :param document: octets are read as UTF-8.
    :raises JSONError: when RabbitMQ would refuse the document, or it is nested deeper than ``DEPTH``, or a number has
        more than ``DIGITS`` digits.
    """
    text = document.decode("utf-8", "surrogateescape") if isinstance(document, bytes) else document
    if not text.isascii():
        text = _NO_LETTER.sub(_LOST, text.removeprefix("\ufeff"))
    if not _HALF_PAIR.search(text) and not _LONG_NUMBER.search(text):
        try:
            value = json.loads(text, strict=False, parse_float=_double, parse_constant=_double)
        except (ValueError, RecursionError):
            pass  # read it again, as jsx does; if that fails as well, the error names the place
        else:
            if text.count("[") + text.count("{") > DEPTH:
                _check_depth(value)
            return value
    return _Reader(text).read()


def _double(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise JSONError(f"the number {_short(text)} does not fit into a double")
    return number


def _short(text: str) -> str:
    return text if len(text) <= 40 else f"{text[:37]}..."


def _check_depth(value: Json) -> None:
    level = [value]
    for _ in range(DEPTH):
        level = [item for each in level for item in _items(each)]
        if not level:
            return
    raise JSONError(f"it is nested more than {DEPTH} deep")


def _items(value: Json) -> list[Json]:
    """The arrays and objects in an array or object."""
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [item for item in inside if item.__class__ is dict or item.__class__ is list]


class _Reader:
    """Reads one document, character by character and without recursion."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._open: list[tuple[Any, str]] = []  # arrays and objects, each with the character that closes it
        self._keys: list[str] = []  # one for each object among them: where its next value goes

    def read(self) -> Json:
        """Read the whole document."""
        while True:
            value, complete = self._begin()
            while complete and self._open:
                value, complete = self._take(value)
            if complete:
                if self._next():
                    self._fail("there is something behind the end")
                return value

    def _begin(self) -> tuple[Json, bool]:
        """Begin to read a value. The second result is whether it is complete; if not, a value inside it comes next."""
        letter = self._next()
        if letter not in ("[", "{"):
            return self._scalar(letter), True
        if len(self._open) >= DEPTH:
            raise JSONError(f"it is nested more than {DEPTH} deep")
        self._at += 1
        container: Json = {} if letter == "{" else []
        closing = "}" if letter == "{" else "]"
        if self._next() == closing:
            self._at += 1
            return container, True
        self._open.append((container, closing))
        self._read_key(closing)
        return None, False

    def _take(self, value: Json) -> tuple[Json, bool]:
        """Put a value into the array or object around it. Returns that, and whether it ends here."""
        container, closing = self._open[-1]
        if closing == "}":
            container[self._keys.pop()] = value
        else:
            container.append(value)
        letter = self._next()
        if letter == ",":
            self._at += 1
            letter = self._next()
            if letter != closing:
                self._read_key(closing)
                return None, False
        if letter != closing:
            self._fail(f"a comma or {closing} is missing")
        self._at += 1
        self._open.pop()
        return container, True

    def _read_key(self, closing: str) -> None:
        if closing == "]":
            return
        quote = self._next()
        if quote not in _PLAIN:
            self._fail("a key in quotes is missing")
        self._keys.append(self._string(quote))
        if self._next() != ":":
            self._fail("a colon is missing")
        self._at += 1

    def _next(self) -> str:
        """The next character that is no blank and no comment; empty at the end."""
        skipped = _SKIPPED.match(self._text, self._at)
        assert skipped is not None, "nothing matches too"
        self._at = skipped.end()
        return self._text[self._at : self._at + 1]

    def _scalar(self, letter: str) -> Json:
        if letter in _PLAIN:
            return self._string(letter)
        for word, meaning in _WORDS.items():
            if self._text.startswith(word, self._at):
                self._at += len(word)
                return meaning
        number = _NUMBER.match(self._text, self._at)
        if number is None:
            self._fail("a value is missing")
        if number.end() - number.start() > DIGITS:
            self._fail(f"a number has more than {DIGITS} digits")
        try:
            value = _double(number[0]) if number[2] or number[3] else int(number[0])
        except JSONError as error:
            self._fail(str(error))
        self._at = number.end()
        return value

    def _string(self, quote: str) -> str:
        plain, parts = _PLAIN[quote], []
        begin = self._at
        self._at += 1
        while True:
            found = plain.match(self._text, self._at)
            assert found is not None, "nothing matches too"
            parts.append(found[0])
            self._at = found.end() + 1
            ending = self._text[found.end() : self._at]
            if ending == quote:
                return "".join(parts)
            if not ending:
                self._at = begin
                self._fail("a string has no end")
            parts.append(self._escaped())

    def _escaped(self) -> str:
        """Read what stands behind a backslash. If it is no escape, the backslash stands for itself."""
        letter = self._text[self._at : self._at + 1]
        if letter in _ESCAPES:
            self._at += 1
            return _ESCAPES[letter]
        unit = self._hex(self._at)
        if unit is None:
            return "\\"
        self._at += 5
        if not 0xD800 <= unit < 0xE000:
            return chr(unit)
        half = self._hex(self._at + 1) if unit < 0xDC00 and self._text[self._at : self._at + 1] == "\\" else None
        if half is None:
            return _LOST
        self._at += 6
        if 0xDC00 <= half < 0xE000:
            return chr(0x10000 + ((unit - 0xD800) << 10) + half - 0xDC00)
        return _LOST * 2

    def _hex(self, at: int) -> int | None:
        found = _HEX.match(self._text, at)
        return None if found is None else int(found[1], 16)

    def _fail(self, what: str) -> NoReturn:
        before = self._text[: self._at]
        column = self._at - (before.rfind("\n") + 1) + 1
        raise JSONError(f"line {before.count(chr(10)) + 1}, column {column}: {what}")
