"""The step limit of a search."""

from __future__ import annotations


class Exhausted(Exception):
    """The step limit is reached without a result."""


class Budget:
    """The steps that are left, for one search or for several together."""

    def __init__(self, steps: int) -> None:
        self._left = steps

    def spend(self, steps: int) -> None:
        """Use some steps.

        :raises Exhausted: when none are left.
        """
        self._left -= steps
        if self._left < 0:
            raise Exhausted
