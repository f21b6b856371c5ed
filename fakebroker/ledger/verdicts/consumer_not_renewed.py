"""A consumer that the broker has cancelled, and nobody has subscribed again."""

from __future__ import annotations

from collections.abc import Iterator

from fakebroker.ledger.facts import ConsumerFacts, Ended
from fakebroker.ledger.verdicts.check import Check, Finding
from fakebroker.ledger.verdicts.evidence import AtChannel, Evidence

WAITING = 5.0
LONG_ENOUGH = 30.0
"""Seconds after which the client has had the time to act, whatever its pauses are."""


def find(evidence: Evidence, _: int) -> Iterator[Finding]:
    """Find consumers that were cancelled, while their clients went on without them."""
    for place, consumer in evidence.consumers():
        end = consumer.ended
        if end is None or end.by != "broker" or not end.reached or evidence.is_garbled(place.connection, end.moment):
            continue
        lasted = _lasted(evidence, place, end)
        if lasted <= WAITING or _renewed(evidence, consumer, end):
            continue
        sure = lasted >= LONG_ENOUGH and evidence.is_left_alone(end.moment) and not _deleted(evidence, consumer, end)
        text = (
            f"the broker cancelled the consumer {consumer.tag!r} of {consumer.queue!r}. The client went on for"
            f" {lasted:g} seconds, and did not consume from that queue again."
        )
        yield Finding(text, (consumer.moment, end.moment), place.connection.number, sure)


def _lasted(evidence: Evidence, place: AtChannel, end: Ended) -> float:
    """For how many seconds the client went on with the channel."""
    over = place.channel.ended or place.connection.ended
    return (evidence.now if over is None else over.moment.time) - end.moment.time


def _renewed(evidence: Evidence, consumer: ConsumerFacts, end: Ended) -> bool:
    """Whether anybody has subscribed to the queue since, or this client to any queue that the broker has named."""
    return any(
        other.moment.order > end.moment.order and (other.queue == consumer.queue or other.queue.startswith("amq."))
        for _, other in evidence.consumers()
    )


def _deleted(evidence: Evidence, consumer: ConsumerFacts, end: Ended) -> bool:
    """Whether a client has deleted the queue: that may be meant."""
    return any(
        each.name == "queue.delete" and each.arguments.get("queue") == consumer.queue
        for _, channel in evidence.places()
        for each in channel.deleted
        if each.moment.order < end.moment.order
    )


CHECK = Check(
    "consumer-not-renewed",
    "cancelled by the broker, and not subscribed again",
    "The broker has told the client with basic.cancel that its consumer is gone, since the queue was deleted or moved."
    " Nothing comes any more, and no error either. Declare the queue and consume again, or give up with an error. Sure"
    " where the client went on for 30 seconds with no rule in its way, and no client had deleted the queue.",
    "fail",
    find,
)
