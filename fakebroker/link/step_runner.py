"""Carries out the steps that rules make of what passes one link. What each step means is known here only."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from fakebroker.faults import steps as do
from fakebroker.faults.active_rule import ActiveRule
from fakebroker.faults.crossing import Way
from fakebroker.faults.evaluation import Fired
from fakebroker.journal.entries import Acted, Failed
from fakebroker.link.alone import carry_out_alone
from fakebroker.link.broker_steps import BrokerStep
from fakebroker.link.crossings import numbered_as
from fakebroker.link.diverting_steps import DivertingSteps
from fakebroker.link.gate import Gated
from fakebroker.link.lane import Lane
from fakebroker.link.publish_numbers import DELIVERIES, numbered, unsettled
from fakebroker.predicates.addresses import Numbered
from fakebroker.turn import Phase
from fakebroker.wire.command import Command


class StepRunner(DivertingSteps):
    """The steps of one connection: those in its two lanes, those that wait, those that were set aside."""

    def apply_rules(self, direction: Way, item: do.Item, crossing: Numbered) -> None:
        """Ask the rules what becomes of an item, and carry that out.

        :param crossing: which one it is.
        """
        if self._stopped:
            return
        if self._swallowing.takes(direction, item):
            self._swallow(direction, item)
            return
        lane = self.lanes[direction]
        if direction == "in" and isinstance(item, Command):
            expected = self._expected.take(item)
            if expected is not None:
                self._put(lane, expected.then)
                return
        steps = self._context.faults.decide(direction, item, self._link, self._note, self._note_failure, crossing)
        steps = numbered_as(crossing, item, steps)
        if not steps and direction == "in":
            self._link.dropped(item)
        if direction == "in":
            steps = self._numbers.mark(item, steps)
        elif isinstance(item, Command) and item.name in DELIVERIES:
            settled = item.args.delivery_tag in self._outstanding(item.channel)
            steps = numbered(steps, item, None) if settled else unsettled(steps, item)
        self._put(lane, self._set_up(direction, steps))
        self._crossed(direction, item, crossing)

    def at_a_time(self, loaded: ActiveRule) -> None:
        """Have a rule act whose time has come. What waits does not keep it."""
        if self._stopped:
            return
        lane = self.lanes["in"]
        for step in self._context.faults.at_its_time(loaded, self._link, self._note, self._note_failure):
            if lane.waiting and not isinstance(step, do.Wait):
                self._perform(lane, self._gated(step))
            else:
                self._put(lane, (step,))

    def at_end(self, crossing: Numbered) -> None:
        """Ask the rules what the broker does when the socket has ended."""
        decide = self._context.faults.decide
        steps = decide("in", do.Disconnected(), self._link, self._note, self._note_failure, crossing)
        carry_out_alone(self._context, self._link.number, steps)

    def _swallow(self, direction: Way, item: do.Item) -> None:
        if direction == "in":
            self._link.dropped(item)
            self._numbers.mark(item, ())  # the client goes on counting

    def _note(self, fired: Fired) -> None:
        item = None if isinstance(fired.item, do.NoItem) else fired.item
        self._journal("", Acted(fired.number, str(fired.action), item, fired.address or ""))

    def _note_failure(self, loaded: ActiveRule, error: Exception) -> None:
        """A function in a rule has raised. The rule does not act, and the test is told."""
        self._journal("", Failed(f"rule {loaded.number}", f"{type(error).__name__}: {error}"))
        self._context.turn.report(error)

    def _perform(self, lane: Lane, step: do.Step) -> None:
        if not self._stopped and not self._swallowing.takes_step(self._way_of(lane), step):
            _CARRY_OUT[type(step)](self, lane, step)

    def _enter(self, _: Lane, step: do.Enter) -> None:
        self._context.faults.state = step.state

    # --- what the broker is to do

    def _have_done(self, lane: Lane, step: BrokerStep) -> None:
        """Have the broker do something; at its next rest, if the rule acts on what the broker says."""
        if lane is self.lanes["in"]:
            self._have_done_now(lane, step)
            return
        lane.waiting = True

        def now() -> None:
            lane.waiting = False
            if not self._stopped:
                self._have_done_now(lane, step)
                lane.run()

        self._context.turn.put_off(Phase.REST, now, self._link.transport)

    def _have_done_now(self, lane: Lane, step: BrokerStep) -> None:
        """Have the broker do it now. What it says comes behind what it has said before; a close, in place of that."""
        connection, out = self._link.connection, self.lanes["out"]
        was_open, before = connection.is_open, out.take()
        waited, out.waiting = out.waiting, True
        may_tell = self._link.capable("consumer_cancel_notify")
        try:
            before = self._broker_steps.carry_out(step, before, lane is out, may_tell)
        finally:
            out.waiting = waited
            said = out.take()
        if self._stopped:
            return
        if lane is out and was_open and not connection.is_open:
            before = []
        closed_in_its_place = lane is out and isinstance(step, do.Fail)
        out.put_back([*said, *before] if closed_in_its_place else [*before, *said])
        if lane is not out:
            out.run()


# What carries out each kind of step. A new kind gets a line here.
_CARRY_OUT: Mapping[type, Callable[[StepRunner, Lane, Any], None]] = {
    do.Pass: StepRunner._pass,
    do.Send: StepRunner._send,
    do.Write: StepRunner._write,
    do.Wait: StepRunner._wait,
    do.Apart: StepRunner._keep_apart,
    Gated: StepRunner._at_gate,
    do.Behind: StepRunner._set_behind,
    do.Release: StepRunner._release,
    do.Requeue: StepRunner._have_done,
    do.Revoke: StepRunner._have_done,
    do.Fail: StepRunner._have_done,
    do.Do: StepRunner._have_done,
    do.Enter: StepRunner._enter,
    do.End: StepRunner._end,
    do.Mute: StepRunner._mute,
    do.Stall: StepRunner._stall,
    do.Sever: StepRunner._sever,
    do.Limit: StepRunner._limit,
    do.Divert: StepRunner._divert,
    do.LateEnd: StepRunner._end_late,
    do.Late: StepRunner._be_late,
    do.Cork: StepRunner._put_in_cork,
    do.KeepConfirms: StepRunner._keep_confirms,
    do.Expect: StepRunner._expect,
    do.Later: StepRunner._later,
}
