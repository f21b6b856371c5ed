"""Choices by a seed.

**Who goes next** is chosen by priorities (PCT: Burckhardt et al., A Randomized Scheduler with Probabilistic Guarantees
of Finding Bugs, 2010): each channel, queue or connection gets a random priority when it is first seen, the highest goes
first, and at a bounded number of random moments the one that goes falls to the lowest. A bug that needs d such changes
is found with a probability that does not depend on how many channels are idle in between. Some seeds choose anew each
time instead.

**Everything else** is taken at a rate that the seed draws for each liberty: in some runs never, in some seldom, in some
nearly always. So there are runs where one liberty alone is taken, and runs with all of them.
"""

from __future__ import annotations

import random
from collections.abc import Sequence

from fakebroker.liberties.chooser import Chooser
from fakebroker.liberties.names import LIBERTIES

CHANGES = 3
"""The most changes of priorities."""

RATES = (0.0, 0.05, 0.3, 0.9)
"""How often a liberty is taken."""

LONGEST = 10
"""The moments of the changes are among the first 2 ** LONGEST choices, at the most."""


class Seeded(Chooser):
    """Choices by a seed: the same seed, the same choices.

    :param changes: the most changes of priorities.
    """

    def __init__(
        self,
        seed: int = 0,
        takes: frozenset[str] = frozenset(LIBERTIES),
        changes: int = CHANGES,
        record: bool = False,
    ) -> None:
        super().__init__(takes, record)
        self.seed = seed
        self.changes = changes
        self._random = chance = random.Random(f"{seed}-liberties")
        self._rates = {liberty: chance.choice(RATES) for liberty in LIBERTIES}
        self._by_priority = chance.random() < 0.7
        length = 2 ** chance.randint(2, LONGEST)
        self._moments = frozenset(chance.randrange(length) for _ in range(chance.randint(0, changes)))
        self._priorities: dict[str, float] = {}
        self._lowest = 0.0
        self._picks = 0

    def _choose(self, liberty: str, number: int, options: int) -> int:
        chance = self._random
        return chance.randrange(1, options) if chance.random() < self._rates[liberty] else 0

    def _pick(self, liberty: str, number: int, keys: Sequence[str]) -> int:
        if not self._by_priority or not self._rates[liberty]:
            return self._choose(liberty, number, len(keys))
        priorities, place = self._priorities, self._picks
        self._picks += 1
        for key in keys:
            if key not in priorities:
                priorities[key] = self._random.random()
        best = max(range(len(keys)), key=lambda at: priorities[keys[at]])
        if place in self._moments:
            self._lowest -= 1
            priorities[keys[best]] = self._lowest
            best = max(range(len(keys)), key=lambda at: priorities[keys[at]])
        return best

    def again(self) -> Seeded:
        """A chooser with the same seed."""
        return Seeded(self.seed, self.takes, self.changes, self._record)

    def __str__(self) -> str:
        changes = "" if self.changes == CHANGES else f"/{self.changes}"
        takes = ",".join(name for name in LIBERTIES if name in self.takes)
        return f"{self.seed}{changes}" + ("" if len(self.takes) == len(LIBERTIES) else f":{takes}")
