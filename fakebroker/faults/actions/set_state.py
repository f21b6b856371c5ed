"""The broker's state gets another name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fakebroker.faults.actions.action import Action
from fakebroker.faults.crossing import Crossing
from fakebroker.faults.steps import Enter, Pass, Step


@dataclass(frozen=True)
class SetState(Action):
    """Name the broker's state, for rules that ask for it: ``when("basic.publish", state="after-login")``.

    The client sees nothing of it.

    :param state: the name, as ``broker.faults.state`` has it from then on; ``""`` is the state at the beginning.
    :param after: let the item pass first, and name the state when it has been handled.
    """

    state: str
    after: bool = False
    alone = True

    def steps(self, crossing: Crossing) -> Sequence[Step]:
        enter, passing = Enter(self.state), Pass(crossing.item)
        return (passing, enter) if self.after else (enter, passing)
