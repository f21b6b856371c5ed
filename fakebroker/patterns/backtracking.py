"""A backtracking matcher, as Perl's: it tries one way after the other. It is for expressions that no automaton
handles."""

from __future__ import annotations

from collections.abc import Callable

from fakebroker.patterns.budget import Budget
from fakebroker.patterns.nodes import (
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
    holds,
)

Then = Callable[[int], bool]


def search(node: Node, text: bytes, budget: Budget) -> bool:
    """Is there a match anywhere?

    :raises Exhausted: when the step limit is reached.
    :raises RecursionError: when the search nests too deeply.
    """
    return any(_Attempt(text, budget).match(node, start, lambda end: True) for start in range(len(text) + 1))


class _Attempt:
    """A search that begins at one place. ``then`` is what has to match behind a node."""

    def __init__(self, text: bytes, budget: Budget) -> None:
        self._text = text
        self._budget = budget
        self._groups: dict[int, tuple[int, int]] = {}

    def match(self, node: Node, at: int, then: Then) -> bool:
        self._budget.spend(1)
        if isinstance(node, Octet):
            return at < len(self._text) and self._text[at] in node.allowed and then(at + 1)
        if isinstance(node, Sequence):
            return self._sequence(node.items, 0, at, then)
        if isinstance(node, Choice):
            return any(self.match(option, at, then) for option in node.options)
        if isinstance(node, At):
            return holds(node.where, self._text, at) and then(at)
        if isinstance(node, Repeat):
            return self._repeat(node, at, then)
        if isinstance(node, Group):
            return self._group(node, at, then)
        return self._more(node, at, then)

    def _more(self, node: Look | Atomic | Again | Condition, at: int, then: Then) -> bool:
        if isinstance(node, Atomic):
            end = self._first_end(node.body, at)
            return end is not None and then(end)
        if isinstance(node, Look):
            return self._look(node, at) != node.negative and then(at)
        if isinstance(node, Condition):
            return self.match(node.then if node.number in self._groups else node.otherwise, at, then)
        return self._again(node, at, then)

    def _sequence(self, items: tuple[Node, ...], index: int, at: int, then: Then) -> bool:
        if index == len(items):
            return then(at)
        return self.match(items[index], at, lambda end: self._sequence(items, index + 1, end, then))

    def _repeat(self, node: Repeat, at: int, then: Then) -> bool:
        if node.possessive:
            end = self._first_end(node._replace(possessive=False), at)
            return end is not None and then(end)
        if isinstance(node.body, Octet):
            return self._run(node, node.body.allowed, at, then)
        return self._times(node, 0, at, then)

    def _run(self, node: Repeat, allowed: frozenset[int], at: int, then: Then) -> bool:
        """Repeats of single octets."""
        most = len(self._text) - at if node.most is None else min(node.most, len(self._text) - at)
        count = 0
        while count < most and self._text[at + count] in allowed:
            count += 1
        self._budget.spend(count)
        counts = range(node.least, count + 1)
        return any(then(at + each) for each in (counts if node.lazy else reversed(counts)))

    def _times(self, node: Repeat, count: int, at: int, then: Then) -> bool:
        def once_more() -> bool:
            if node.most is not None and count >= node.most:
                return False
            # A body that matches the empty text would match it for ever.
            return self.match(
                node.body,
                at,
                lambda end: (end != at or count < node.least) and self._times(node, count + 1, end, then),
            )

        def enough() -> bool:
            return count >= node.least and then(at)

        return (enough() or once_more()) if node.lazy else (once_more() or enough())

    def _group(self, node: Group, at: int, then: Then) -> bool:
        before = self._groups.get(node.number)

        def matched(end: int) -> bool:
            inner = self._groups.get(node.number)
            self._groups[node.number] = (at, end)
            if then(end):
                return True
            self._set(node.number, inner)
            return False

        if self.match(node.body, at, matched):
            return True
        self._set(node.number, before)
        return False

    def _set(self, number: int, span: tuple[int, int] | None) -> None:
        if span is None:
            self._groups.pop(number, None)
        else:
            self._groups[number] = span

    def _again(self, node: Again, at: int, then: Then) -> bool:
        if node.number not in self._groups:
            return False
        begin, end = self._groups[node.number]
        wanted, found = self._text[begin:end], self._text[at : at + end - begin]
        self._budget.spend(end - begin)
        same = wanted.lower() == found.lower() if node.fold else wanted == found
        return same and then(at + end - begin)

    def _look(self, node: Look, at: int) -> bool:
        if node.behind is None:
            return self.match(node.body, at, lambda end: True)
        return at >= node.behind and self.match(node.body, at - node.behind, lambda end: end == at)

    def _first_end(self, node: Node, at: int) -> int | None:
        ends: list[int] = []

        def matched(end: int) -> bool:
            ends.append(end)
            return True

        return ends[0] if self.match(node, at, matched) else None
