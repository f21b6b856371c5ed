"""A matcher that never backtracks: it follows all ways through the expression at once, octet by octet (Thompson's
construction). Its state is a set of places in the expression. The next state for an octet is computed once and kept. It
handles expressions that are regular in the strict sense, and tells only whether there is a match.
"""

from __future__ import annotations

from typing import NamedTuple

from fakebroker.patterns.budget import Budget
from fakebroker.patterns.nodes import At, Choice, Group, Node, Octet, Repeat, Sequence, every, holds

LARGEST = 5_000
"""The most places in an expression, with its repetitions expanded."""
REMEMBERED = 100_000
"""The most places in all kept states of one expression."""


class TooLarge(Exception):
    """The expression has too many places."""


class _Place(NamedTuple):
    """A place in the expression. ``allowed`` are the octets that lead on; None where none is consumed. ``where`` is a
    condition that must hold, if there is one."""

    allowed: frozenset[int] | None
    where: str | None
    then: tuple[int, ...]


class _State:
    """A state: a set of places, and the next states by octet and by the conditions that hold."""

    def __init__(self, places: tuple[int, ...]) -> None:
        self.places = places
        self.moves: dict[tuple[int, tuple[bool, ...]], _State | None] = {}


class Automaton:
    """One expression.

    :raises TooLarge: when it has too many places.
    """

    def __init__(self, node: Node) -> None:
        self._places: list[_Place] = [_Place(None, None, ())]  # the first is the end
        self._start = self._put(node, 0)
        self._asked = tuple(dict.fromkeys(each.where for each in every(node) if isinstance(each, At)))
        self._first = _State((self._start,))
        self._states: dict[tuple[int, ...], _State] = {}
        self._remembered = 0

    def _add(self, place: _Place) -> int:
        if len(self._places) >= LARGEST:
            raise TooLarge
        self._places.append(place)
        return len(self._places) - 1

    def _put(self, node: Node, then: int) -> int:
        """Put a node before a place; returns where it begins."""
        if isinstance(node, Octet):
            return self._add(_Place(node.allowed, None, (then,)))
        if isinstance(node, At):
            return self._add(_Place(None, node.where, (then,)))
        if isinstance(node, Choice):
            return self._add(_Place(None, None, tuple(self._put(option, then) for option in node.options)))
        if isinstance(node, Sequence):
            for item in reversed(node.items):
                then = self._put(item, then)
            return then
        if isinstance(node, Repeat):
            return self._put_repeat(node, then)
        assert isinstance(node, Group), f"{node} is nothing regular"
        return self._put(node.body, then)

    def _put_repeat(self, node: Repeat, then: int) -> int:
        after = then
        if node.most is None:
            then = self._add(_Place(None, None, ()))
            self._places[then] = _Place(None, None, (self._put(node.body, then), after))
        else:
            for _ in range(node.most - node.least):
                then = self._add(_Place(None, None, (self._put(node.body, then), after)))
        for _ in range(node.least):
            then = self._put(node.body, then)
        return then

    def search(self, text: bytes, budget: Budget) -> bool:
        """Is there a match anywhere?

        :raises Exhausted: when the budget does not suffice.
        """
        state = self._first
        for at in range(len(text) + 1):
            octet = text[at] if at < len(text) else -1
            key = octet, tuple([holds(where, text, at) for where in self._asked])
            if key not in state.moves:
                state.moves[key] = self._move(state, *key, budget)
            found = state.moves[key]
            if found is None:
                return True
            state = found
        return False

    def _move(self, state: _State, octet: int, context: tuple[bool, ...], budget: Budget) -> _State | None:
        """The next state for an octet; None when a match is complete before it."""
        true = {where for where, holding in zip(self._asked, context, strict=True) if holding}
        seen = set(state.places)
        waiting = list(state.places)
        ahead = {self._start}
        while waiting:
            budget.spend(1)
            place = self._places[waiting.pop()]
            if place.allowed is not None:
                if octet in place.allowed:
                    ahead.add(place.then[0])
            elif place.where is None or place.where in true:
                fresh = [each for each in place.then if each not in seen]
                seen.update(fresh)
                waiting += fresh
        return None if 0 in seen else self._state(tuple(sorted(ahead)))

    def _state(self, places: tuple[int, ...]) -> _State:
        if places not in self._states:
            self._remembered += len(places)
            if self._remembered > REMEMBERED:
                self._states.clear()
                self._first = _State((self._start,))
                self._remembered = len(places)
            self._states[places] = _State(places)
        return self._states[places]
