"""A frame on another channel."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fakebroker.errors import RuleError
from fakebroker.faults.actions.action import Action
from fakebroker.faults.actions.framing import frames
from fakebroker.faults.crossing import Crossing
from fakebroker.faults.steps import Step, Write
from fakebroker.wire.framing import HEAD, OVERHEAD


@dataclass(frozen=True)
class WrongChannel(Action):
    """Send the item's frames on another channel.

    The client sees a command on a channel that it has not opened, or that waits for something else. The answer that it
    waits for never comes.

    :param channel: the number, 0 to 65535.
    """

    channel: int
    way = "out"
    target = "octets"
    works_on_bytes = True

    def validate(self) -> None:
        if not 0 <= self.channel <= 0xFFFF:
            raise RuleError(f"wrong_channel: channel={self.channel} is no channel number")

    def steps(self, crossing: Crossing) -> Sequence[Step]:
        return (Write(b"".join(self._moved(part) for part in frames(crossing.octets()))),)

    def _moved(self, part: bytes) -> bytes:
        if len(part) < OVERHEAD or part.startswith(b"AMQP"):
            return part
        kind, _, size = HEAD.unpack_from(part)
        return HEAD.pack(kind, self.channel, size) + part[HEAD.size :]
