"""What becomes of one item: the rules that it fits are asked in turn, each about what those before have let pass."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence

from fakebroker.faults.actions.action import Action
from fakebroker.faults.actions.call import Call
from fakebroker.faults.actions.chaos import Chaos
from fakebroker.faults.active_rule import ActiveRule
from fakebroker.faults.crossing import Crossing
from fakebroker.faults.draws import Draws
from fakebroker.faults.match import When
from fakebroker.faults.steps import Item, Pass, Step, Write
from fakebroker.wire.command import Command


@dataclasses.dataclass(frozen=True)
class Fired:
    """Tells that a rule has acted: its number, what it did, on which item and where. ``str`` makes a line of it."""

    number: int
    action: Action
    item: Item
    address: str | None = None

    def __str__(self) -> str:
        return f"rule {self.number}: {self.action}"


class Evaluation:
    """Decides what becomes of one item, by the rules that it fits."""

    def __init__(
        self,
        seed: object,
        fitting: Sequence[ActiveRule],
        fired: Callable[[Fired], None],
        failed: Callable[[ActiveRule, Exception], None],
    ) -> None:
        self._seed = seed
        self._fitting = fitting
        self._fired = fired
        self._failed = failed
        self._draws_by_rule: dict[int, Draws] = {}
        self._served: list[When] = []

    def apply(self, crossing: Crossing, index: int) -> list[Step]:
        """Make the steps for the item. Only the rules from ``index`` on are asked."""
        for position in range(index, len(self._fitting)):
            loaded = self._fitting[position]
            current = dataclasses.replace(
                crossing, occurrence=loaded.occurrence, draws=self._draws_for(loaded, crossing)
            )
            if self._acts(loaded, current):
                return self._act(loaded, loaded.rule.then, current, position + 1)
        if crossing.data is None:
            return [Pass(crossing.item)]
        return [Write(crossing.data, said(crossing), crossing.copy)]

    def _draws_for(self, loaded: ActiveRule, crossing: Crossing) -> Draws:
        """What the rule draws. If another has doubled the item, it goes on drawing for the second."""
        draws = self._draws_by_rule.get(loaded.number)
        if draws is None:
            draws = self._draws_by_rule[loaded.number] = draws_of(self._seed, loaded, crossing)
        return draws

    def _acts(self, loaded: ActiveRule, crossing: Crossing) -> bool:
        rule = loaded.rule
        if loaded.spent_here or not rule.when.counts(loaded.occurrence):
            return False
        if not rule.then[0].applies_to(crossing):
            loaded.why_not = f"{rule.then[0]} can't act on what fitted"
            return False
        queued = rule.times is not None and rule.when.nth is None
        if queued and rule.when in self._served:
            loaded.why_not = "it was the turn of another rule with the same when"
            return False
        if rule.probability is not None and crossing.rng.random() >= rule.probability:
            loaded.why_not = f"with probability {rule.probability} it was not drawn"
            return False
        if queued:
            self._served.append(rule.when)
        loaded.act()
        return True

    def _act(self, loaded: ActiveRule, then: Sequence[Action], crossing: Crossing, behind: int) -> list[Step]:
        """Make the steps of these actions of a rule.

        What passes goes on to the rules from index ``behind`` on.
        """
        if not then:
            return self.apply(crossing, behind)
        action, *rest = then
        if not action.applies_to(crossing):
            return self._act(loaded, rest, crossing, behind)
        if isinstance(action, Chaos):
            action = action.drawn(crossing)
        self._fired(Fired(loaded.number, action, crossing.item, crossing.address))
        if isinstance(action, Call):
            return self._act(loaded, [*self._called(loaded, action, crossing), *rest], crossing, behind)
        steps: list[Step] = []
        passes = 0
        made = action.steps(crossing)
        beside = any(isinstance(step, Pass) for step in made)  # then the bytes written are not the item's
        writes = sum(isinstance(step, Write) for step in made)
        for step in made:
            if isinstance(step, Pass):
                passed = dataclasses.replace(crossing, item=step.item, data=None, copy=crossing.copy or passes > 0)
                passes += 1
                steps += self._act(loaded, rest, passed, behind)
            elif isinstance(step, Write):
                writes -= 1
                whole = crossing.whole and not writes and not beside
                written = dataclasses.replace(crossing, data=step.data, whole=whole)
                steps += self._act(loaded, rest, written, behind)
            else:
                steps.append(step)
        return steps

    def _called(self, loaded: ActiveRule, action: Call, crossing: Crossing) -> Sequence[Action]:
        """What a function of the user's says. If it raises, the test is told, and the item passes."""
        try:
            return action.chosen(crossing)
        except Exception as error:
            self._failed(loaded, error)
            return ()


def said(crossing: Crossing) -> Command | None:
    """The command that the client has received when the bytes are written; None when more pieces of it follow."""
    return crossing.command if crossing.whole and crossing.direction == "out" else None


def draws_of(seed: object, loaded: ActiveRule, crossing: Crossing) -> Draws:
    """What a rule draws for an item: by the seed, the rule's number, and which of the items it is that fit the rule.

    Where the rule draws once for a connection, it is by the connection's number instead.
    """
    if loaded.rule.drawn == "connection":
        return Draws(f"{seed}-faults", loaded.number, "connection", crossing.facts.number)
    return Draws(f"{seed}-faults", loaded.number, *loaded.counter, loaded.occurrence)
