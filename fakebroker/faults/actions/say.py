"""A command that the broker sends unasked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from fakebroker.errors import RuleError
from fakebroker.faults.actions.action import Action
from fakebroker.faults.actions.commands import build, check_arguments, known
from fakebroker.faults.crossing import Crossing
from fakebroker.faults.steps import Pass, Send, Step


@dataclass(frozen=True, init=False)
class Say(Action):
    """Send one more command beside the item: ``Say("basic.deliver", consumer_tag="gone", body="late")``.

    The client sees the command behind the item, or before it. If its version of AMQP has no such command, it sees the
    item alone.

    :param command: the command's name.
    :param before: send it before the item, not behind it.
    :param channel: the channel to send it on; None for the item's.
    :param arguments: its arguments, properties of its content, ``body``. What is left out is empty or zero.
    """

    command: str
    arguments: Mapping[str, object] = field(hash=False)
    before: bool = False
    channel: int | None = None

    def __init__(
        self, command: str, /, *, before: bool = False, channel: int | None = None, **arguments: object
    ) -> None:
        object.__setattr__(self, "command", command)
        object.__setattr__(self, "arguments", arguments)
        object.__setattr__(self, "before", before)
        object.__setattr__(self, "channel", channel)
        self.__post_init__()

    def validate(self) -> None:
        said = known(self.command, "say")
        check_arguments(said, self.arguments, "say")
        if self.channel is not None and not 0 <= self.channel <= 65535:
            raise RuleError(f"say: channel={self.channel} is no channel number")
        if "out" not in said.directions:
            raise RuleError(f"say: only clients send {self.command}")

    def applies_to(self, crossing: Crossing) -> bool:
        # A client of a version that has no such command can't be sent it.
        return super().applies_to(crossing) and self.command in crossing.facts.spec.methods

    def steps(self, crossing: Crossing) -> Sequence[Step]:
        saying = Send(build(crossing, self.command, self.arguments, self.channel))
        return (saying, Pass(crossing.item)) if self.before else (Pass(crossing.item), saying)
