"""Carries out the steps that change the connection for a while, or end it."""

from __future__ import annotations

from fakebroker.faults import steps as do
from fakebroker.link.gate import Gated
from fakebroker.link.lane import Lane
from fakebroker.link.passing_steps import PassingSteps


class LastingSteps(PassingSteps):
    """A part of ``StepRunner``."""

    def hang_up(self) -> None:
        """Close the socket once everything that the broker has said has gone."""
        self.lanes["out"].put((do.End("hang up"),))

    def _end(self, lane: Lane, step: do.End) -> None:
        in_order = step.how in ("close", "hang up", "break off", "half close")
        if in_order and lane is self.lanes["in"]:
            self.lanes["out"].put((step,))
            return
        if in_order:
            self._cork.pull()
        if step.how == "half close":
            self._swallowing.begin("out")
            self._link.transport.half_close()
        elif self.ends.seconds and step.how != "refuse":
            self.lanes["out"].shut("slow close")
            self.waits.after(self.ends.seconds, lambda: self._finish(step))
        else:
            self._finish(step)

    def _finish(self, step: do.End) -> None:
        self._stopped = True
        self._link.finish(step.how)

    def reset_later(self) -> bool:
        """Have the client see a reset when something passes to it again.

        :returns: False when something passes now.
        """
        out = self.lanes["out"]
        if out.is_shut:
            out.clear()
            out.put((do.End("reset"),))
        return out.is_shut

    # --- what lasts

    def _sever(self, _: Lane, step: do.Sever) -> None:
        why = _reason(step) if step.until is not None else f"partition {self._partitions}"
        self._partitions += 1
        for way in step.ways:
            self.lanes[way].shut(why)
        if "in" in step.ways and not self._link.pauses_for(why):
            self._link.pause(why)  # the client's heartbeats are missed
            self.ends.withhold(why)
        if step.seconds is not None:
            self.waits.after(step.seconds, lambda: self._mend(why))

    def _mend(self, why: str) -> None:
        for lane in self.lanes.values():
            lane.open(why)
        self._link.resume(why)
        self.ends.tell(why)

    def _limit(self, _: Lane, step: do.Limit) -> None:
        self._limits.add(step)

    def _end_late(self, _: Lane, step: do.LateEnd) -> None:
        self.ends.seconds = step.seconds

    def _mute(self, _: Lane, step: do.Mute) -> None:
        self._swallowing.begin(step.what)
        if step.what == "everything":
            for lane in self.lanes.values():
                lane.clear()
        if step.seconds is not None:
            self.waits.after(step.seconds, self._heal)

    def _heal(self) -> None:
        end = self._swallowing.heal()
        if end is not None:
            self._put(self.lanes["out"], (end,))

    # --- until a label is released

    def _at_gate(self, lane: Lane, gated: Gated) -> None:
        step, gate = gated
        if isinstance(step, do.Hold):
            going_on, opened = do.Pass(step.item, step.number, step.crossing), self._incarnations.opened(step.item)

            def let_go() -> None:
                # Not if the channel has ended and another one has been opened with its number.
                if lane is self.lanes["out"] or opened == self._incarnations.opened(step.item):
                    lane.let_go(going_on)

            if gate.pass_through(let_go):
                self._pass(lane, going_on)
        elif not gate.pass_through(lambda: self._lift(lane, step)):
            self._perform(lane, step)

    def _lift(self, lane: Lane, step: do.Step) -> None:
        """End what a step has begun."""
        if isinstance(step, do.Wait):
            self._go_on(lane)
        elif isinstance(step, do.Mute):
            self._heal()
        elif isinstance(step, do.Sever):
            self._mend(_reason(step))
        else:
            self._resume("stall")


def _reason(step: do.Sever) -> str:
    """Why nothing passes until a label is released."""
    return f"partition until {step.until}"
