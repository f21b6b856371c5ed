"""A command with other arguments."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from fakebroker.errors import RuleError
from fakebroker.faults.actions.action import Action
from fakebroker.faults.actions.commands import changed, check_value
from fakebroker.faults.crossing import Crossing
from fakebroker.faults.match import When
from fakebroker.faults.steps import Pass, Step
from fakebroker.predicates.vocabulary import named
from fakebroker.validation import near


@dataclass(frozen=True, init=False)
class Change(Action):
    """Let the command pass with other arguments: ``Change(message_count=5)``.

    The client sees the changed reply or delivery. On its way in, the broker handles a request other than the client's.

    :param arguments: arguments of the method, properties of the content, ``body``.
    """

    arguments: Mapping[str, object] = field(hash=False)
    target = "command"

    def __init__(self, **arguments: object) -> None:
        object.__setattr__(self, "arguments", arguments)
        self.__post_init__()

    def validate(self) -> None:
        if not self.arguments:
            raise RuleError("change: nothing is changed; name at least one argument")

    def check(self, when: When, place: str) -> None:
        super().check(when, place)
        covered = named(when.what)
        for name, value in self.arguments.items():
            owners = [command for command in covered if name in command.arguments]
            for command in owners:
                check_value(command, name, value, f"{place}: change")
            if not owners:
                hint = near(name, [argument for command in covered for argument in command.arguments])
                raise RuleError(f"{place}: {when.what} has no argument {name!r} to change{hint}")

    def steps(self, crossing: Crossing) -> Sequence[Step]:
        assert crossing.command is not None
        return (Pass(changed(crossing.command, self.arguments)),)
