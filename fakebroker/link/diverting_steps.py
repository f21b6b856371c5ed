"""Carries out the steps by which items pass elsewhere or once more, or not at all."""

from __future__ import annotations

from collections.abc import Sequence

from fakebroker.faults import steps as do
from fakebroker.faults.crossing import Way, kind_of
from fakebroker.link.lane import Lane
from fakebroker.link.lasting_steps import LastingSteps
from fakebroker.link.publish_numbers import COPY, DELIVERIES, UNSETTLED
from fakebroker.predicates.addresses import Address, Numbered
from fakebroker.wire.command import Command


class DivertingSteps(LastingSteps):
    """A part of ``StepRunner``."""

    def say(self, command: Command) -> None:
        """Send the client a command that the broker knows nothing of, behind all else."""
        self._put(self.lanes["out"], (do.Send(command),))

    def take_over(self, direction: Way, command: Command) -> None:
        """Let a command pass that comes from another connection."""
        if direction == "out":
            self.say(command)
        else:
            self._put(self.lanes["in"], (do.Pass(command, _copied_publish(command)),))

    def _divert(self, lane: Lane, step: do.Divert) -> None:
        links = self._context.links
        other = None if links is None else links.get(step.connection)
        if other is not None:
            other.take_over(self._way_of(lane), step.command)

    # --- what is set up at once, whatever waits in the lanes

    def _set_up(self, direction: Way, steps: Sequence[do.Step]) -> list[do.Step]:
        """Set up what counts items from now on. Returned are the other steps."""
        others: list[do.Step] = []
        for step in steps:
            if isinstance(step, do.Lose):
                self._swallowing.lose(direction, step.items)
            elif isinstance(step, do.CopyLater):
                self._set_up_replay(direction, step)
            else:
                others.append(step)
        return others

    def _set_up_replay(self, direction: Way, step: do.CopyLater) -> None:
        item = step.item
        number = _copied_publish(item)
        if direction == "out" and isinstance(item, Command) and item.name in DELIVERIES:
            number = COPY if item.args.delivery_tag in self._outstanding(item.channel) else UNSETTLED
        copy = do.Pass(item, number)
        if isinstance(step.after, int):
            self._replays.add(direction, step.after + 1, copy)  # the item itself counts, too
        else:
            lane = self.lanes[direction]
            self.waits.gate(copy, _label(step.after)).pass_through(lambda: self._put(lane, (copy,)))

    def _crossed(self, direction: Way, item: do.Item, crossing: Numbered) -> None:
        """An item has passed, or whatever else has become of it: what waits for that may go on."""
        copies = self._replays.due(direction)
        if copies:
            self._put(self.lanes[direction], copies)
        if self._context.faults.holds:
            address = Address(self._link.number, direction, kind_of(item), crossing.occurrence)
            self._context.faults.let_go(_label(str(address)))


def _label(address: str) -> str:
    """What waits for a crossing waits under this label; no user's label is the same."""
    return f"\0{address}"


def _copied_publish(item: do.Item) -> int | None:
    """The number of a copy: that of a publish is one that the client does not know."""
    return COPY if isinstance(item, Command) and item.name == "basic.publish" else None
