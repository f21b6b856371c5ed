"""Chance: each rule draws from a stream of its own for each item.

So a rule that is taken out, or that acts more often, changes nothing of what the others draw.
"""

from __future__ import annotations

import random
from functools import cached_property


class Draws:
    """What one rule draws for one item.

    :param key: what the numbers depend on.
    """

    def __init__(self, *key: object) -> None:
        self._key = key

    @cached_property
    def rng(self) -> random.Random:
        """The stream. It is made when somebody draws: that takes longer than all else that is asked of an item."""
        return random.Random(":".join(map(str, self._key)))


NO_DRAWS = Draws()
"""Before a rule is asked."""
