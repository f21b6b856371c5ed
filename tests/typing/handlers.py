"""A handler as the broker has them: its type checker knows the fields of its method.

Each ``type: ignore`` here stands where a slip has to be found; mypy reports one that it does not need.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from fakebroker.wire.command import Command, Content

if TYPE_CHECKING:
    from fakebroker.amqp.ports import HandlerChannel
    from fakebroker.wire.methods import BasicConsume, BasicQos, QueueDeclare


def declare(channel: HandlerChannel, command: Command[QueueDeclare]) -> tuple[str, bool]:
    """Fields have names, and types."""
    args = command.args
    print(args.queeu)  # type: ignore[attr-defined]
    print(command.args.delivery_tag)  # type: ignore[attr-defined]
    print(args.durable.upper())  # type: ignore[attr-defined]
    channel.reply(command, "queue.declare-ok", queue=args.queue)
    channel.reply(command, "queue.declare-ok", queeu=args.queue)  # type: ignore[call-overload]
    channel.reply(command, "queue.delete-ok", message_count=0)  # type: ignore[call-overload]
    channel.send("basic.return", reply_code=312)  # type: ignore[call-overload]
    return args.queue, args.durable


def consume(command: Command[BasicConsume]) -> str:
    """What only some versions have is no field that one can count on."""
    print(command.args.arguments)  # type: ignore[attr-defined]
    return command.args.consumer_tag


def qos(channel: HandlerChannel, command: Command[BasicQos]) -> bool:
    """A keyword has a ``_`` at its end. There is no asking for no answer here."""
    channel.reply(command, "basic.qos-ok")  # type: ignore[call-overload]
    channel.send("basic.qos-ok")
    return command.args.global_


def priority(content: Content) -> int:
    """Any property may be absent."""
    print(content.properties.prioirty)  # type: ignore[attr-defined]
    return content.properties.priority or 0
