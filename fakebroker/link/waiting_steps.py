"""Carries out the steps that wait, or have something wait."""

from __future__ import annotations

from fakebroker.faults import steps as do
from fakebroker.faults.crossing import Way
from fakebroker.link.lane import Lane
from fakebroker.link.runner_parts import RunnerParts
from fakebroker.wire.command import Command


class WaitingSteps(RunnerParts):
    """A part of ``StepRunner``."""

    def freeze(self, why: str) -> None:
        """Do nothing and read nothing, until :meth:`thaw` is called with the same reason."""
        if not self._stopped and not self._link.pauses_for(why):
            self._pause(why)
        for lane in self.lanes.values():
            lane.shut(why)

    def thaw(self, why: str) -> None:
        """Go on: first with what was under way, then with what has come meanwhile."""
        for lane in self.lanes.values():
            lane.open(why)
        if not self._stopped:
            self._resume(why)

    def _wait(self, lane: Lane, step: do.Wait) -> None:
        if step.until is None:
            self.waits.after(step.seconds, lambda: self._go_on(lane))
        lane.waiting = True
        if lane is self.lanes["in"]:
            # What comes next must not be decoded before this has been handled: the connection may change what it means.
            self._pause("wait")
            self._blocked = step.blocks

    def _go_on(self, lane: Lane) -> None:
        if not lane.waiting:
            return
        lane.go_on()
        if lane is self.lanes["in"]:
            self._blocked = self._blocked and lane.waiting
            self._resume("wait")

    def _be_late(self, lane: Lane, step: do.Late) -> None:
        """Wait until the step is due. What comes in meanwhile is taken in: so it is known when it came."""
        left = (step.due or 0.0) - self._context.clock.seconds()
        if left <= 0:
            return
        lane.waiting = True
        if lane is self.lanes["in"]:
            self._is_late = True
            self._link.transport.put_off()
            self.ends.withhold("late")
        self.waits.after(left, lambda: self._is_due(lane))

    def _is_due(self, lane: Lane) -> None:
        if lane is self.lanes["out"]:
            lane.go_on()
            return
        self._is_late = False
        lane.go_on()
        if not self._is_late:
            self._link.transport.take_up()
        if not self._is_late:
            self.ends.tell("late")

    def _pause(self, why: str) -> None:
        """Stop reading. As the client's heartbeats are not heard then, nobody watches for them."""
        self._link.pause(why)
        self._link.connection.heartbeats.pause_monitor(why)

    def _resume(self, why: str) -> None:
        self._link.resume(why)
        if not self._link.pauses_for(why):
            self._link.connection.heartbeats.resume_monitor(why)

    def _keep_apart(self, lane: Lane, step: do.Apart) -> None:
        lane.waiting = True
        self.waits.until_read(lambda: self._go_on(lane), step.pieces)

    def _stall(self, _: Lane, step: do.Stall) -> None:
        self._pause("stall")
        if step.seconds is not None:
            self.waits.after(step.seconds, lambda: self._resume("stall"))

    def _release(self, _: Lane, step: do.Release) -> None:
        self._context.faults.let_go(step.label)

    def _later(self, lane: Lane, step: do.Later) -> None:
        ends = self._incarnations.ends(step.channel)

        def put() -> None:
            if ends == self._incarnations.ends(step.channel):
                self._put(lane, step.steps)

        self.waits.after(step.seconds, put, step.steps)

    def _keep_confirms(self, _: Lane, step: do.KeepConfirms) -> None:
        if not self._confirms.keep(step.channel):
            return
        ends = self._incarnations.ends(step.channel)

        def tell() -> None:
            if ends == self._incarnations.ends(step.channel):
                self._confirms.tell(step.channel)
            else:
                self._confirms.forget(step.channel)

        self.waits.after(step.seconds, tell)

    def _expect(self, _: Lane, step: do.Expect) -> None:
        self._expected.add(step)

    def _set_behind(self, lane: Lane, step: do.Behind) -> None:
        self._reorder_buffer.add(self._way_of(lane), step)

    def _overtaken(self, direction: Way, item: Command) -> None:
        """An item has gone: what was to come behind it comes next."""
        self.lanes[direction].put_next(self._reorder_buffer.due(direction, item))
