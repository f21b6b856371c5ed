"""One run of a scenario: what it has left to be judged."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from fakebroker.fake import FakeBroker

Load = Callable[[FakeBroker], None]
"""Told of the broker of a run, before the scenario meets it."""


class WrongWorld(Exception):
    """A scenario can't run in this world. The text says why, and which one would do."""


@dataclass
class Left:
    """What is there when a scenario has ended, each in words.

    :param connections: the connections that the client has not closed.
    :param calls: what is due in the clock, but for the broker's own.
    :param tasks: asyncio's tasks that have not ended.
    :param threads: the threads that have not ended.
    """

    connections: list[str] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    tasks: list[str] = field(default_factory=list)
    threads: list[str] = field(default_factory=list)

    def more_than(self, other: Left) -> str:
        """What is left here that was not left there: in one line; empty when there is nothing."""
        told = []
        for name, what in NAMES.items():
            here, there = getattr(self, name), getattr(other, name)
            extra = list(here)
            for each in there:
                if each in extra:
                    extra.remove(each)
            if len(here) > len(there):
                told.append(f"{what}: {', '.join(extra[: len(here) - len(there)])}")
        return "; ".join(told)


NAMES = {
    "connections": "connections that are still open",
    "calls": "calls that are still due",
    "tasks": "tasks that have not ended",
    "threads": "threads that have not ended",
}


@dataclass
class Run:
    """What a run has left.

    :param broker: the broker; None when the scenario has ended before there was one.
    :param error: what the scenario has raised.
    :param wrong: what the check of its end has raised.
    :param hung: why it would never have ended, in one line.
    :param place: where it hung.
    :param unhandled: errors that nobody has caught, which were logged.
    :param told: the errors that a test runner was told of, logged ones among them; None where there is none, and all
        that is logged counts.
    :param end: how many entries the journal had when the scenario ended.
    :param seconds: how long it has taken, in virtual time.
    :param skipped: why the scenario has not run: it asked to be skipped.
    """

    broker: FakeBroker | None = None
    error: BaseException | None = None
    wrong: BaseException | None = None
    hung: str = ""
    place: str = ""
    unhandled: list[BaseException] = field(default_factory=list)
    left: Left = field(default_factory=Left)
    told: list[BaseException] | None = None
    end: int | None = None
    seconds: float = 0.0
    skipped: str = ""

    def over(self) -> None:
        """The scenario has ended: what passes from here on is its broker's end."""
        if self.broker is not None:
            self.end, self.seconds = len(self.broker.journal), self.broker.clock.seconds()


class ScenarioWorld(Protocol):
    """Runs a scenario."""

    name: str
    ends_the_program: bool
    """Whether an error of the scenario is the end of its program, so that nothing is left behind by it."""

    def run(self, load: Load) -> Run:
        """Run it once, from the beginning.

        :param load: called with the broker, before the scenario begins.
        :raises WrongWorld: when it is for another world.
        """
