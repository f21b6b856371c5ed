"""The nodes of a regular expression over octets."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple


class Octet(NamedTuple):
    """One octet of a set."""

    allowed: frozenset[int]


class Sequence(NamedTuple):
    """Nodes that match one after the other."""

    items: tuple[Node, ...]


class Choice(NamedTuple):
    """A choice: the first option that leads to a match wins."""

    options: tuple[Node, ...]


class Repeat(NamedTuple):
    """``least`` to ``most`` times, None for any number; ``possessive`` gives nothing back."""

    body: Node
    least: int
    most: int | None
    lazy: bool
    possessive: bool


class At(NamedTuple):
    """A condition between octets; ``where`` is one of the names in :func:`holds`."""

    where: str


class Group(NamedTuple):
    """A group that is captured under a number, for backreferences."""

    number: int
    body: Node


class Look(NamedTuple):
    """A lookahead, or a lookbehind of ``behind`` octets. It consumes nothing."""

    body: Node
    behind: int | None
    negative: bool


class Atomic(NamedTuple):
    """An atomic group: only the first way in which the body matches counts."""

    body: Node


class Again(NamedTuple):
    """A backreference: the text of a group once more."""

    number: int
    fold: bool


class Condition(NamedTuple):
    """A conditional: which option applies depends on whether a group has matched."""

    number: int
    then: Node
    otherwise: Node


Node = Octet | Sequence | Choice | Repeat | At | Group | Look | Atomic | Again | Condition
EMPTY = Sequence(())
_WORD = frozenset(b"0123456789_abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")


def inside(node: Node) -> tuple[Node, ...]:
    """The child nodes."""
    if isinstance(node, Sequence):
        return node.items
    if isinstance(node, Choice):
        return node.options
    if isinstance(node, Condition):
        return (node.then, node.otherwise)
    return (node.body,) if isinstance(node, (Repeat, Group, Look, Atomic)) else ()


def every(node: Node) -> Iterator[Node]:
    """A node and all below it."""
    waiting = [node]
    while waiting:
        at = waiting.pop()
        yield at
        waiting.extend(inside(at))


def holds(where: str, text: bytes, at: int) -> bool:
    """Does the condition hold at that place in the text?

    ``start`` and ``end`` are those of the text, ``last`` is the end too, or before a line feed that ends the text;
    ``line start`` and ``line end`` are those of each line; ``word`` is where a word begins or ends.
    """
    if where == "start":
        return at == 0
    if where == "end":
        return at == len(text)
    if where == "last":
        return at == len(text) or (at == len(text) - 1 and text[at] == 10)
    if where == "line start":
        return at == 0 or text[at - 1] == 10
    if where == "line end":
        return at == len(text) or text[at] == 10
    edge = (at > 0 and text[at - 1] in _WORD) != (at < len(text) and text[at] in _WORD)
    return edge == (where == "word")
