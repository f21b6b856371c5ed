"""Whatever a function of the user's says."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from fakebroker.errors import RuleError
from fakebroker.faults.actions.action import Action
from fakebroker.faults.at_hand import ItemAtHand
from fakebroker.faults.crossing import Crossing
from fakebroker.faults.steps import Pass, Step


@dataclass(frozen=True)
class Call(Action):
    """Call a function with the item at hand, and do what it says: ``Call(lambda item: item.do(Drop()))``.

    The client sees what those actions do; if there are none, the item just passes. If the function raises, the test is
    told of the error, as of every error in the broker, and the item passes. Such a rule has no JSON form.

    :param function: is called with an :class:`~fakebroker.faults.at_hand.ItemAtHand`. It calls ``item.do(...)``, or
        returns an action or several.
    """

    function: Any

    def validate(self) -> None:
        if not callable(self.function):
            raise RuleError(f"call: function={self.function!r} is not a function of the item at hand")

    def chosen(self, crossing: Crossing) -> Sequence[Action]:
        """Call the function.

        :returns: the actions that are to act on the item.
        :raises RuleError: when one of them is none, or can't act on the item.
        """
        item = ItemAtHand(crossing)
        function: Callable[[ItemAtHand], Action | Sequence[Action] | None] = self.function
        returned = function(item)
        if isinstance(returned, Action):
            returned = (returned,)
        actions = [*item.actions, *(returned or ())]
        for action in actions:
            if not isinstance(action, Action):
                raise RuleError(f"{self} said {action!r}, which is not an action")
            if not action.applies_to(crossing):
                raise RuleError(f"{self} said {action}, which can't act on {crossing.kind}")
        return actions

    def steps(self, crossing: Crossing) -> Sequence[Step]:
        return (Pass(crossing.item),)  # what was chosen acts in its place

    def to_json(self) -> dict[str, object]:
        raise RuleError(f"{self} has a function, which can't be written in JSON")

    def __str__(self) -> str:
        return f"Call({getattr(self.function, '__name__', None) or repr(self.function)})"
