"""The client's answers to what rules have sent it: the broker must not hear of them."""

from __future__ import annotations

from fakebroker.faults import steps as do
from fakebroker.wire.command import Command


class ExpectedAnswers:
    """The answers that one client is expected to give."""

    def __init__(self) -> None:
        self._expected: list[do.Expect] = []

    def add(self, step: do.Expect) -> None:
        """Expect one more answer."""
        self._expected.append(step)

    def take(self, command: Command) -> do.Expect | None:
        """What a command of the client answers; None when it answers nothing of a rule. It is not expected again."""
        for expected in self._expected:
            if expected.channel == command.channel and command.name in expected.commands:
                if all(getattr(command.args, name, None) == value for name, value in expected.arguments.items()):
                    self._expected.remove(expected)
                    return expected
        if command.name == "channel.open":
            # What was expected on the channel before does not count on this one: its delivery tags are others.
            self._expected = [each for each in self._expected if each.channel != command.channel]
        return None

    def clear(self) -> None:
        """Expect nothing more."""
        self._expected.clear()
