"""Writes what crosses the links into the ledger: publishes, what clients are told of messages, facts of connections."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from fakebroker.ledger import confirms, said_by_client, said_to_client, settling
from fakebroker.ledger.event import Event
from fakebroker.ledger.facts import ConnectionFacts, Ended
from fakebroker.ledger.lives import Lives
from fakebroker.ledger.message import Copy, PublishedMessage
from fakebroker.ledger.now import Now, Occasion
from fakebroker.ledger.open_channels import MOST, Crossed, OpenConnection, keep
from fakebroker.wire.command import Command, Taken
from fakebroker.wire.command import Event as Item

DELIVERIES = ("basic.deliver", "basic.get-ok")


class Conversations:
    """Told by the links, as ``fakebroker.link.watcher`` has it.

    An item first arrives at the link. Rules may act on it. Then it is heard by the broker, or told to the client; or
    it is not.
    """

    def __init__(self, now: Now, lives: Lives) -> None:
        self._now = now
        self._lives = lives
        self._open: dict[int, OpenConnection] = {}
        lives.find = self._find
        now.judge = self._judge

    # --- what arrives at a link

    def connected(self, connection: int, address: str) -> None:
        """A connection is made."""
        facts = ConnectionFacts(connection, self._now.moment(address))
        keep(self._now.ledger.connections, facts)
        self._open[connection] = OpenConnection(facts)

    def arrived_from_client(self, connection: int, item: Item, address: str) -> None:
        """Something has come from a client. The broker has not heard of it yet."""
        at = self._open.get(connection)
        if at is None or not isinstance(item, Command):
            return
        if item.name == "basic.publish":
            self._put(at, address, Crossed(item.name, self._publish(at, item, address)))
            return
        moment = self._now.moment(address)
        said_by_client.said(at, item, moment)
        self._put(at, address, Crossed(item.name, facts=[moment]))

    def has_read(self, connection: int) -> None:
        """Something comes from a client, which has read all that it was told."""
        at = self._open.get(connection)
        if at is not None:
            keep(at.facts.reads, self._now.order)

    def arrived_from_broker(self, connection: int, item: Item, address: str) -> None:
        """The broker has said something. The client has not heard of it yet."""
        at = self._open.get(connection)
        if at is None or not isinstance(item, Command):
            return
        name, channel = item.name, at.channels.get(item.channel)
        crossed = Crossed(name)
        if name in DELIVERIES:
            crossed.events = self._delivery(at, item, address)
        elif name == "basic.return":
            crossed.events = self._return(at, item, address)
        elif name in confirms.NAMES and channel is not None:
            crossed = confirms.confirmed(self._now, at, channel, item, address)
        elif name in ("channel.close", "connection.close"):
            self._closes(at, item, address)
        self._put(at, address, crossed)

    def _put(self, at: OpenConnection, address: str, crossed: Crossed) -> None:
        at.crossed[address] = crossed
        if len(at.crossed) > MOST:
            del at.crossed[next(iter(at.crossed))]

    def _publish(self, at: OpenConnection, item: Command, address: str) -> PublishedMessage:
        args, channel = item.args, at.channel(item.channel)
        confirm_mode = channel is not None and channel.facts.confirm_mode is not None
        message = PublishedMessage(
            *(0, at.facts.number, item.channel, 0, confirm_mode, address, 0.0),
            *(args.exchange, args.routing_key, args.mandatory, item.content, at.facts.vhost),
        )
        if channel is not None:
            facts = channel.facts
            facts.published += 1
            message.sequence, message.incarnation = facts.published, facts.incarnation
            if confirm_mode:
                channel.confirms += 1
                message.sequence = channel.confirms
                channel.unconfirmed[channel.confirms] = channel.untold[channel.confirms] = message
        return self._now.publish(message)

    def _delivery(self, at: OpenConnection, item: Command, address: str) -> list[Event]:
        telling, self._lives.telling = self._lives.telling, None
        if telling is None:
            return []
        copy, event = telling
        event.connection, event.channel, event.address = at.facts.number, item.channel, address
        event.reached = False
        channel = at.channels.get(item.channel)
        if channel is not None and copy.queue_type != "reply":
            settling.delivered(channel, copy, event)
        return [event]

    def _return(self, at: OpenConnection, item: Command, address: str) -> list[Event]:
        message, self._lives.handing = self._lives.handing, None
        if message is None:
            return []
        event = self._now.event("returned", address=address, connection=at.facts.number, channel=item.channel)
        event.reached, event.detail = False, item.args.reply_text
        message.fate.append(event)
        return [event]

    def _closes(self, at: OpenConnection, item: Command, address: str) -> None:
        said_to_client.ends(at, item, self._now.moment(address))
        text = f"{item.args.reply_code} {item.args.reply_text}"
        if self._now.cause is not None:
            self._now.cause.closed = text
        for refusal in at.refusals:
            refusal.detail = text
        at.refusals.clear()

    # --- what rules do

    def acted(self, connection: int, rule: int, address: str | None) -> None:
        """A rule has acted on something that has arrived."""
        self._now.ledger.acted = self._now.order
        at = self._open.get(connection)
        if at is None:
            return
        at.rule = rule
        if rule not in at.facts.rules:
            at.facts.rules.append(rule)
        crossed = at.crossed.get(address or "")
        if crossed is not None:
            crossed.rule = rule
            for event in crossed.events:
                event.rule = rule
            for moment in crossed.facts:
                moment.rule = rule

    def kept(self, connection: int, address: str) -> None:
        """Something that a client has sent will not be heard by the broker: a rule has kept it."""
        at = self._open.get(connection)
        crossed = None if at is None else at.crossed.pop(address, None)
        if at is not None and crossed is not None:
            self._withhold(at, crossed)

    def _withhold(self, at: OpenConnection, crossed: Crossed) -> None:
        if crossed.message is not None:
            if at.rule is None:
                event = self._now.event("refused", detail="the connection is over")
            else:
                event = self._now.event("withheld", rule=at.rule if crossed.rule is None else crossed.rule)
            crossed.message.fate.append(event)

    @contextmanager
    def doing(self, connection: int) -> Iterator[None]:
        """The broker does now what a rule has it do."""
        at = self._open.get(connection)
        before, self._now.cause = self._now.cause, Occasion(connection, rule=None if at is None else at.rule)
        try:
            yield
        finally:
            self._now.cause = before

    def garbled(self, connection: int) -> None:
        """A rule has written octets of its own, or a part of a frame."""
        at = self._open.get(connection)
        if at is not None and at.facts.garbled is None:
            at.facts.garbled = self._now.moment(rule=at.rule)

    # --- what goes on

    @contextmanager
    def hearing(self, connection: int, item: Item, address: str | None) -> Iterator[None]:
        """The broker hears something from a client now. It has no address where a rule has made it up."""
        at = self._open.get(connection)
        if at is None or not isinstance(item, Command):
            yield
            return
        cause = self._cause(at, item, address)
        before, self._now.cause = self._now.cause, cause
        try:
            yield
        finally:
            self._now.cause = before
            self._judge(cause)

    def _cause(self, at: OpenConnection, item: Command, address: str | None) -> Occasion:
        crossed = None if address is None else at.crossed.pop(address, None)
        rule = at.rule if crossed is None else None
        cause = Occasion(at.facts.number, item.channel, item.name, address, rule)
        if item.name == "basic.publish":
            if crossed is not None:
                cause.message = crossed.message
            else:
                cause.message = self._copied(at, item)
            if cause.message is not None and type(item.content) is Taken:
                self._withhold(at, crossed or Crossed(item.name, cause.message))
        return cause

    def _copied(self, at: OpenConnection, item: Command) -> PublishedMessage:
        args = item.args
        message = PublishedMessage(
            *(0, at.facts.number, item.channel, 0, False, None, 0.0),
            *(args.exchange, args.routing_key, args.mandatory, item.content, at.facts.vhost),
        )
        return self._now.publish(message, at.rule)

    def _judge(self, cause: Occasion) -> None:
        """Take note of it where the broker has handled a publish, and nothing has become of it."""
        message, at = cause.message, self._open.get(cause.connection)
        if message is None or cause.waits or len(message.fate) > 1 or message.transactional:
            return
        event = self._now.caused("refused", cause, detail=cause.closed or "the channel is closed")
        message.fate.append(event)
        if not cause.closed and at is not None:
            at.refusals.append(event)

    def told(self, connection: int, command: Command, address: str | None) -> None:
        """A client is told something. It has no address where a rule has made it up."""
        at = self._open.get(connection)
        if at is None:
            return
        crossed = None if address is None else at.crossed.pop(address, None)
        rule = at.rule if crossed is None else None
        name, channel = command.name, at.channels.get(command.channel)
        if name in DELIVERIES:
            self._told_of_delivery(at, command, crossed, rule)
        elif name == "basic.return":
            self._told_of_return(at, command, crossed, rule)
        elif name in confirms.NAMES and channel is not None:
            made_by = rule if crossed is None or crossed.rule is None else crossed.rule
            confirms.told(self._now, at, channel, command, made_by)
        said_to_client.told(at, command, self._now.moment(address, rule))

    def _told_of_return(self, at: OpenConnection, command: Command, crossed: Crossed | None, rule: int | None) -> None:
        returns = [crossed] if crossed is not None else [each for each in at.still() if each.name == "basic.return"]
        waiting = [event for each in returns for event in each.events if not event.reached]
        if waiting:
            self._now.reach(waiting[0])
            return
        message = self._now.ledger.last(at.facts.number, command.args.exchange, command.args.routing_key)
        if message is not None:
            event = self._now.event("returned", connection=at.facts.number, channel=command.channel, rule=rule)
            event.detail = command.args.reply_text
            message.fate.append(event)

    def _told_of_delivery(
        self, at: OpenConnection, command: Command, crossed: Crossed | None, rule: int | None
    ) -> None:
        tag = command.args.delivery_tag
        if crossed is not None and crossed.events:
            for event in crossed.events:
                self._now.reach(event)
                if event.tag is not None and event.tag != tag:
                    event.detail = f"a rule has changed the tag to {tag}"
            return
        channel = at.channels.get(command.channel)
        before = None if channel is None else channel.facts.deliveries.get(tag)
        if channel is None or before is None:
            return
        copy, first = before
        if not first.reached:
            self._now.reach(first)
            return
        event = self._now.event(first.name, connection=at.facts.number, channel=command.channel, tag=tag, rule=rule)
        event.consumer, event.no_ack, event.redelivered = first.consumer, first.no_ack, command.args.redelivered
        copy.events.append(event)
        if not first.no_ack:
            settling.delivered_again(channel, tag, rule or 0)

    # --- the end

    def lost(self, connection: int, how: str, address: str | None) -> None:
        """A connection is over."""
        at = self._open.pop(connection, None)
        if at is None:
            return
        for crossed in at.still():
            if crossed.message is not None:
                self._withhold(at, crossed)
        for occasion in self._lives.waiting.pop(connection, ()):
            if occasion.message is not None:
                occasion.message.fate.append(self._now.event("refused", detail="the connection is over"))
        moment = self._now.moment(address)
        by = "client" if how.endswith("by the client") else "broker"
        ended = Ended(moment, by, text=how)
        closing = at.closing
        if closing is not None:
            ended.by, ended.code, ended.text = closing.by, closing.code, closing.text
            ended.reached = closing.reached
        elif by == "broker":
            moment.rule = at.rule
        at.facts.ended = ended
        for number in at.channels:
            at.close(number, Ended(moment, "connection", ended.code, ended.text))
        if at.facts.blocked and at.facts.blocked[-1].until is None:
            at.facts.blocked[-1].until = moment

    def _find(self, channel: int, tag: int) -> Copy | None:
        """What was delivered with a tag on the connection for which the broker does something now."""
        cause = self._now.cause
        at = None if cause is None else self._open.get(cause.connection)
        found = None if at is None or channel not in at.channels else at.channels[channel].facts.deliveries.get(tag)
        return None if found is None else found[0]
