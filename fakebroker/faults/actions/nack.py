"""A publish that the broker could not take."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fakebroker.faults.actions.action import Action
from fakebroker.faults.actions.commands import build
from fakebroker.faults.crossing import Crossing
from fakebroker.faults.steps import Pass, Step

if TYPE_CHECKING:
    from fakebroker.wire.command import Command
    from fakebroker.wire.methods import BasicAck


@dataclass(frozen=True)
class Nack(Action):
    """Turn a confirm into ``basic.nack``: ``when(delivery_tag=7)`` names the publish.

    The client sees its publish refused. The queue has the message all the same.
    """

    default_what = "basic.ack"
    way = "out"
    target = "command"
    only = ("basic.ack",)

    def steps(self, crossing: Crossing) -> Sequence[Step]:
        confirm: Command[BasicAck] | None = crossing.command
        assert confirm is not None
        args = confirm.args
        return (Pass(build(crossing, "basic.nack", {"delivery_tag": args.delivery_tag, "multiple": args.multiple})),)
