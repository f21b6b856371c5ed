"""Carries out the steps by which something passes, and notes what broker and client have to know of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fakebroker.faults import steps as do
from fakebroker.faults.crossing import octets_of
from fakebroker.journal.entries import Direction, EntryItem, Raw
from fakebroker.link.lane import Lane
from fakebroker.link.publish_numbers import COPY, DELIVERIES
from fakebroker.link.waiting_steps import WaitingSteps
from fakebroker.predicates.addresses import MADE_UP, Numbered
from fakebroker.wire.command import Command, Event

if TYPE_CHECKING:
    from fakebroker.wire.methods import ConnectionTune


class PassingSteps(WaitingSteps):
    """A part of ``StepRunner``."""

    def _pass(self, lane: Lane, step: do.Pass) -> None:
        item = step.item
        if isinstance(item, do.NoItem):
            return
        if lane is self.lanes["in"]:
            self._pass_in(item, step.number)
        elif not self._confirms.takes(step):
            went = self._put_out(step.crossing or MADE_UP, item, octets_of(item, self._link.frame_max))
            if went and isinstance(item, Command):
                self._said(item, copied=step.number == COPY)

    def _put_out(self, told: Direction | Numbered, item: EntryItem, data: bytes) -> bool:
        """Write something to the client, and to the journal.

        :returns: whether all of it went. It does not if a rule limits the octets that may pass.
        """
        allowed, stops = self._limits.take("out", len(data))
        whole = allowed == len(data)
        if allowed:
            data = data[:allowed]
            self._journal(told if whole else "out", item if whole else Raw(data))
            self._cork.write(data)
        if stops is not None:
            self._perform(self.lanes["out"], stops)
        return whole

    def _pass_in(self, item: Event, number: int | None) -> None:
        if not self._limits:
            self._have_heard(item, number)
            return
        octets = len(octets_of(item, self._link.frame_max))
        allowed, stops = self._limits.take("in", octets)
        if allowed == octets:
            self._have_heard(item, number)
        if stops is not None:
            self._perform(self.lanes["out"], stops)

    def _have_heard(self, item: Event, number: int | None) -> None:
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
        if not self._put_out(MADE_UP, command, octets_of(command, self._link.frame_max)):
            return
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
            if self._put_out("out", Raw(step.data), step.data) and step.of is not None:
                self._said(step.of, step.copied)

    def _put_in_cork(self, _: Lane, step: do.Cork) -> None:
        # The item for which the rule has made this step is kept, too: it is the first.
        self._cork.put_in(step.items + 1, step.seconds)
