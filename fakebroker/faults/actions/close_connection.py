"""The broker closes the connection."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fakebroker.errors import RuleError
from fakebroker.faults.actions.action import Action, reply
from fakebroker.faults.crossing import Crossing
from fakebroker.faults.match import When
from fakebroker.faults.steps import Fail, Pass, Step


@dataclass(frozen=True)
class CloseConnection(Action):
    """Answer with ``connection.close``, the way the broker does for a real error; it waits for the close-ok.

    The client sees ``connection.close`` with this code and text in place of the item (or of an answer to it).

    :param code: the reply-code, 320 or any other.
    :param text: the reply-text, all of it.
    :param after: let the item pass first, then close.
    """

    code: int = 320
    text: str = "CONNECTION_FORCED - closed by a rule"
    after: bool = False
    target = "octets"
    timely = True

    def validate(self) -> None:
        reply(self)

    def check(self, when: When, place: str) -> None:
        super().check(when, place)
        if when.what in ("connection.close", "connection.close-ok"):
            raise RuleError(f"{place}: at {when.what} the connection is closing already")

    def applies_to(self, crossing: Crossing) -> bool:
        # A close is not answered with another. Or a rule for all that goes out would act on its own close.
        return super().applies_to(crossing) and not crossing.kind.startswith("connection.close")

    def steps(self, crossing: Crossing) -> Sequence[Step]:
        command = crossing.command
        asked = command is not None and crossing.direction == "in"
        ids = (command.method.class_id, command.method.id) if command is not None and asked else (0, 0)
        fail = Fail(0, self.code, self.text, ids)
        return (Pass(crossing.item), fail) if self.after else (fail,)
