"""An action that is drawn by chance."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fakebroker.errors import RuleError
from fakebroker.faults.actions.action import Action
from fakebroker.faults.crossing import Crossing
from fakebroker.faults.match import When
from fakebroker.faults.steps import Step


@dataclass(frozen=True)
class Weighted:
    """An action, and how likely it is drawn compared to the others."""

    weight: float
    action: Action


@dataclass(frozen=True)
class Chaos(Action):
    """Draw one of several actions by weight, among those that can act on the item; a rule acts every time.

    The client sees what the drawn action does; the transcript names it.

    :param choices: the actions with their weights.
    """

    choices: tuple[Weighted, ...]
    repeats = True

    def validate(self) -> None:
        if not self.choices:
            raise RuleError("chaos: choices is empty; give at least one action with its weight")
        for choice in self.choices:
            if choice.weight <= 0:
                raise RuleError(f"chaos: the weight of {choice.action.name()} must be more than 0, not {choice.weight}")

    def check(self, when: When, place: str) -> None:
        errors = []
        for choice in self.choices:
            try:
                choice.action.check(choice.action.completed(when), place)
                return
            except RuleError as error:
                errors.append(str(error))
        raise RuleError(f"{place}: none of the choices can act here: {'; '.join(errors)}")

    def applies_to(self, crossing: Crossing) -> bool:
        return any(choice.action.applies_to(crossing) for choice in self.choices)

    def drawn(self, crossing: Crossing) -> Action:
        """Draw one of the actions that can act on the item."""
        able = [choice for choice in self.choices if choice.action.applies_to(crossing)]
        bounds = list(itertools.accumulate(choice.weight for choice in able))
        point = crossing.rng.random() * bounds[-1]
        return next(
            (choice.action for choice, bound in zip(able, bounds, strict=False) if point < bound), able[-1].action
        )

    def steps(self, crossing: Crossing) -> Sequence[Step]:
        return self.drawn(crossing).steps(crossing)

    def to_json(self) -> dict[str, object]:
        return {
            "action": self.name(),
            "choices": [{"weight": choice.weight, **choice.action.to_json()} for choice in self.choices],
        }


def weighted(choices: Mapping[Action, float]) -> Chaos:
    """Make chaos of actions and their weights."""
    return Chaos(tuple(Weighted(weight, action) for action, weight in choices.items()))
