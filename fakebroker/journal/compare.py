"""Finding the first difference between two conversations."""

from __future__ import annotations

from collections.abc import Sequence

CONTEXT = 3
"""How many lines are shown: equal ones before the difference, and those of each text behind it."""


def compare(first: str, second: str) -> str | None:
    """Compare two transcripts (or any two texts) by line.

    :returns: None when they are equal, else the first difference with the lines around it.
    """
    if first == second:
        return None
    return difference(first.splitlines(), second.splitlines())


def difference(first: Sequence[str], second: Sequence[str]) -> str:
    """Show where two lists begin to differ: the equal lines before, and how each goes on."""
    shared = min(len(first), len(second))
    place = next((index for index in range(shared) if first[index] != second[index]), shared)
    lines = [f"they first differ at {place + 1}:"]
    lines += [f"    {text}" for text in first[max(0, place - CONTEXT) : place]]
    for sign, side in (("-", first), ("+", second)):
        lines += [f"  {sign} {text}" for text in side[place : place + CONTEXT]] or [f"  {sign} (nothing more)"]
    return "\n".join(lines)
