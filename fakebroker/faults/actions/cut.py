"""An item that stops between two of its frames, or in the middle of one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from fakebroker.faults.actions.action import Action
from fakebroker.faults.actions.framing import Ending, ending, frames
from fakebroker.faults.crossing import Crossing
from fakebroker.faults.steps import Step, Write


@dataclass(frozen=True)
class Cut(Action):
    """Send the item up to a point between its frames, or half of its last frame, then nothing more.

    The client sees a delivery begin and never end: the method without its header, the header without its body, or a
    frame that stops in the middle.

    :param after: what is sent: ``"method"`` is the method's frame, ``"header"`` is that and the content header's,
        ``"half"`` is all but the second half of the last frame.
    :param then: ``"close"``, ``"reset"``, or ``"silence"``, which leaves the socket open.
    """

    after: Literal["method", "header", "half"] = "half"
    then: Ending = "close"
    way = "out"
    target = "octets"
    works_on_bytes = True

    def steps(self, crossing: Crossing) -> Sequence[Step]:
        parts = frames(crossing.octets())
        if self.after == "half":
            kept = b"".join(parts[:-1]) + parts[-1][: len(parts[-1]) // 2]
        else:
            kept = b"".join(parts[: 1 if self.after == "method" else 2])
        return (Write(kept), ending(self.then))
