"""What all that carries out steps has in common: the parts of a ``StepRunner``."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from fakebroker.faults import steps as do
from fakebroker.faults.crossing import Way
from fakebroker.journal.entries import Direction, EntryItem
from fakebroker.link.broker_steps import BrokerSteps
from fakebroker.link.corked_output import CorkedOutput
from fakebroker.link.expected_answers import ExpectedAnswers
from fakebroker.link.extra_deliveries import ExtraDeliveries
from fakebroker.link.gate import Gated
from fakebroker.link.incarnations import Incarnations
from fakebroker.link.kept_confirms import KeptConfirms
from fakebroker.link.lane import Lane
from fakebroker.link.octet_limits import OctetLimits
from fakebroker.link.ports import LinkPort
from fakebroker.link.publish_numbers import PublishNumbers
from fakebroker.link.reorder_buffer import ReorderBuffer
from fakebroker.link.replays import Replays
from fakebroker.link.swallowing import Swallowing
from fakebroker.link.waits import Waits
from fakebroker.link.withheld_ends import WithheldEnds
from fakebroker.predicates.addresses import Numbered


class RunnerParts:
    """The steps of one connection: those in its two lanes, those that wait, those that were set aside."""

    def __init__(self, link: LinkPort) -> None:
        self.lanes: dict[Way, Lane] = {"in": Lane(self._perform), "out": Lane(self._perform)}
        self._link = link
        self._context = link.context
        self._swallowing = Swallowing()
        self._stopped = False
        self._expected = ExpectedAnswers()
        self.waits = Waits(link.context, link.transport)
        self._reorder_buffer = ReorderBuffer()
        self._incarnations = Incarnations()
        self._cork = CorkedOutput(link.transport.write, self.waits.after)
        self._confirms = KeptConfirms(lambda step: self._put(self.lanes["out"], (step,)))
        self._blocked = False
        self._limits = OctetLimits()
        self._replays = Replays()
        self.ends = WithheldEnds(self.waits.after)
        self._partitions = 0
        self._is_late = False  # does what has come in wait for its time?
        self._extra = ExtraDeliveries()
        self._numbers = PublishNumbers(link.connection.rule_access.published)
        self._broker_steps = BrokerSteps(self._context, link.connection, self._extra, link.number)

    def _perform(self, lane: Lane, step: do.Step) -> None:
        """Carry out a step."""
        raise NotImplementedError

    def _put(self, lane: Lane, steps: Sequence[do.Step]) -> None:
        lane.put([self._timed(lane, self._gated(step)) for step in steps])

    def _timed(self, lane: Lane, step: Any) -> Any:
        """The step; one that counts from when it came, with when that was."""
        if not isinstance(step, do.Late) or step.due is not None:
            return step
        came = self._link.transport.arrival_time() if lane is self.lanes["in"] else self._context.clock.seconds()
        return step._replace(due=came + step.seconds)

    def _gated(self, step: do.Step) -> Any:
        """The step; one that waits for a release, with the gate that the release opens."""
        if not isinstance(step, (do.Wait, do.Hold, do.Stall, do.Mute, do.Sever)) or step.until is None:
            return step
        return Gated(step, self.waits.gate(step, step.until))

    def stop(self) -> None:
        """The connection is gone: carry out nothing more, and hold nothing."""
        self._stopped = True
        for lane in self.lanes.values():
            lane.stop()
        self.waits.cancel_all()
        self._expected.clear()
        self._reorder_buffer.clear()
        self.ends.clear()
        self._replays.clear()
        self._confirms.stop()

    def _journal(self, direction: Direction | Numbered, item: EntryItem) -> None:
        self._context.journal.add(self._link.number, direction, item)

    def _outstanding(self, channel: int) -> Collection[int]:
        return self._link.connection.rule_access.outstanding(channel)

    def _way_of(self, lane: Lane) -> Way:
        return "in" if lane is self.lanes["in"] else "out"
