"""A client that connects again, and forgets what it had before."""

from __future__ import annotations

from collections.abc import Iterator

from fakebroker.ledger.facts import ChannelFacts, ConnectionFacts, ConsumerFacts
from fakebroker.ledger.message import PublishedMessage
from fakebroker.ledger.verdicts.check import Check, Finding
from fakebroker.ledger.verdicts.evidence import AtChannel, Evidence

LONG_ENOUGH = 30.0
"""Seconds after which the client has had the time to set everything up again."""


def find(evidence: Evidence, _: int) -> Iterator[Finding]:
    """Find what connections had, and those that their clients made in their place have not."""
    for before in evidence.connections:
        ended = before.ended
        if ended is None or ended.by == "client" or evidence.is_garbled(before, ended.moment):
            continue
        after = evidence.successors(before)
        if after:
            yield from _consumers(evidence, before, after)
            yield from _prefetches(evidence, before, after)
            yield from _confirm_modes(evidence, before, after)


def _consumers(evidence: Evidence, before: ConnectionFacts, after: list[ConnectionFacts]) -> Iterator[Finding]:
    """Consumers that were there when the connection ended, and were not made again."""
    for channel in before.channels:
        for consumer in channel.consumers:
            if consumer.started is None or not _was_there(before, channel, consumer):
                continue
            if any(_replaces(other, consumer) for _, other in evidence.consumers()):
                continue
            heir = next((each for each in after if _goes_on_with(evidence, before, each, consumer)), None)
            if heir is None or heir.ready is None or evidence.is_garbled(heir, heir.ready):
                continue
            lasted = evidence.lived_on(heir, heir.ready)
            if lasted < LONG_ENOUGH:
                continue
            text = (
                f"connection {before.number} consumed {consumer.queue!r}. Connection {heir.number} was made in its"
                f" place and went on for {lasted:g} seconds, and did not consume from that queue."
            )
            moments = (consumer.moment, before.ended.moment if before.ended else None, heir.opened)
            yield Finding(text, moments, heir.number, evidence.is_left_alone(heir.ready))


def _was_there(before: ConnectionFacts, channel: ChannelFacts, consumer: ConsumerFacts) -> bool:
    """Whether the consumer, and its channel, ended with the connection and not earlier."""
    for end in (consumer.ended, channel.ended):
        if end is not None and end.by not in ("connection", "channel"):
            return False
    return before.ended is not None


def _replaces(other: ConsumerFacts, consumer: ConsumerFacts) -> bool:
    """Whether one consumer comes in the place of another: of its queue, or of a new one that the broker has named."""
    if other is consumer or other.moment.order < consumer.moment.order:
        return False
    return other.queue == consumer.queue or (_is_named(consumer.queue) and _is_named(other.queue))


def _is_named(queue: str) -> bool:
    return queue.startswith("amq.")


def _goes_on_with(evidence: Evidence, before: ConnectionFacts, after: ConnectionFacts, consumer: ConsumerFacts) -> bool:
    """Whether a new connection does part of what the old one did, so that it is surely in its place."""
    had = {each.queue for channel in before.channels for each in channel.consumers}
    has = {each.queue for channel in after.channels for each in channel.consumers}
    if had & has:
        return True
    declared = (each for channel in after.channels for each in channel.declared)
    if any(each.name == "queue.declare" and each.arguments.get("queue") == consumer.queue for each in declared):
        return True
    routes = {_route(each) for each in evidence.messages_of(before)}
    return bool(routes & {_route(each) for each in evidence.messages_of(after)})


def _route(message: PublishedMessage) -> tuple[str, str]:
    return message.exchange, message.routing_key


def _prefetches(evidence: Evidence, before: ConnectionFacts, after: list[ConnectionFacts]) -> Iterator[Finding]:
    """Consumers that had a limit, and were made again without one."""
    for old in before.channels:
        for consumer in old.consumers:
            if consumer.no_ack or not _limit(old, consumer):
                continue
            for place, again in _consumers_of(after):
                if (
                    again.queue != consumer.queue
                    or again.no_ack
                    or again.started is None
                    or _limit(place.channel, again)
                ):
                    continue
                if evidence.is_garbled(place.connection, again.moment):
                    continue
                text = (
                    f"the consumer of {consumer.queue!r} had a prefetch of {_limit(old, consumer)} on connection"
                    f" {before.number}, and has none on connection {place.connection.number}."
                )
                yield Finding(text, (consumer.moment, again.moment), place.connection.number)
                break


def _consumers_of(connections: list[ConnectionFacts]) -> Iterator[tuple[AtChannel, ConsumerFacts]]:
    for connection in connections:
        for channel in connection.channels:
            for consumer in channel.consumers:
                yield AtChannel(connection, channel), consumer


def _limit(channel: ChannelFacts, consumer: ConsumerFacts) -> int:
    """The limit of a consumer: its own, or that of its channel."""
    whole = (each.count for each in reversed(channel.prefetches) if each.whole_channel)
    return consumer.prefetch or next(whole, 0)


def _confirm_modes(evidence: Evidence, before: ConnectionFacts, after: list[ConnectionFacts]) -> Iterator[Finding]:
    """Messages that were published with confirms before, and by the same route without since."""
    routes: dict[tuple[str, str], PublishedMessage] = {}
    for message in evidence.messages_of(before):
        routes.setdefault(_route(message), message)
    if not all(message.confirm_mode for message in evidence.messages_of(before)):
        return  # it had channels of both kinds
    for connection in after:
        for message in evidence.messages_of(connection):
            first = routes.get(_route(message))
            channel = evidence.channel_of(message)
            if first is None or message.confirm_mode or channel is None or channel.transactional is not None:
                continue
            if message.published is not None and not evidence.is_garbled(connection, message.published):
                text = (
                    f"connection {before.number} published with confirms. Connection {connection.number} was made in"
                    f" its place, and published {message.title} with none."
                )
                yield Finding(text, (first.published, channel.opened, message.published), connection.number)
            break


CHECK = Check(
    "topology-forgotten",
    "connected again, and forgot a consumer, its prefetch or confirm mode",
    "A new connection begins with nothing: no consumers, no prefetch, no confirm mode, no exclusive queue. Whoever"
    " connects again has to set up all that the connection before had. A consumer counts as forgotten where the new"
    " connection does other things that the old one did, for 30 seconds, without it.",
    "fail",
    find,
)
