"""What a named fault is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from fakebroker.faults.actions.action import Action
from fakebroker.faults.match import when
from fakebroker.faults.reach import Known, Passed, Standing
from fakebroker.faults.rule import Rule, rule
from fakebroker.predicates.addresses import Address

Make = Callable[[Address], tuple[Rule, ...]]
Obstacle = Callable[[Standing], str]


@dataclass(frozen=True)
class NamedFault:
    """Something that goes wrong, and has a name.

    :param name: such as ``"reset"``.
    :param family: one of ``"network"``, ``"broker"``, ``"protocol"``.
    :param summary: what the client sees, in one line.
    :param where: where it is tried, in a few words.
    """

    name: str
    family: str
    summary: str
    where: str
    _make: Make = field(repr=False)
    _obstacle: Obstacle = field(repr=False)

    def rules(self, address: Address) -> tuple[Rule, ...]:
        """Make the rules that have this, and nothing else, go wrong at the crossing or just behind it.

        :raises RuleError: when no such crossing can ever take it.
        """
        return self._make(address)

    def unable(self, entry: Passed, known: Known) -> str:
        """Say why it can't act at a crossing, or why no RabbitMQ could do it there; empty when it can.

        :param entry: the crossing, from the journal of a run in which nothing went wrong.
        :param known: what the whole of that journal tells.
        """
        standing = known.at(entry.number)
        if standing is None:
            return "it was not in the plain run"
        return self._obstacle(standing)

    def __str__(self) -> str:
        return self.name


def by(*actions: Action) -> Make:
    """One rule, with these actions."""
    return lambda address: (rule(when(crossing=address), *actions),)
