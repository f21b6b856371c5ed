"""What each command of a client adds to the facts of its connection, when it arrives at the link."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TypeAlias

from fakebroker.errors import AMQPError, DecodeError
from fakebroker.ledger import settling
from fakebroker.ledger.event import Moment
from fakebroker.ledger.facts import ConsumerFacts, Declared, Ended, Get, Prefetch
from fakebroker.ledger.open_channels import OpenChannel, OpenConnection, keep
from fakebroker.wire import sasl
from fakebroker.wire.command import Command

ForConnection: TypeAlias = Callable[[OpenConnection, Command, Moment], None]
ForChannel: TypeAlias = Callable[[OpenConnection, OpenChannel, Command, Moment], None]

DECLARES = ("exchange.declare", "exchange.bind", "queue.declare", "queue.bind")
DELETES = ("exchange.delete", "exchange.unbind", "queue.delete", "queue.unbind")
SETTLES = ("basic.ack", "basic.nack", "basic.reject")
BEHIND = (*SETTLES, "channel.close-ok")
"""What is noted of a channel that is over, too."""


def said(at: OpenConnection, command: Command, moment: Moment) -> None:
    """Note a command."""
    name, number = command.name, command.channel
    for_connection = _CONNECTION.get(name)
    if for_connection is not None:
        for_connection(at, command, moment)
        return
    if name == "channel.open":
        if at.channel(number) is None:
            at.open(number, moment)
        return
    channel = at.channels.get(number)
    if channel is None or (not channel.is_open and name not in BEHIND):
        return
    for_channel = _CHANNEL.get(name)
    if for_channel is not None:
        for_channel(at, channel, command, moment)


def _start_ok(at: OpenConnection, command: Command, moment: Moment) -> None:
    args = command.args
    at.facts.client = args.client_properties
    try:
        at.facts.user = sasl.credentials(args.mechanism, args.response)[0]
    except (AMQPError, DecodeError):
        at.facts.user = ""


def _tune_ok(at: OpenConnection, command: Command, moment: Moment) -> None:
    at.facts.heartbeat = command.args.heartbeat


def _open(at: OpenConnection, command: Command, moment: Moment) -> None:
    at.facts.vhost = command.args.virtual_host


def _close(at: OpenConnection, command: Command, moment: Moment) -> None:
    args = command.args
    if at.closing is None:
        at.closing = Ended(moment, "client", args.reply_code, args.reply_text)


def _close_channel(at: OpenConnection, channel: OpenChannel, command: Command, moment: Moment) -> None:
    args = command.args
    at.close(command.channel, Ended(moment, "client", args.reply_code, args.reply_text))
    channel.knows_end = True


def _close_ok(at: OpenConnection, channel: OpenChannel, command: Command, moment: Moment) -> None:
    channel.knows_end = not channel.is_open


def _select_confirms(at: OpenConnection, channel: OpenChannel, command: Command, moment: Moment) -> None:
    if channel.facts.confirm_mode is None:
        channel.facts.confirm_mode = moment


def _select_tx(at: OpenConnection, channel: OpenChannel, command: Command, moment: Moment) -> None:
    if channel.facts.transactional is None:
        channel.facts.transactional = moment


def _commit(at: OpenConnection, channel: OpenChannel, command: Command, moment: Moment) -> None:
    channel.in_transaction = {}


def _roll_back(at: OpenConnection, channel: OpenChannel, command: Command, moment: Moment) -> None:
    settling.rolled_back(channel)


def _recover(at: OpenConnection, channel: OpenChannel, command: Command, moment: Moment) -> None:
    channel.outstanding = {}


def _qos(at: OpenConnection, channel: OpenChannel, command: Command, moment: Moment) -> None:
    args = command.args
    whole = getattr(args, "global_", getattr(args, "global", False))
    keep(channel.facts.prefetches, Prefetch(moment, args.prefetch_count, bool(whole)))


def _consume(at: OpenConnection, channel: OpenChannel, command: Command, moment: Moment) -> None:
    args, facts = command.args, channel.facts
    arguments = getattr(args, "arguments", None) or {}
    queue = args.queue or _last_queue(channel)
    consumer = ConsumerFacts(moment, args.consumer_tag, queue, args.no_ack, args.exclusive, facts.prefetch, arguments)
    if args.no_wait:
        consumer.started = moment
    keep(facts.consumers, consumer)


def _cancel(at: OpenConnection, channel: OpenChannel, command: Command, moment: Moment) -> None:
    for consumer in channel.facts.consumers:
        if consumer.tag == command.args.consumer_tag and consumer.ended is None:
            consumer.ended = Ended(moment, "client")


def _declare(at: OpenConnection, channel: OpenChannel, command: Command, moment: Moment) -> None:
    keep(channel.facts.declared, _declared(channel, command, moment))


def _delete(at: OpenConnection, channel: OpenChannel, command: Command, moment: Moment) -> None:
    keep(channel.facts.deleted, _declared(channel, command, moment))


def _declared(channel: OpenChannel, command: Command, moment: Moment) -> Declared:
    arguments = {name: value for name, value in command.args._asdict().items() if name != "ticket"}
    if "queue" in arguments and not arguments["queue"] and command.name != "queue.declare":
        arguments["queue"] = _last_queue(channel)
    return Declared(moment, command.name, arguments, moment if arguments.get("no_wait") else None)


def _last_queue(channel: OpenChannel) -> str:
    """The queue that an empty name stands for: the last that was declared on the channel."""
    declared = (each for each in reversed(channel.facts.declared) if each.name == "queue.declare")
    return next((str(each.arguments["queue"]) for each in declared), "")


def _get(at: OpenConnection, channel: OpenChannel, command: Command, moment: Moment) -> None:
    args = command.args
    keep(channel.facts.gets, Get(moment, args.queue or _last_queue(channel), args.no_ack))


def _settle(at: OpenConnection, channel: OpenChannel, command: Command, moment: Moment) -> None:
    settling.settlement(channel, moment, command)


_CONNECTION: Mapping[str, ForConnection] = MappingProxyType(
    {
        "connection.start-ok": _start_ok,
        "connection.tune-ok": _tune_ok,
        "connection.open": _open,
        "connection.close": _close,
    }
)
_CHANNEL: Mapping[str, ForChannel] = MappingProxyType(
    {
        "channel.close": _close_channel,
        "channel.close-ok": _close_ok,
        "confirm.select": _select_confirms,
        "tx.select": _select_tx,
        "tx.commit": _commit,
        "tx.rollback": _roll_back,
        "basic.recover": _recover,
        "basic.recover-async": _recover,
        "basic.qos": _qos,
        "basic.consume": _consume,
        "basic.cancel": _cancel,
        "basic.get": _get,
        **dict.fromkeys(DECLARES, _declare),
        **dict.fromkeys(DELETES, _delete),
        **dict.fromkeys(SETTLES, _settle),
    }
)
