"""Another protocol."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fakebroker.errors import RuleError
from fakebroker.faults.actions.action import Action
from fakebroker.faults.crossing import Crossing
from fakebroker.faults.steps import End, Step, Write


@dataclass(frozen=True)
class ForeignHeader(Action):
    """Answer the protocol header with another one and hang up, as a broker does that speaks another version.

    The client sees these octets in the place of ``connection.start``, and the end of the connection.

    :param data: eight octets; by default those of AMQP 1.0.
    """

    data: bytes = b"AMQP\x00\x01\x00\x00"
    default_what = "protocol-header"
    way = "in"
    target = "octets"

    def validate(self) -> None:
        if not self.data:
            raise RuleError("foreign_header: data is what to answer, and not empty")

    def steps(self, crossing: Crossing) -> Sequence[Step]:
        return (Write(self.data), End("close"))
