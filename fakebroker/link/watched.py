"""Carries out steps where somebody watches: nothing passes the link then without the watcher being told."""

from __future__ import annotations

from collections.abc import Sequence

from fakebroker.faults import steps as do
from fakebroker.faults.active_rule import ActiveRule
from fakebroker.faults.crossing import Way
from fakebroker.faults.evaluation import Fired
from fakebroker.journal.entries import Direction, EntryItem, crossing_name
from fakebroker.link.broker_steps import BrokerStep
from fakebroker.link.gate import Gated
from fakebroker.link.lane import Lane
from fakebroker.link.ports import LinkPort
from fakebroker.link.step_runner import StepRunner
from fakebroker.link.watcher import CrossingWatcher
from fakebroker.predicates.addresses import MADE_UP, Address, Numbered
from fakebroker.wire.command import Command, Event


class WatchedRunner(StepRunner):
    """A step runner that tells a watcher. It is there from the beginning of its link, whether or not there are rules.

    It carries out nothing in another way. It looks at what the step runner calls for each item.
    """

    def __init__(self, link: LinkPort, watcher: CrossingWatcher) -> None:
        super().__init__(link)
        self._watcher = watcher
        self._arriving = ""  # the address of what rules are asked about
        self._crossing: Numbered | None = None  # of what a step lets pass
        self._goes_on = False  # does what rules are asked about go on, now or later?
        self._just_told: Command | None = None
        self._in_pieces = False  # has the client been sent a part of a command?

    def apply_rules(self, direction: Way, item: do.Item, crossing: Numbered) -> None:
        number = self._link.number
        if isinstance(item, do.NoItem):
            self._arriving = str(Address(number, "in", "connect", crossing.occurrence))
            self._watcher.connected(number, self._arriving)
            super().apply_rules(direction, item, crossing)
            return
        address = self._arriving = _address(number, direction, item, crossing)
        if direction == "out":
            self._watcher.arrived_from_broker(number, item, address)
            super().apply_rules(direction, item, crossing)
            return
        if self._link.transport.has_read() and self._cork.is_empty:
            self._watcher.has_read(number)
        self._watcher.arrived_from_client(number, item, address)
        goes_on, self._goes_on = self._goes_on, False
        try:
            super().apply_rules(direction, item, crossing)
            if not self._goes_on:
                self._watcher.kept(number, address)
        finally:
            self._goes_on = goes_on

    def at_a_time(self, loaded: ActiveRule) -> None:
        self._arriving = ""
        super().at_a_time(loaded)

    def _put(self, lane: Lane, steps: Sequence[do.Step]) -> None:
        going = [step for step in steps if isinstance(step, (do.Pass, do.Hold, do.Behind))]
        self._goes_on = self._goes_on or any(step.crossing is not None for step in going)
        super()._put(lane, steps)

    def _note(self, fired: Fired) -> None:
        self._watcher.acted(self._link.number, fired.number, self._arriving)
        super()._note(fired)

    def _perform(self, lane: Lane, step: do.Step) -> None:
        whole = step.step if isinstance(step, Gated) else step
        self._crossing = whole.crossing if isinstance(whole, (do.Pass, do.Hold)) else None
        super()._perform(lane, step)
        if isinstance(step, do.Write) and step.of is None and lane is self.lanes["out"]:
            self._in_pieces = True

    def _journal(self, direction: Direction | Numbered, item: EntryItem) -> None:
        super()._journal(direction, item)
        if isinstance(direction, Numbered) and isinstance(item, Command):
            self._just_told = item
            number = self._link.number
            self._tell(item, None if direction == MADE_UP else _address(number, "out", item, direction))

    def _said(self, command: Command, copied: bool) -> None:
        if command is not self._just_told:  # a rule has written it
            self._in_pieces = False
            self._tell(command, None)
        self._just_told = None
        super()._said(command, copied)

    def _tell(self, command: Command, address: str | None) -> None:
        if self._in_pieces:
            self._watcher.garbled(self._link.number)
        self._watcher.told(self._link.number, command, address)

    def _pass_in(self, item: Event, number: int | None) -> None:
        crossing = self._crossing
        address = None if crossing is None else _address(self._link.number, "in", item, crossing)
        with self._watcher.hearing(self._link.number, item, address):
            super()._pass_in(item, number)

    def _have_done_now(self, lane: Lane, step: BrokerStep) -> None:
        with self._watcher.doing(self._link.number):
            super()._have_done_now(lane, step)


def _address(connection: int, direction: Way, item: Event, crossing: Numbered) -> str:
    return str(Address(connection, direction, crossing_name(item), crossing.occurrence))
