"""``exchange.*``: the handlers check in RabbitMQ's order, and answer (RabbitMQ 3.10: rabbit_channel)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from fakebroker.amqp.classes.binding import change_binding
from fakebroker.amqp.ports import ChannelHandler, HandlerChannel
from fakebroker.broker.exchanges.registry import exchange_type
from fakebroker.broker.resource_names import check_reserved, clean, resource
from fakebroker.erlang.compare import type_name
from fakebroker.errors import AMQPError
from fakebroker.values import Table
from fakebroker.wire.command import Command

if TYPE_CHECKING:
    from fakebroker.wire.methods import ExchangeBind, ExchangeDeclare, ExchangeDelete, ExchangeUnbind


def declare(channel: HandlerChannel, command: Command[ExchangeDeclare]) -> None:
    """Create an exchange, or check that an existing one is the same. Passive: check only that there is one."""
    args = command.args
    name = clean(args.exchange)
    exchanges = channel.vhost.exchanges
    if args.passive:
        _check_not_default(name)
        exchanges.find(name)
    else:
        exchange_type(args.type)
        _check_not_default(name)
        channel.check("configure", "exchange", name)
        is_new = name not in exchanges
        if is_new:
            check_reserved("exchange", name)
            _check_alternate(channel, name, args.arguments)
        exchange = exchanges.declare(name, args.type, args.durable, args.auto_delete, args.internal, args.arguments)
        if is_new:
            exchange.declared_by = channel.user.name
    channel.reply(command, "exchange.declare-ok")


def _check_alternate(channel: HandlerChannel, name: str, arguments: Table) -> None:
    key = "alternate-exchange"
    if key not in arguments:
        return
    alternate = arguments[key]
    if not isinstance(alternate, str):
        where = resource("exchange", name, channel.vhost.name)
        raise AMQPError("precondition-failed", f"invalid type '{type_name(alternate)}' for arg '{key}' in {where}")
    channel.check("read", "exchange", name)
    channel.check("write", "exchange", alternate)


def delete(channel: HandlerChannel, command: Command[ExchangeDelete]) -> None:
    """Delete an exchange. One that does not exist is no error."""
    name = clean(command.args.exchange)
    _check_not_default(name)
    if name.startswith("amq."):
        where = resource("exchange", name, channel.vhost.name)
        raise AMQPError("access-refused", f"deletion of system {where} not allowed")
    channel.check("configure", "exchange", name)
    channel.vhost.exchanges.delete(name, if_unused=command.args.if_unused)
    channel.reply(command, "exchange.delete-ok")


def _check_not_default(name: str) -> None:
    if name == "":
        raise AMQPError("access-refused", "operation not permitted on the default exchange")


def bind(channel: HandlerChannel, command: Command[ExchangeBind]) -> None:
    """Bind an exchange to an exchange."""
    _change(channel, "bind", command.args)
    channel.reply(command, "exchange.bind-ok")


def unbind(channel: HandlerChannel, command: Command[ExchangeUnbind]) -> None:
    """Remove a binding between exchanges. One that does not exist is no error."""
    _change(channel, "unbind", command.args)
    channel.reply(command, "exchange.unbind-ok")


def _change(channel: HandlerChannel, action: Literal["bind", "unbind"], args: ExchangeBind | ExchangeUnbind) -> None:
    change_binding(channel, action, args.source, ("exchange", args.destination), args.routing_key, args.arguments)


HANDLERS: dict[str, ChannelHandler] = {
    "exchange.declare": declare,
    "exchange.delete": delete,
    "exchange.bind": bind,
    "exchange.unbind": unbind,
}
