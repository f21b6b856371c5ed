"""What a verdict is, and the check that finds it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal

from fakebroker.ledger.event import Moment
from fakebroker.ledger.verdicts.evidence import Evidence

Level = Literal["off", "tell", "fail", "strict"]

LEVELS: tuple[Level, ...] = ("off", "tell", "fail", "strict")
"""``off`` does not look. ``tell`` tells and never fails. ``fail`` fails where the evidence is sure, and tells where it
is not. ``strict`` fails in both cases."""


@dataclass(frozen=True)
class Finding:
    """What a check has found: one fault of one client."""

    text: str
    """What the client did, in one or two sentences."""
    moments: tuple[Moment | None, ...]
    """What it rests on."""
    connection: int
    """The number of the connection on which it was done."""
    sure: bool = True
    """Whether no right client can have done this. Where a right client might, in rare cases, it is told and does not
    fail."""


@dataclass(frozen=True)
class Check:
    """A check of the clients.

    :param find: looks for the fault.
    :param limit: how often something may happen, for a check that counts; None for any other.
    """

    name: str
    """Such as ``published-twice``."""
    summary: str
    """What the client did, in a few words."""
    explanation: str
    """Why that is a fault, and what would be right."""
    level: Level
    """What it does unless somebody says otherwise."""
    find: Callable[[Evidence, int], Iterable[Finding]]
    limit: int | None = None


@dataclass(frozen=True)
class Verdict:
    """A verdict on a client."""

    name: str
    """The check's: ``published-twice``."""
    text: str
    """What the client did."""
    crossings: tuple[str, ...]
    """The addresses of the crossings that it rests on: ``1:in:basic.publish:3``."""
    connection: int
    """The number of the connection."""
    fails: bool
    """Whether it fails, or is told only."""

    def __str__(self) -> str:
        at = f" [{', '.join(self.crossings)}]" if self.crossings else ""
        return f"{self.name}: connection {self.connection}: {self.text}{at}"

    def to_json(self) -> dict[str, object]:
        """As JSON has it."""
        return {
            "name": self.name,
            "text": self.text,
            "crossings": list(self.crossings),
            "connection": self.connection,
            "fails": self.fails,
        }
