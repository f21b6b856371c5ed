"""Carries out the steps that rules make of what passes one link. What each step means is known here only."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from fakebroker.faults import steps as do
from fakebroker.faults.active_rule import ActiveRule
from fakebroker.faults.crossing import Way, octets_of
from fakebroker.faults.plan import Fired
from fakebroker.journal.entries import Acted, Direction, EntryItem, Failed, Raw
from fakebroker.link.broker_steps import BrokerStep, BrokerSteps
from fakebroker.link.corked_output import CorkedOutput
from fakebroker.link.crossings import numbered_as
from fakebroker.link.expected_answers import ExpectedAnswers
from fakebroker.link.extra_deliveries import ExtraDeliveries
from fakebroker.link.gate import Gated
from fakebroker.link.incarnations import Incarnations
from fakebroker.link.lane import Lane
from fakebroker.link.ports import LinkPort
from fakebroker.link.publish_numbers import COPY, DELIVERIES, PublishNumbers, numbered, unsettled
from fakebroker.link.reorder_buffer import ReorderBuffer
from fakebroker.link.swallowing import Swallowing
from fakebroker.link.waits import Waits
from fakebroker.predicates.addresses import MADE_UP, Numbered
from fakebroker.turn import Phase
from fakebroker.wire.command import Command, Event

if TYPE_CHECKING:
    from fakebroker.wire.methods import ConnectionTune


class StepRunner:
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
        self._blocked = False
        self._extra = ExtraDeliveries()
        self._numbers = PublishNumbers(link.connection.rule_access.published)
        self._broker_steps = BrokerSteps(self._context, link.connection, self._extra, link.number)

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
        self._put(lane, steps)

    def _swallow(self, direction: Way, item: do.Item) -> None:
        if direction == "in":
            self._link.dropped(item)
            self._numbers.mark(item, ())  # the client goes on counting

    def _put(self, lane: Lane, steps: Sequence[do.Step]) -> None:
        lane.put([self._gated(step) for step in steps])

    def _gated(self, step: do.Step) -> Any:
        """The step; one that waits for a release, with the gate that the release opens."""
        if not isinstance(step, (do.Wait, do.Hold, do.Stall, do.Mute)) or step.until is None:
            return step
        return Gated(step, self.waits.gate(step, step.until))

    def hang_up(self) -> None:
        """Close the socket once everything that the broker has said has gone."""
        self.lanes["out"].put((do.End("hang up"),))

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

    def stop(self) -> None:
        """The connection is gone: carry out nothing more, and hold nothing."""
        self._stopped = True
        for lane in self.lanes.values():
            lane.stop()
        self.waits.cancel_all()
        self._expected.clear()
        self._reorder_buffer.clear()

    def _note(self, fired: Fired) -> None:
        item = None if isinstance(fired.item, do.Connected) else fired.item
        self._journal("", Acted(fired.number, str(fired.action), item))

    def _note_failure(self, loaded: ActiveRule, error: Exception) -> None:
        """A function in a rule has raised. The rule does not act, and the test is told."""
        self._journal("", Failed(f"rule {loaded.number}", f"{type(error).__name__}: {error}"))
        self._context.turn.report(error)

    def _outstanding(self, channel: int) -> Collection[int]:
        return self._link.connection.rule_access.outstanding(channel)

    def _journal(self, direction: Direction | Numbered, item: EntryItem) -> None:
        self._context.journal.add(self._link.number, direction, item)

    def _perform(self, lane: Lane, step: do.Step) -> None:
        if not self._stopped and not self._swallowing.takes_step(self._way_of(lane), step):
            _CARRY_OUT[type(step)](self, lane, step)

    def _way_of(self, lane: Lane) -> Way:
        return "in" if lane is self.lanes["in"] else "out"

    # --- what passes

    def _pass(self, lane: Lane, step: do.Pass) -> None:
        item = step.item
        if isinstance(item, do.Connected):
            return
        if lane is self.lanes["in"]:
            self._pass_in(item, step.number)
        else:
            self._journal(step.crossing or MADE_UP, item)
            self._cork.write(octets_of(item, self._link.frame_max))
            if isinstance(item, Command):
                self._said(item, copied=step.number == COPY)

    def _pass_in(self, item: Event, number: int | None) -> None:
        connection = self._link.connection
        heard = item
        if isinstance(item, Command):
            self._incarnations.passed(item)
            channels = connection.rule_access
            outstanding = channels.outstanding(item.channel)
            left = self._extra.heard(item, outstanding, channels.transactional(item.channel))
            if left is None:
                return
            heard = left
            if number is not None:
                channels.number_publish(item.channel, number)
        self._context.turn.handle(lambda: connection.handle(heard))
        if isinstance(item, Command):
            self._overtaken("in", item)

    def _send(self, lane: Lane, step: do.Send) -> None:
        if lane is self.lanes["in"]:
            self.lanes["out"].put((step,))
            return
        command = step.command
        self._journal(MADE_UP, command)
        self._cork.write(octets_of(command, self._link.frame_max))
        no_ack = command.name == "basic.deliver" and self._link.takes_no_acks(
            command.channel, command.args.consumer_tag
        )
        self._incarnations.passed(command)
        self._told(command, copied=not no_ack)

    def _said(self, command: Command, copied: bool) -> None:
        """A command that the broker knows of has gone to the client."""
        self._incarnations.passed(command)
        self._told(command, copied)
        self._overtaken("out", command)

    def _told(self, command: Command, copied: bool) -> None:
        """A command has gone to the client, whoever made it: note what the broker has to know, or must not hear of."""
        if copied and command.name in DELIVERIES:
            self._extra.add(command.channel, command.args.delivery_tag)
        elif command.name == "connection.tune":
            limits: ConnectionTune = command.args
            self._link.connection.offer(limits.channel_max, limits.frame_max)
        elif command.name == "connection.close" and self._blocked and not self._link.connection.is_open:
            self.lanes["in"].clear()  # the broker takes nothing but close-ok from now on
            self._go_on(self.lanes["in"])

    def _write(self, lane: Lane, step: do.Write) -> None:
        if lane is self.lanes["in"]:
            self.lanes["out"].put((step,))
        elif step.data:
            self._journal("out", Raw(step.data))
            self._cork.write(step.data)
            if step.of is not None:
                self._said(step.of, step.copied)

    def _put_in_cork(self, _: Lane, step: do.Cork) -> None:
        # The item for which the rule has made this step is kept, too: it is the first.
        self._cork.put_in(step.items + 1, step.seconds)

    # --- what waits

    def _wait(self, lane: Lane, step: do.Wait) -> None:
        self._hold_up(lane, step)
        self.waits.after(step.seconds, lambda: self._go_on(lane))

    def _hold_up(self, lane: Lane, step: do.Wait) -> None:
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
        elif isinstance(step, do.Wait):
            if not gate.pass_through(lambda: self._go_on(lane)):
                self._hold_up(lane, step)
        elif isinstance(step, do.Mute):
            if not gate.pass_through(self._heal):
                self._mute(lane, step)
        elif not gate.pass_through(lambda: self._resume("stall")):
            self._stall(lane, step)

    def _release(self, _: Lane, step: do.Release) -> None:
        self._context.faults.let_go(step.label)

    def _later(self, lane: Lane, step: do.Later) -> None:
        ends = self._incarnations.ends(step.channel)

        def put() -> None:
            if ends == self._incarnations.ends(step.channel):
                self._put(lane, step.steps)

        self.waits.after(step.seconds, put, step.steps)

    def _expect(self, _: Lane, step: do.Expect) -> None:
        self._expected.add(step)

    def _set_behind(self, lane: Lane, step: do.Behind) -> None:
        self._reorder_buffer.add(self._way_of(lane), step)

    def _overtaken(self, direction: Way, item: Command) -> None:
        """An item has gone: what was to come behind it comes next."""
        self.lanes[direction].put_next(self._reorder_buffer.due(direction, item))

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

    # --- what ends

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
            return
        self._stopped = True
        self._link.finish(step.how)

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
    do.End: StepRunner._end,
    do.Mute: StepRunner._mute,
    do.Stall: StepRunner._stall,
    do.Cork: StepRunner._put_in_cork,
    do.Expect: StepRunner._expect,
    do.Later: StepRunner._later,
}
