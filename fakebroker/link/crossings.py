"""Which step carries the number of a crossing: the first that lets the item go on. What else a rule sends has none."""

from __future__ import annotations

from collections.abc import Sequence

from fakebroker.faults import steps as do
from fakebroker.faults.crossing import kind_of
from fakebroker.predicates.addresses import Numbered


def numbered_as(crossing: Numbered, item: do.Item, steps: Sequence[do.Step]) -> list[do.Step]:
    """The steps that rules have made of an item, with its number where it goes on, now or later."""
    found = list(steps)
    for place, step in enumerate(found):
        if isinstance(step, (do.Pass, do.Hold, do.Behind)) and kind_of(step.item) == kind_of(item):
            found[place] = step._replace(crossing=crossing)
            break
    return found
