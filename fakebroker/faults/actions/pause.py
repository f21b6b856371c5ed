"""The whole broker stands still."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fakebroker.faults.actions.action import Action, positive
from fakebroker.faults.crossing import Crossing
from fakebroker.faults.steps import Do, Pass, Step


@dataclass(frozen=True)
class Pause(Action):
    """Pause the whole broker just before the item passes, as a process that is stopped (SIGSTOP).

    The client sees its connection stay open, and no answer and no heartbeat on it; nor does any other client. Whoever
    connects is connected and hears nothing. When the broker goes on, all that was sent to it is handled.

    :param seconds: when it goes on; None for ``broker.resume()``.
    """

    seconds: float | None = None
    alone = True

    def validate(self) -> None:
        positive(self, "seconds")

    def steps(self, crossing: Crossing) -> Sequence[Step]:
        pause = Do("pause", {} if self.seconds is None else {"seconds": self.seconds})
        return (pause, Pass(crossing.item))
