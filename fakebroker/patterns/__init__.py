"""Regular expressions that come from outside: nobody can write one that keeps the broker busy for long.

RabbitMQ's expressions are PCRE's, over octets, searched for anywhere in a name. PCRE counts its steps, and what has
no match when they are used up has none; so here. Python's own matcher does not count, so it gets what is plainly
harmless, which is nearly everything; the rest goes to an automaton, which takes one step for each octet, and what no
automaton can match (what looks ahead or behind, or asks for a group again) to a matcher that counts.
"""

from __future__ import annotations

from functools import lru_cache

from fakebroker.patterns import backtracking
from fakebroker.patterns.automaton import Automaton, TooLarge
from fakebroker.patterns.budget import Budget, Exhausted
from fakebroker.patterns.cost import attempts
from fakebroker.patterns.nodes import Again, Atomic, Condition, Look, Node, Repeat, every
from fakebroker.patterns.reading import PatternError, read

__all__ = ["Budget", "Pattern", "PatternError", "compiled", "matches"]

HARMLESS = 100_000
"""Ways through an expression that Python's own matcher may try: some milliseconds."""
STEPS = 300_000
"""Steps of one search by the other matchers: some tenths of a second."""
_LENGTHS = 1_000


class Pattern:
    """One expression.

    :param fold: capitals are like small letters (of ASCII).
    :raises PatternError: when it is none, or one beyond PCRE's limits.
    """

    def __init__(self, pattern: bytes, fold: bool = False) -> None:
        self._node, self._python = read(pattern, fold)
        self._attempts: dict[int, int] = {}
        self._automaton: Automaton | None = None
        self._regular = not any(map(_irregular, every(self._node)))

    def search(self, text: bytes, budget: Budget | None = None) -> bool:
        """Is there a match anywhere in the text? None that can be found in a reasonable time counts as none.

        :param budget: for several searches together; by default each may take as long as is reasonable.
        """
        if self._harmless(len(text)):
            return self._python.search(text) is not None
        return self._counted(text, Budget(STEPS) if budget is None else budget)

    def _harmless(self, length: int) -> bool:
        if length not in self._attempts:
            if len(self._attempts) > _LENGTHS:
                self._attempts.clear()
            self._attempts[length] = attempts(self._node, length)
        return self._attempts[length] <= HARMLESS

    def _counted(self, text: bytes, budget: Budget) -> bool:
        try:
            if self._regular:
                if self._automaton is None:
                    self._automaton = Automaton(self._node)
                return self._automaton.search(text, budget)
        except TooLarge:
            self._regular = False
        except Exhausted:
            return False
        try:
            return backtracking.search(self._node, text, budget)
        except (Exhausted, RecursionError):
            return False


def _irregular(node: Node) -> bool:
    return isinstance(node, (Look, Atomic, Again, Condition)) or (isinstance(node, Repeat) and node.possessive)


@lru_cache(maxsize=256)
def compiled(pattern: bytes, fold: bool = False) -> Pattern:
    """An expression, from those that were used last.

    :param fold: capitals are like small letters.
    :raises PatternError: when it is none.
    """
    return Pattern(pattern, fold)


@lru_cache(maxsize=1024)
def matches(pattern: bytes, text: bytes) -> bool:
    """Is there a match anywhere in the text? The same few names are asked for again and again.

    :raises PatternError: when it is no expression.
    """
    return compiled(pattern).search(text)
