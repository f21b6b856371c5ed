"""How many octets may still pass on one connection."""

from __future__ import annotations

from fakebroker.faults import steps as do
from fakebroker.faults.crossing import Way


class OctetLimits:
    """The limits of one connection."""

    def __init__(self) -> None:
        self._limits: list[tuple[do.Limit, int]] = []  # each with how many octets are left

    def __bool__(self) -> bool:
        return bool(self._limits)

    def add(self, limit: do.Limit) -> None:
        """Count from now on."""
        self._limits.append((limit, limit.octets))

    def take(self, direction: Way, octets: int) -> tuple[int, do.Step | None]:
        """Octets are to pass.

        :returns: how many of them may, and what stops the connection then; None if nothing does.
        """
        allowed, stops = octets, None
        for limit, left in self._limits:
            if direction in limit.ways and left <= allowed:
                allowed, stops = left, limit.then
        self._limits = [(limit, left - allowed if direction in limit.ways else left) for limit, left in self._limits]
        return allowed, stops
