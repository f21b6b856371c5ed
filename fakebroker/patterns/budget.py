"""How much work a search may be."""

from __future__ import annotations


class Exhausted(Exception):
    """The work that was allowed is done, and there is no answer yet."""


class Budget:
    """Steps that may be taken, by one search or by many together."""

    def __init__(self, steps: int) -> None:
        self._left = steps

    def spend(self, steps: int) -> None:
        """Take some.

        :raises Exhausted: when there are no more.
        """
        self._left -= steps
        if self._left < 0:
            raise Exhausted
