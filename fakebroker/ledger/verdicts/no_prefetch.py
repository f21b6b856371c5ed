"""A consumer that acks and has no prefetch."""

from __future__ import annotations

from collections.abc import Iterator

from fakebroker.ledger.facts import ChannelFacts, ConsumerFacts
from fakebroker.ledger.verdicts.check import Check, Finding
from fakebroker.ledger.verdicts.evidence import Evidence


def find(evidence: Evidence, _: int) -> Iterator[Finding]:
    """Find consumers that settle what they get and have no limit."""
    for (connection, channel), consumer in evidence.consumers():
        if consumer.no_ack or consumer.prefetch or _whole(channel) or not _settles(channel, consumer):
            continue
        text = f"the consumer {consumer.tag!r} of {consumer.queue!r} acks what it gets, and has no prefetch."
        yield Finding(text, (consumer.moment,), connection.number)


def _whole(channel: ChannelFacts) -> bool:
    return any(each.count for each in channel.prefetches if each.whole_channel)


def _settles(channel: ChannelFacts, consumer: ConsumerFacts) -> bool:
    return any(event.consumer == consumer.tag for each in channel.settlements for _, event in each.deliveries)


CHECK = Check(
    "no-prefetch",
    "a consumer that acks has no prefetch",
    "Without basic.qos the broker sends the whole queue at once: it lies in the consumer's memory, other consumers get"
    " nothing, and all of it comes again when the connection ends. Set a prefetch before basic.consume.",
    "tell",
    find,
)
