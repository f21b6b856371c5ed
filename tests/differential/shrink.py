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
    """Leave out arguments, or methods of a burst, one at a time."""
    index = 0
    while index < len(steps):
        for step in _variants(steps[index]):
            candidate = [*steps[:index], step, *steps[index + 1 :]]
            if attempts <= 0:
                return steps
            attempts -= 1
            if diverges(scenario._replace(steps=candidate)):
                steps = candidate
                break
        else:
            index += 1
    return steps


def _variants(step: Step) -> list[Step]:
    """The step with one thing less, in every way."""
    if step[1] == "burst":
        return [[*step[:2], step[2][:at] + step[2][at + 1 :]] for at in range(len(step[2]))]
    if "." not in step[1] or len(step) < 3:
        return []
    return [
        [*step[:2], {name: value for name, value in step[2].items() if name != key}, *step[3:]] for key in step[2]
    ]
