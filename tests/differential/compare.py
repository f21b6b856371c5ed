"""Where two runs of a scenario part, and how to show it in a few lines."""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import zip_longest
from typing import Any, NamedTuple

from tests.differential.scenario import Scenario


class Divergence(NamedTuple):
    """The first step that was answered differently."""

    scenario: Scenario
    step: int
    expected: list[Any]
    got: list[Any]

    def __str__(self) -> str:
        scenario = self.scenario
        lines = [f"{scenario.name} ({scenario.version}), step {self.step} of {len(scenario.steps)}:"]
        lines += [f"    {dump(step)}" for step in scenario.steps[: self.step]]
        lines.append(f"  > {dump(scenario.steps[self.step])}")
        for expected, got in zip_longest(self.expected, self.got):
            if same(expected, got):
                lines.append(f"      {dump(expected)}")
            else:
                lines += [f"    - {dump(expected)}"] if expected is not None else []
                lines += [f"    + {dump(got)}"] if got is not None else []
        return "\n".join(lines)


def dump(value: Any) -> str:
    """Compact JSON. The order of keys counts: a table keeps it."""
    return json.dumps(value, separators=(",", ":"))


def same(one: Any, other: Any) -> bool:
    """Equal to the last detail: ``1`` is not ``true``, and keys stand in the same order."""
    return dump(one) == dump(other)


def first_divergence(scenario: Scenario, expected: Sequence[Any], got: Sequence[Any]) -> Divergence | None:
    """The first step with different answers, if any."""
    if same(list(expected), list(got)):
        return None
    for index, (left, right) in enumerate(zip_longest(expected, got)):
        if not same(left, right):
            return Divergence(scenario, index, left, right)
    return None
