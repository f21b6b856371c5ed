"""Which messages a confirm is for, and what the client has heard of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from fakebroker.ledger.event import Event
from fakebroker.ledger.message import PublishedMessage
from fakebroker.ledger.now import Now
from fakebroker.ledger.open_channels import Crossed, OpenChannel, OpenConnection
from fakebroker.wire.command import Command

NAMES = {"basic.ack": "confirmed", "basic.nack": "nacked-by-broker"}


def meant(messages: Mapping[int, PublishedMessage], tag: int, multiple: bool) -> Iterator[int]:
    """The numbers that a confirm is for."""
    if not multiple:
        yield from (tag,) if tag in messages else ()
        return
    for number in list(messages):
        if tag and number > tag:
            break
        yield number


def confirmed(now: Now, at: OpenConnection, channel: OpenChannel, command: Command, address: str) -> Crossed:
    """The broker confirms messages, to the link. Whether the client hears of it is another matter."""
    name, args = command.name, command.args
    tag, multiple = args.delivery_tag, getattr(args, "multiple", False)
    crossed = Crossed(name)
    for number in meant(channel.unconfirmed, tag, multiple):
        message = channel.unconfirmed.pop(number)
        event = _event(now, name, at, channel, tag, multiple)
        event.address, event.reached = address, False
        if message.withheld is not None:
            event.rule = message.withheld.rule
        message.fate.append(event)
        crossed.events.append(event)
    return crossed


def told(now: Now, at: OpenConnection, channel: OpenChannel, command: Command, rule: int | None) -> None:
    """The client gets a confirm.

    :param rule: the rule that has made it, where one has.
    """
    name, args = command.name, command.args
    tag, multiple = args.delivery_tag, getattr(args, "multiple", False)
    for number in meant(channel.untold, tag, multiple):
        message = channel.untold.pop(number)
        waiting = [each for each in message.fate if each.name == NAMES[name] and not each.reached]
        if waiting:
            now.reach(waiting[-1])
            if message.withheld is not None:  # the broker has confirmed what a rule had taken away
                waiting[-1].rule = message.withheld.rule
        else:
            made_up = _event(now, name, at, channel, tag, multiple)
            made_up.rule = rule
            message.fate.append(made_up)


def _event(now: Now, name: str, at: OpenConnection, channel: OpenChannel, tag: int, multiple: bool) -> Event:
    event = now.event(NAMES[name], connection=at.facts.number, channel=channel.facts.number, tag=tag)
    event.multiple = multiple
    return event
