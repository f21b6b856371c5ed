"""Cutting a diverging scenario down to the steps that matter (delta debugging)."""

from __future__ import annotations

from collections.abc import Callable

from tests.differential.scenario import Scenario, Step


def shrink(scenario: Scenario, diverges: Callable[[Scenario], bool], attempts: int = 150) -> Scenario:
    """The smallest scenario found that still diverges, with at most ``attempts`` tries."""
    steps = list(scenario.steps)
    size = max(len(steps) // 2, 1)
    while attempts > 0:
        start, removed = 0, False
        while start < len(steps) and attempts > 0:
            shorter = steps[:start] + steps[start + size :]
            attempts -= 1
            if shorter and diverges(scenario._replace(steps=shorter)):
                steps, removed = shorter, True
            else:
                start += size
        if size == 1 and not removed:
            break
        size = max(size // 2, 1)
    return scenario._replace(steps=_simpler(scenario, steps, diverges, attempts))


def _simpler(scenario: Scenario, steps: list[Step], diverges: Callable[[Scenario], bool], attempts: int) -> list[Step]:
    """Leave out arguments, one at a time."""
    for index, step in enumerate(steps):
        for key in list(step[2]) if len(step) > 2 and isinstance(step[2], dict) else []:
            if attempts <= 0:
                return steps
            attempts -= 1
            fewer = [*step[:2], {name: value for name, value in steps[index][2].items() if name != key}, *step[3:]]
            candidate = [*steps[:index], fewer, *steps[index + 1 :]]
            if diverges(scenario._replace(steps=candidate)):
                steps = candidate
    return steps
