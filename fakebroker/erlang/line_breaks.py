"""Long terms as Erlang's ``~p`` breaks them into lines, for the error texts that quote a table or an array."""

from __future__ import annotations

from collections.abc import Sequence
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


def lay_out(node: TermNode, column: int, closing: int = 1) -> str:
    """On one line if it fits, else broken after commas.

    :param column: where it begins, counted from 1.
    :param closing: how many brackets have to fit behind it.
    """
    text = flat(node)
    if isinstance(node, str) or len(text) < _LINE - column - closing + 1:
        return text
    start, end = node.brackets[0], node.brackets[1]
    if _is_tagged(node):
        tag = f"{start}{flat(node.items[0])},"
        rest = lay_out(node.items[1], column + len(tag), closing + 1)
        if not _breaks_a_row(node.items[1], column + len(tag)):
            return tag + rest + end
    return start + _items(node.items, column + 1, closing) + end


def _items(items: Sequence[TermNode], column: int, closing: int) -> str:
    """Plain items fill a line as far as they go; a list or tuple has lines of its own."""
    text, at = "", column
    for index, item in enumerate(items):
        behind = closing + 1 if index == len(items) - 1 else 1
        plain = flat(item) if isinstance(item, str) else None
        if index and (plain is None or at >= _LINE or len(plain) + 1 + behind > _LINE - at):
            text += ",\n" + " " * (column - 1)
            at = column
        elif index:
            text += ","
            at += 1
        text += lay_out(item, at, behind)
        at = _LINE if plain is None else at + len(plain)
    return text


def _is_tagged(node: TermGroup) -> bool:
    """Is it the pair of a type and a value, as arrays have them?"""
    return node.brackets == "{}" and len(node.items) == 2 and isinstance(node.items[1], TermGroup)


def _breaks_a_row(node: TermNode, column: int) -> bool:
    rows = node.items if isinstance(node, TermGroup) else ()
    return any(len(flat(row)) >= _LINE - column - 2 for row in rows)
