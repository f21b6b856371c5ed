"""How much memory is taken by what rules hold up."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from fakebroker.faults import steps as do
from fakebroker.link.gate import Gated
from fakebroker.wire.command import Command

if TYPE_CHECKING:
    from fakebroker.link.step_runner import StepRunner

STEP = 500
"""Octets that a step takes besides the message or the bytes in it."""


def octets_held(runner: StepRunner) -> int:
    """About how many octets of memory are taken by the steps that a step runner has yet to carry out."""
    return sum(map(_octets_of, _steps(runner)))


def _steps(runner: StepRunner) -> Iterator[do.Step]:
    for lane in runner.lanes.values():
        # A gated step is among those that wait.
        yield from (step for step in lane.pending if not isinstance(step, Gated))
    yield from runner.waits.steps


def _octets_of(step: do.Step) -> int:
    if isinstance(step, do.Write):
        return STEP + len(step.data)
    item = getattr(step, "item", None) or getattr(step, "command", None)
    if isinstance(item, Command) and item.content is not None:
        return STEP + len(item.content.header) + len(item.content.body)
    return STEP + len(getattr(item, "data", b""))
