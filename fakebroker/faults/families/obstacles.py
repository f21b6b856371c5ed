"""Why a named fault can't act at a crossing, or why no RabbitMQ could do it there; empty where nothing forbids it."""

from __future__ import annotations

from fakebroker.faults.reach import Standing


def anywhere(standing: Standing) -> str:
    """As long as there is a connection."""
    return "the connection is over" if standing.name == "end" else ""


def at_connect(standing: Standing) -> str:
    """Where a connection begins."""
    return "" if standing.name == "connect" else "it is for a whole connection, from its beginning on"


def in_a_connection(standing: Standing) -> str:
    """Where the broker may close the connection: between ``connection.open-ok`` and the first ``connection.close``."""
    if standing.name == "end":
        return "the connection is over"
    if not standing.opened:
        return "the connection is not open yet: a RabbitMQ hangs up without a word"
    if standing.closing or standing.name.startswith("connection.close"):
        return "the connection is closing already"
    return ""


def in_a_channel(standing: Standing) -> str:
    """Where the channel is open, and so is its connection."""
    if standing.command is None or not standing.command.channel:
        return in_a_connection(standing) or "it belongs to no channel"
    if not standing.channel or standing.name.startswith("channel.close"):
        return in_a_connection(standing) or "the channel is not open"
    return in_a_connection(standing)


def at_what_may_be_gone(standing: Standing) -> str:
    """Where a client names a queue or an exchange that somebody may have deleted."""
    if standing.outgoing or standing.command is None:
        return "a channel is closed with 404 at a command that names a queue or an exchange"
    args = standing.command.args
    if standing.name == "basic.publish":
        gone = args.exchange and not args.exchange.startswith("amq.")
        return in_a_channel(standing) if gone else "the exchange that it names can't be deleted"
    if standing.name in ("queue.declare", "exchange.declare") and not args.passive:
        return "it declares what it names"
    if standing.name in ("queue.declare", "exchange.declare", *_NAMING):
        return in_a_channel(standing)
    return "it names no queue or exchange that may be gone"


_NAMING = ("basic.consume", "basic.get", "queue.bind", "queue.purge", "exchange.bind", "exchange.unbind")


def at_what_may_fail(standing: Standing) -> str:
    """Where a declaration may differ from what there is, or a delivery may have waited too long for its ack."""
    if standing.command is None:
        return "it belongs to no channel"
    args = standing.command.args
    if not standing.outgoing and standing.name in ("queue.declare", "exchange.declare") and not args.passive:
        named = args.queue if standing.name == "queue.declare" else args.exchange
        return in_a_channel(standing) if named else "a queue with a new name has no other arguments"
    if not standing.unacked:
        return "it declares nothing, and no delivery waits for its ack"
    return in_a_channel(standing)


def at_consumers(standing: Standing) -> str:
    """Where a consumer may be cancelled, and its client is told."""
    if not standing.outgoing or standing.name not in ("basic.deliver", "basic.consume-ok"):
        return "it is no delivery and no answer to consume"
    if standing.consumer is None:
        return "its consumer is cancelled already"
    if "consumer_cancel_notify" not in standing.capabilities:
        return "the client has not announced consumer_cancel_notify"
    if standing.consumer.queue.startswith("amq.rabbitmq.reply-to"):
        return "direct reply-to has no queue that could be deleted"
    return in_a_channel(standing)


def at_deliveries_to_repeat(standing: Standing) -> str:
    """Where a message can go back to its queue and come again."""
    if not standing.outgoing or standing.name != "basic.deliver" or standing.command is None:
        return "it is no delivery"
    args = standing.command.args
    if args.redelivered:
        return "it is a redelivery already"
    if standing.consumer is None:
        return "its consumer is cancelled already"
    if standing.consumer.no_ack:
        return "its consumer sends no acks, so it is gone from its queue"
    if standing.consumer.stream:
        return "a stream takes nothing back"
    return in_a_channel(standing)


def at_confirms(standing: Standing) -> str:
    """Where the broker confirms with ``basic.ack`` what was published."""
    if not standing.outgoing or standing.name not in ("basic.ack", "basic.nack"):
        return "it is no confirm"
    return "the confirm is a nack already" if standing.name == "basic.nack" else in_a_channel(standing)


def at_mandatory(standing: Standing) -> str:
    """Where a client publishes a message that must be routed."""
    if standing.outgoing or standing.name != "basic.publish" or standing.command is None:
        return "it is no publish"
    args = standing.command.args
    if not args.mandatory:
        return "the message is not mandatory"
    if standing.transactional:
        return "in a transaction messages are returned when it is committed"
    return in_a_channel(standing)


def at_publishes_that_may_be_blocked(standing: Standing) -> str:
    """Where a client publishes that understands ``connection.blocked``."""
    if standing.outgoing or standing.name != "basic.publish":
        return "it is no publish"
    if "connection.blocked" not in standing.capabilities:
        return "the client has not announced connection.blocked"
    return in_a_connection(standing)


def at_what_is_about_a_queue(standing: Standing) -> str:
    """Where there is a queue that somebody may delete, and its client can know.

    A message that is not mandatory is confirmed even where its queue is gone: no publisher can do anything about it.
    """
    if not standing.queue:
        return "it is about no queue that there is"
    if standing.name == "basic.publish" and standing.command is not None and not standing.command.args.mandatory:
        return "the message is not mandatory, so its publisher would never know"
    return in_a_channel(standing)


def at_what_goes_out(standing: Standing) -> str:
    """Where the broker sends a frame."""
    if standing.name == "end":
        return "the connection is over"
    if not standing.outgoing:
        return "it comes from the client"
    return "it is no frame" if standing.name == "protocol-header" else ""


def where_frames_are_limited(standing: Standing) -> str:
    """Where the broker sends a frame, and both sides have agreed how long it may be."""
    return at_what_goes_out(standing) or ("" if standing.frame_max else "no frame-max has been agreed upon")
