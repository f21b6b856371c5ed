"""Regular expressions from users: none of them can keep the broker busy for long. RabbitMQ's expressions are PCRE's.
They work on octets and may match anywhere in a name. PCRE counts its steps; a search that reaches the limit has no
match, and so it is here. Python's own matcher has no step limit. It therefore gets only expressions that are provably
cheap, which is nearly all of them. The others go to an automaton, which takes one step for each octet. An automaton
can't handle lookahead, lookbehind and backreferences; expressions with those go to a backtracking matcher with a step
limit.
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
"""The most ways through an expression that Python's own matcher may have to try: some milliseconds."""
STEPS = 300_000
"""The step limit of one search by the other matchers: some tenths of a second."""
_LENGTHS = 1_000


class Pattern:
    """One regular expression.

    :param fold: whether case is ignored (ASCII letters).
    :raises PatternError: when it is invalid, or beyond PCRE's limits.
    """

    def __init__(self, pattern: bytes, fold: bool = False) -> None:
        self._node, self._python = read(pattern, fold)
        self._attempts: dict[int, int] = {}
        self._automaton: Automaton | None = None
        self._regular = not any(map(_irregular, every(self._node)))

    def search(self, text: bytes, budget: Budget | None = None) -> bool:
        """Is there a match anywhere in the text? A search that reaches the step limit has none.

        :param budget: a step limit for several searches together; by default each search has its own.
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
    """A compiled expression; the ones used last are kept.

    :param fold: whether case is ignored.
    :raises PatternError: when it is invalid.
    """
    return Pattern(pattern, fold)


@lru_cache(maxsize=1024)
def matches(pattern: bytes, text: bytes) -> bool:
    """Is there a match anywhere in the text? Results are kept, since the same few names are searched again and again.
    :raises PatternError: when the expression is invalid.
    """
    return compiled(pattern).search(text)
