"""What ``queue.bind``, ``queue.unbind``, ``exchange.bind`` and ``exchange.unbind`` have in common."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from fakebroker.amqp.ports import HandlerChannel
from fakebroker.broker.exchanges import Destination, Exchange
from fakebroker.broker.exchanges.bindings import Bindings
from fakebroker.broker.resource_names import clean, not_found
from fakebroker.errors import AMQPError
from fakebroker.values import Table


def change_binding(
    channel: HandlerChannel,
    action: Literal["bind", "unbind"],
    source_name: str,
    destination: tuple[Literal["queue", "exchange"], str],
    routing_key: str,
    arguments: Table,
    check: Callable[[Destination], None] | None = None,
) -> None:
    """Bind or unbind, with all of RabbitMQ's checks in its order.

    :param check: asked before anything is changed, with the destination; raises to refuse (a locked queue).
    :raises AMQPError: access-refused; not-found when an end of a new binding is missing (unbinding forgives it);
        precondition-failed for arguments that the exchange refuses.
    """
    vhost = channel.vhost
    source_name, (kind, name) = clean(source_name), (destination[0], clean(destination[1]))
    channel.check("write", kind, name)
    if source_name == "" or (kind, name) == ("exchange", ""):
        raise AMQPError("access-refused", "operation not permitted on the default exchange")
    channel.check("read", "exchange", source_name)
    source = vhost.exchanges.get(source_name)
    if source is not None and source.type == "topic":
        channel.check_topic("read", source_name, routing_key)
    target: Destination | None = vhost.exchanges.get(name) if kind == "exchange" else vhost.queues.get(name)
    if source is None or target is None:
        if action == "bind":
            raise (
                not_found("exchange", source_name, vhost.name) if source is None else not_found(kind, name, vhost.name)
            )
        return
    _apply(vhost.bindings, action, source, target, routing_key, arguments, check)


def _apply(
    bindings: Bindings,
    action: str,
    source: Exchange,
    target: Destination,
    routing_key: str,
    arguments: Table,
    check: Callable[[Destination], None] | None,
) -> None:
    if action == "bind":
        source.validate(arguments)
        if check is not None:
            check(target)
        bindings.bind(source, target, routing_key, arguments)
    elif bindings.has(source, target, routing_key, arguments):
        if check is not None:
            check(target)
        bindings.unbind(source, target, routing_key, arguments)
