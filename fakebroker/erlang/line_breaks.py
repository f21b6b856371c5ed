"""Long terms as Erlang's ``~p`` breaks them into lines, for the error texts that quote a table or an array."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import NamedTuple, Union

_LINE = 80


class TermGroup(NamedTuple):
    """A list or a tuple: its brackets and what is in it."""

    brackets: str
    items: Sequence[TermNode]


TermNode = Union[str, TermGroup]  # noqa: UP007 - a forward reference, which | does not take before 3.12


def flat(node: TermNode) -> str:
    """All on one line."""
    parts: list[str] = []
    waiting: list[TermNode] = [node]
    while waiting:
        at = waiting.pop()
        if isinstance(at, str):
            parts.append(at)
            continue
        parts.append(at.brackets[0])
        waiting.append(at.brackets[1])
        for index, item in enumerate(reversed(at.items)):
            waiting += [",", item] if index else [item]
    return "".join(parts)


def lay_out(node: TermNode, column: int) -> str:
    """On one line if it fits, else broken after commas.

    :param column: where it begins, counted from 1.
    """
    whole = flat(node)
    if len(whole) < _LINE - column:
        return whole
    for indent in (BEHIND_THE_TAG, 4):
        with suppress(_TooFarRight):
            return _Layout(len(whole), indent).text(node, column, 0, 0)
    return _Layout(len(whole), 1).text(node, column, 0, 0)


BEHIND_THE_TAG = -1
"""What is in a tagged tuple begins behind its tag, and not so many columns to the right of the tuple."""


class _TooFarRight(Exception):
    """With this indentation something would begin in the right half of a line."""


class _Layout:
    """A way to break a whole term (Erlang/OTP 25: io_lib_pretty:pp).

    ``closing`` is always how many brackets have to fit behind a node, ``width`` how many characters the node's line has
    so far, without its indentation.

    :param most: the length of the whole term.
    :param indent: how far what is in a tagged tuple is indented.
    """

    def __init__(self, most: int, indent: int) -> None:
        self._most = most
        self._indent = indent

    def text(self, node: TermNode, column: int, closing: int, width: int) -> str:
        """A node that begins in that column."""
        whole = flat(node)
        if _is_leaf(node) or self._fits(len(whole), column, closing, width):
            return whole
        assert isinstance(node, TermGroup), "others are leaves"
        if _is_tagged(node):
            inside = self._behind_tag(node, column, closing, width + 1)
        else:
            inside = self._rows(node.items, column + 1, closing, width + 1)
        return node.brackets[0] + inside + node.brackets[1]

    def _fits(self, length: int, column: int, closing: int, width: int) -> bool:
        return length < _LINE - column - closing and length + width + closing <= self._most

    def _behind_tag(self, node: TermGroup, column: int, closing: int, width: int) -> str:
        tag, behind = flat(node.items[0]), column + len(flat(node.items[0])) + 2
        if 0 < self._indent < behind - column:
            self._check(column + self._indent)
            items = node.items[1:]
            return tag + self._more(items, column + self._indent, behind, closing, width + len(tag))
        self._check(behind + 1)
        return f"{tag},{self._rows(node.items[1:], behind, closing, width + len(tag) + 1)}"

    def _check(self, column: int) -> None:
        if self._indent != 1 and self._most + column > _LINE and column > _LINE // 2:
            raise _TooFarRight

    def _rows(self, items: Sequence[TermNode], column: int, closing: int, width: int) -> str:
        text, at, width = self._item(items[0], column, closing + 1 if len(items) == 1 else 0, width)
        return text + self._more(items[1:], column, at, closing, width)

    def _more(self, items: Sequence[TermNode], column: int, at: int, closing: int, width: int) -> str:
        """Leaves fill a line as far as they go; a list or tuple has lines of its own."""
        parts: list[str] = []
        for index, item in enumerate(items):
            behind = closing + 1 if index == len(items) - 1 else 0
            length = 1 + len(flat(item))
            if _is_leaf(item) and self._fits(length, at, behind or 1, width):
                parts.append("," + flat(item))
                at, width = at + length, width + length
            else:
                text, at, width = self._item(item, column, behind, 0)
                parts.append(",\n" + " " * (column - 1) + text)
        return "".join(parts)

    def _item(self, node: TermNode, column: int, closing: int, width: int) -> tuple[str, int, int]:
        """A node, the column behind it, and the width of its line; nothing more goes into the line of a group."""
        length = len(flat(node))
        if _is_leaf(node) and self._fits(length, column, closing, width):
            return flat(node), column + length, width + length
        return self.text(node, column, closing, width), _LINE, 0


def _is_leaf(node: TermNode) -> bool:
    return isinstance(node, str) or not node.items


def _is_tagged(node: TermGroup) -> bool:
    """Is it a tuple that begins with an atom?"""
    return node.brackets == "{}" and len(node.items) > 1 and flat(node.items[0])[0].islower()
