"""What each command to a client adds to the facts of its connection, when the client is told."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import TypeAlias, TypeVar

from fakebroker.ledger.event import Moment
from fakebroker.ledger.facts import Blocked, ConsumerFacts, Declared, Ended
from fakebroker.ledger.open_channels import OpenChannel, OpenConnection
from fakebroker.wire.command import Command

ForConnection: TypeAlias = Callable[[OpenConnection, Command, Moment], None]
ForChannel: TypeAlias = Callable[[OpenChannel, Command, Moment], None]
T = TypeVar("T")


def told(at: OpenConnection, command: Command, moment: Moment) -> None:
    """Note a command that goes to the client."""
    for_connection = _CONNECTION.get(command.name)
    if for_connection is not None:
        for_connection(at, command, moment)
        return
    channel = at.channels.get(command.channel)
    if channel is None:
        return
    if command.name == "channel.close":
        _close_channel(at, channel, command, moment)
    elif command.name.endswith("-ok") and command.name in _ANSWERS:
        _answer(channel, command, moment)
    else:
        for_channel = _CHANNEL.get(command.name)
        if for_channel is not None:
            for_channel(channel, command, moment)


def ends(at: OpenConnection, command: Command, moment: Moment) -> None:
    """The broker has closed a channel or the connection, whether or not the client hears of it."""
    args = command.args
    ended = Ended(moment, "broker", args.reply_code, args.reply_text, reached=False)
    if command.name == "channel.close":
        at.close(command.channel, ended)
    elif at.closing is None:
        at.closing = ended


def _tune(at: OpenConnection, command: Command, moment: Moment) -> None:
    at.facts.offered_heartbeat = command.args.heartbeat


def _open_ok(at: OpenConnection, command: Command, moment: Moment) -> None:
    at.facts.ready = at.facts.ready or moment


def _blocked(at: OpenConnection, command: Command, moment: Moment) -> None:
    if not at.facts.blocked or at.facts.blocked[-1].until is not None:
        at.facts.blocked.append(Blocked(moment, reached=True))


def _unblocked(at: OpenConnection, command: Command, moment: Moment) -> None:
    if at.facts.blocked and at.facts.blocked[-1].until is None:
        at.facts.blocked[-1].until = moment


def _close(at: OpenConnection, command: Command, moment: Moment) -> None:
    args = command.args
    if at.closing is None:
        at.closing = Ended(moment, "broker", args.reply_code, args.reply_text)
    elif at.closing.by == "broker":
        at.closing.reached = True


def _close_channel(at: OpenConnection, channel: OpenChannel, command: Command, moment: Moment) -> None:
    args = command.args
    if channel.is_open:  # a rule has made it up
        at.close(command.channel, Ended(moment, "broker", args.reply_code, args.reply_text))
    elif channel.facts.ended is not None and channel.facts.ended.by == "broker":
        channel.facts.ended.reached = True
        for consumer in channel.facts.consumers:
            if consumer.ended is not None and consumer.ended.by == "channel":
                consumer.ended.reached = True


def _cancel(channel: OpenChannel, command: Command, moment: Moment) -> None:
    for consumer in channel.facts.consumers:
        if consumer.tag == command.args.consumer_tag and consumer.ended is None:
            consumer.ended = Ended(moment, "broker")


def _consume_ok(channel: OpenChannel, command: Command, moment: Moment) -> None:
    tag = command.args.consumer_tag
    waiting = [each for each in channel.facts.consumers if each.started is None and each.ended is None]
    named = [each for each in waiting if each.tag == tag]
    consumer: ConsumerFacts | None = first(named or [each for each in waiting if not each.tag])
    if consumer is not None:
        consumer.tag, consumer.started = tag, moment


def _qos_ok(channel: OpenChannel, command: Command, moment: Moment) -> None:
    prefetch = first(each for each in channel.facts.prefetches if each.answered is None)
    if prefetch is not None:
        prefetch.answered = moment


def _got(channel: OpenChannel, command: Command, moment: Moment) -> None:
    _get_answered(channel, empty=False)


def _empty(channel: OpenChannel, command: Command, moment: Moment) -> None:
    _get_answered(channel, empty=True)


def _get_answered(channel: OpenChannel, empty: bool) -> None:
    get = first(each for each in channel.facts.gets[-100:] if each.empty is None)
    if get is not None:
        get.empty = empty


def _answer(channel: OpenChannel, command: Command, moment: Moment) -> None:
    """The answer to the oldest such command that has none."""
    name = command.name.removesuffix("-ok")
    everything = [*channel.facts.declared, *channel.facts.deleted]
    declared: Declared | None = first(each for each in everything if each.name == name and each.answered is None)
    if declared is None:
        return
    declared.answered = moment
    if name == "queue.declare" and not declared.arguments["queue"]:
        declared.arguments["queue"] = command.args.queue


def first(items: Iterable[T]) -> T | None:
    """The first of some, or None."""
    return next(iter(items), None)


_ANSWERS = tuple(
    f"{kind}.{what}-ok" for kind in ("exchange", "queue") for what in ("declare", "bind", "delete", "unbind")
)
_CONNECTION: Mapping[str, ForConnection] = MappingProxyType(
    {
        "connection.tune": _tune,
        "connection.open-ok": _open_ok,
        "connection.blocked": _blocked,
        "connection.unblocked": _unblocked,
        "connection.close": _close,
    }
)
_CHANNEL: Mapping[str, ForChannel] = MappingProxyType(
    {
        "basic.cancel": _cancel,
        "basic.consume-ok": _consume_ok,
        "basic.qos-ok": _qos_ok,
        "basic.get-ok": _got,
        "basic.get-empty": _empty,
    }
)
