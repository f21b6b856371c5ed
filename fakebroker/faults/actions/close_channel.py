"""The broker closes the channel."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fakebroker.errors import RuleError
from fakebroker.faults.actions.action import Action, reply
from fakebroker.faults.crossing import Crossing
from fakebroker.faults.match import When
from fakebroker.faults.steps import Fail, Pass, Step


@dataclass(frozen=True)
class CloseChannel(Action):
    """Answer with ``channel.close``, the way the broker does for a real error; it waits for the close-ok.

    The client sees ``channel.close`` with this code and text in place of the item (or of an answer to it); the
    channel's consumers and unacknowledged deliveries are gone at the broker, too.

    :param code: the reply-code, 404 or any other.
    :param text: the reply-text, all of it.
    :param after: let the item pass first, then close.
    """

    code: int = 406
    text: str = "PRECONDITION_FAILED - closed by a rule"
    after: bool = False
    target = "command"

    def validate(self) -> None:
        reply(self)

    def check(self, when: When, place: str) -> None:
        super().check(when, place)
        if when.what is not None and when.what.startswith("connection."):
            raise RuleError(f"{place}: {when.what} belongs to no channel; close_connection acts on it")
        if when.what in ("channel.close", "channel.close-ok"):
            raise RuleError(f"{place}: at {when.what} the channel is closing already")

    def steps(self, crossing: Crossing) -> Sequence[Step]:
        command = crossing.command
        assert command is not None
        ids = (command.method.class_id, command.method.id) if crossing.direction == "in" else (0, 0)
        fail = Fail(crossing.channel, self.code, self.text, ids)
        return (Pass(crossing.item), fail) if self.after else (fail,)

    def applies_to(self, crossing: Crossing) -> bool:
        # A close is not answered with another. Or a rule for all that goes out would act on its own close.
        return super().applies_to(crossing) and crossing.channel != 0 and not crossing.kind.startswith("channel.close")
