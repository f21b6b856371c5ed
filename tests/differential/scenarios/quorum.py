"""Quorum queues: who is refused, what comes back, who counts."""

from __future__ import annotations

from typing import Any

from tests.differential.scenario import Step
from tests.differential.scenarios.replicated import quorum
from tests.differential.scenarios.say import (
    Q2,
    Q,
    ack,
    burst,
    consume,
    declare,
    do,
    get,
    nack,
    publish,
    wait,
)

_FULL: dict[str, Any] = {"x_max_length": 1, "x_overflow": "reject-publish"}
_DEAD: dict[str, Any] = {"x_dead_letter_exchange": "", "x_dead_letter_routing_key": Q2}


def _looked_at() -> Step:
    return declare(passive=True, at="c1")


def _limit(count: int, at: str = "a1", whole: bool = True) -> Step:
    return do("basic.qos", at, prefetch_count=count, global_=whole)


SCENARIOS: dict[str, list[Step]] = {
    "a full quorum queue takes the first message of a new publisher": [
        quorum(**_FULL), publish("a"), publish("b", at="a2"), get(), publish("c", at="a3"), _looked_at(),
    ],
    "a full quorum queue and three publishers": [
        quorum(**_FULL), do("confirm.select", "a1"), do("confirm.select", "a2"), do("confirm.select", "a3"),
        publish("a"), publish("b", at="a2"), publish("c", at="a3"), publish("d"), publish("e", at="a2"),
        publish("f", at="a3"), _looked_at(),
    ],
    "a full quorum queue takes messages again": [
        quorum(**_FULL), do("confirm.select"), publish("a"), publish("b"), publish("c"), publish("d"), _looked_at(),
        get(no_ack=True), publish("e"), _looked_at(), get(no_ack=True), publish("f"), _looked_at(), publish("g"),
        _looked_at(),
    ],
    "two publishers of a quorum queue that has room again": [
        quorum(**_FULL), do("confirm.select", "a1"), do("confirm.select", "a2"), publish("a"), publish("b"),
        publish("c"), publish("d", at="a2"), _looked_at(), get(no_ack=True), get(no_ack=True), get(no_ack=True),
        publish("e"), publish("f", at="a2"), publish("g", at="a2"), _looked_at(),
    ],
    "a quorum queue takes all that comes in one piece": [
        quorum(**_FULL), do("confirm.select"), burst(publish("a"), publish("b"), publish("c"), publish("d")),
        _looked_at(),
    ],
    "a channel that is opened again has not been told that a quorum queue is full": [
        quorum(**_FULL), do("confirm.select"), publish("a"), publish("b"), publish("c"), do("channel.close"),
        do("!channel.open"), do("confirm.select"), publish("d"), publish("e"), _looked_at(),
    ],
    "a quorum queue that is full of octets": [
        quorum(x_max_length_bytes=10, x_overflow="reject-publish"), do("confirm.select"), publish("12345678"),
        publish("12345678"), publish("1"), _looked_at(), get(no_ack=True), publish("2"), _looked_at(),
    ],
    "a full quorum queue with a consumer": [
        quorum(**_FULL), do("confirm.select"), consume(at="a2"), publish("a"), publish("b"), publish("c"),
        _looked_at(), ack(0, at="a2", multiple=True), publish("d"),
    ],
    "a full quorum queue and transactions": [
        quorum(**_FULL), do("tx.select"), publish("a"), publish("b"), publish("c"), do("tx.commit"), publish("d"),
        do("tx.commit"), _looked_at(),
    ],
    "a full quorum queue takes dead letters": [
        quorum(**_FULL),
        declare(Q2, arguments={"x-max-length": 0, "x-dead-letter-exchange": "", "x-dead-letter-routing-key": Q}),
        publish("1", Q2), publish("2", Q2), publish("3", Q2), publish("4", Q2), _looked_at(), publish("a"),
        publish("b"), _looked_at(),
    ],
    "a quorum queue that was full is purged": [
        quorum(**_FULL), do("confirm.select"), publish("a"), publish("b"), publish("c"), do("queue.purge", queue=Q),
        publish("d"), publish("e"), publish("f"), _looked_at(),
    ],
    "a limit of the channel does not count for a quorum queue's consumer": [
        quorum(), consume(), _limit(1), publish("a"), publish("b"), _looked_at(),
    ],
    "nor does what it has got count for others": [
        quorum(), declare(Q2), consume(), consume(Q2, "c2"), _limit(1), publish("a"), publish("x", Q2), publish("b"),
        publish("y", Q2), _looked_at(), ack(0, multiple=True),
    ],
    "what was acknowledged counts all the same": [
        quorum(), declare(Q2), consume(), consume(Q2, "c2"), _limit(2), publish("a"), publish("b"), publish("c"),
        publish("x", Q2), publish("y", Q2), ack(1), publish("z", Q2),
    ],
    "its own limit goes on": [
        quorum(), _limit(2, whole=False), consume(), _limit(1), publish("a"), publish("b"), publish("c"), _looked_at(),
    ],
    "a full quorum queue and what comes back": [
        quorum(x_max_length=1), publish("a"), get(), publish("b"), nack(), _looked_at(), get(), get(),
    ],
    "it becomes a dead letter": [
        declare(Q2), quorum(x_max_length=1, **_DEAD), publish("a"), get(), publish("b"), nack(), _looked_at(), get(),
        get(), get(Q2),
    ],
    "a full quorum queue with a delivery limit and what comes back": [
        quorum(x_max_length=1, x_delivery_limit=5), publish("a"), get(), publish("b"), nack(), _looked_at(), get(),
        get(),
    ],
    "several come back": [
        quorum(x_max_length=2), publish("a"), publish("b"), get(), get(), publish("c"), publish("d"),
        nack(2, multiple=True), _looked_at(), get(), get(), get(),
    ],
    "a channel closes and gives back to a full quorum queue": [
        quorum(x_max_length=1), publish("a"), get(), publish("b"), do("channel.close"), _looked_at(), get(at="a2"),
        get(at="a2"),
    ],
    "a cancelled consumer gives back to a full quorum queue": [
        quorum(x_max_length=1), publish("a"), consume(at="a2"), publish("b"),
        do("basic.cancel", "a2", consumer_tag="c1"), publish("c"), publish("d"), nack(1, at="a2"), _looked_at(), get(),
        get(),
    ],
    "what comes back and a limit of octets": [
        quorum(x_max_length_bytes=5), publish("aaa"), get(), publish("bbb"), nack(), _looked_at(), get(), get(),
    ],
    "recover and a full quorum queue": [
        quorum(x_max_length=1), publish("a"), get(), publish("b"), do("basic.recover", requeue=True), _looked_at(),
        get(), get(),
    ],
    "what comes back fills a quorum queue": [
        quorum(x_max_length=1, x_overflow="reject-publish"), do("confirm.select"), publish("a"), get(), publish("b"),
        nack(), _looked_at(), publish("c"), publish("d"), _looked_at(),
    ],
    "a single active consumer is counted alone": [
        quorum(x_single_active_consumer=True), consume(tag="a"), consume(tag="b"), consume(tag="c", at="b1"),
        _looked_at(), do("basic.cancel", consumer_tag="a"), _looked_at(), do("basic.cancel", consumer_tag="b"),
        _looked_at(),
    ],
    "and one that was cancelled as long as it has something": [
        quorum(x_single_active_consumer=True), publish("m"), consume(tag="a"), consume(tag="b"),
        do("basic.cancel", consumer_tag="a"), _looked_at(), ack(), _looked_at(),
    ],
    "a cancelled consumer counts as long as it has something": [
        quorum(), publish("m"), consume(tag="a"), consume(tag="b"), do("basic.cancel", consumer_tag="a"), _looked_at(),
        ack(), _looked_at(), consume(tag="c"), _looked_at(),
    ],
    "what was fetched counts as a consumer": [
        quorum(), publish("m"), publish("n"), get(), _looked_at(), get(), _looked_at(), ack(1), _looked_at(), nack(2),
        _looked_at(),
    ],
    "a failing connection's channels get nothing of what a quorum queue gets back": [
        quorum(), publish("a"), consume(tag="a"), consume(tag="b", at="a2"), consume(tag="a"), _looked_at(),
        get(at="b1"),
    ],
    "but it has been on its way to them": [
        quorum(), publish("a"), get(), consume(tag="b", at="a2"), do("basic.qos", prefetch_size=1), _looked_at(),
        get(at="b1"),
    ],
    "a failing channel's neighbours do": [
        quorum(), publish("a"), consume(tag="a"), consume(tag="b", at="a2"), do("basic.ack", delivery_tag=99),
        _looked_at(),
    ],
    "a quorum queue's message of TTL 0 comes back": [
        quorum(x_message_ttl=0), consume(), publish("a"), nack(), _looked_at(), publish("b"), nack(), _looked_at(),
    ],
    "it becomes a dead letter then": [
        declare(Q2), quorum(x_message_ttl=0, **_DEAD), consume(), publish("a"), nack(), _looked_at(), get(Q2),
    ],
    "a quorum queue's message dies while it is out": [
        quorum(x_message_ttl=300), publish("a"), get(), wait(.6), nack(), _looked_at(), get(),
    ],
    "a consumer gives back what has died": [
        quorum(x_message_ttl=300), consume(), publish("a"), wait(.6), nack(), _looked_at(),
    ],
    "a channel closes and gives back what has died": [
        quorum(x_message_ttl=300), publish("a"), get(), wait(.6), do("channel.close"), wait(.3), _looked_at(),
        get(at="b1"),
    ],
    "of what comes back the living one has to wait": [
        quorum(x_message_ttl=300), publish("a", expiration="100000"), publish("b"), get(), wait(.6), nack(),
        _looked_at(), get(no_ack=True), get(no_ack=True),
    ],
    "a message with an expiration of 0 comes back to a quorum queue": [
        quorum(), consume(), publish("a", expiration="0"), nack(), _looked_at(),
    ],
    "the second of TTL 0 has to wait": [
        quorum(x_message_ttl=0), do("basic.qos", prefetch_count=1), consume(), publish("a"), publish("b"),
        _looked_at(), ack(), _looked_at(),
    ],
}  # fmt: skip
