"""How much memory that takes which rules have held up."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from fakebroker.faults import steps as do
from fakebroker.link.gate import Gated
from fakebroker.wire.command import Command

if TYPE_CHECKING:
    from fakebroker.link.carrier import Carrier

STEP = 500
"""Octets that a step takes beside the message or the bytes in it."""


def octets_held(carrier: Carrier) -> int:
    """About how many octets of memory the steps take that a carrier has still to carry out."""
    return sum(map(_octets_of, _steps(carrier)))


def _steps(carrier: Carrier) -> Iterator[Any]:
    for line in carrier.lines.values():
        # What waits for a release is among what is set aside.
        yield from (step for step in line.pending if not isinstance(step, Gated))
    for steps in carrier.set_aside.values():
        yield from steps


def _octets_of(step: do.Step) -> int:
    if isinstance(step, do.Write):
        return STEP + len(step.data)
    item = getattr(step, "item", None) or getattr(step, "command", None)
    if isinstance(item, Command) and item.content is not None:
        return STEP + len(item.content.header) + len(item.content.body)
    return STEP + len(getattr(item, "data", b""))
