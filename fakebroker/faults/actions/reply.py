"""Another answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from fakebroker.errors import RuleError
from fakebroker.faults.actions.action import Action
from fakebroker.faults.actions.commands import build, check_arguments, known
from fakebroker.faults.crossing import Crossing
from fakebroker.faults.steps import Send, Step


@dataclass(frozen=True, init=False)
class Reply(Action):
    """Answer with another command: ``Reply("basic.get-empty")``.

    The client sees this answer. If the rule acts on a request, the broker never learns of the request. If it acts on
    the broker's reply, the broker has carried out the request. If the client's version of AMQP has no such command,
    all is as without the rule.

    :param command: the command's name.
    :param arguments: its arguments, properties of its content, ``body``. What is left out is empty or zero.
    """

    command: str
    arguments: Mapping[str, object] = field(hash=False)
    target = "octets"

    def __init__(self, command: str, /, **arguments: object) -> None:
        object.__setattr__(self, "command", command)
        object.__setattr__(self, "arguments", arguments)
        self.__post_init__()

    def validate(self) -> None:
        answer = known(self.command, "reply")
        check_arguments(answer, self.arguments, "reply")
        if "out" not in answer.directions:
            raise RuleError(f"reply: only clients send {self.command}")

    def applies_to(self, crossing: Crossing) -> bool:
        # A client of a version that has no such command can't be sent it.
        return super().applies_to(crossing) and self.command in crossing.facts.spec.methods

    def steps(self, crossing: Crossing) -> Sequence[Step]:
        return (Send(build(crossing, self.command, self.arguments)),)
