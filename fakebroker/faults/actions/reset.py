"""The socket is reset."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fakebroker.faults.actions.action import Action
from fakebroker.faults.crossing import Crossing
from fakebroker.faults.steps import End, Pass, Step


@dataclass(frozen=True)
class Reset(Action):
    """Reset the socket (RST): what is on its way is lost.

    The client sees ``ECONNRESET``: in Twisted ``ConnectionLost`` and not ``ConnectionDone``.

    :param after: let the item pass first, and reset when it has been handled.
    """

    after: bool = False

    def steps(self, crossing: Crossing) -> Sequence[Step]:
        return (Pass(crossing.item), End("reset")) if self.after else (End("reset"),)
