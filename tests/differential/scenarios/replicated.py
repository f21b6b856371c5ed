"""Quorum queues and streams, as far as one node shows."""

from __future__ import annotations

from typing import Any

from tests.differential.scenario import Step
from tests.differential.scenarios.say import Q2, Q, ack, bind, consume, declare, do, get, nack, publish, reject

QUORUM: dict[str, Any] = {"x-queue-type": "quorum"}
STREAM: dict[str, Any] = {"x-queue-type": "stream"}


def quorum(queue: str = Q, at: str = "a1", **arguments: Any) -> Step:
    given = {key.replace("_", "-"): value for key, value in arguments.items()}
    return declare(queue, at, {**QUORUM, **given}, durable=True)


def _filled(count: int, **properties: Any) -> list[Step]:
    return [publish(f"m{number}", **properties) for number in range(1, count + 1)]


def stream(**arguments: Any) -> Step:
    return declare(arguments={**STREAM, **arguments}, durable=True)


SCENARIOS: dict[str, list[Step]] = {
    "a quorum queue": [
        quorum(), quorum(), declare(durable=True), declare(passive=True), *_filled(3), get(), get(no_ack=True),
        declare(passive=True), ack(1), get(),
        nack(), get(), reject(requeue=False), get(), do("queue.purge", queue=Q), do("queue.delete", queue=Q),
    ],
    "consuming from a quorum queue": [
        quorum(), *_filled(4), do("basic.qos", prefetch_count=2), consume(), ack(1), ack(2), nack(), ack(0,
        multiple=True), do("basic.cancel", consumer_tag="c1"),
        publish("more"), get(), get(),
    ],
    "a quorum queue and global qos": [quorum(), do("basic.qos", prefetch_count=2, global_=True), consume(),
        do("basic.qos", prefetch_count=0, global_=True), consume()],
    "what a quorum queue counts": [quorum(), publish(), get(), nack(), get(), nack(), get(), ack()],
    "a delivery limit": [
        quorum(x_delivery_limit=1, x_dead_letter_exchange="", x_dead_letter_routing_key=Q2), declare(Q2), publish(),
        get(), nack(), get(), nack(), get(), get(Q2),
    ],
    "a quorum queue's dead letters": [
        quorum(x_dead_letter_exchange="", x_dead_letter_routing_key=Q2), declare(Q2), publish("x", headers={"a": 1}),
        get(), reject(requeue=False), get(Q2),
    ],
    "a quorum queue that is full": [
        quorum(x_max_length=2), *_filled(4), get(no_ack=True), get(no_ack=True), get(no_ack=True), do("queue.delete",
        queue=Q),
        quorum(x_max_length=1, x_overflow="reject-publish"), do("confirm.select"), *_filled(3), get(),
    ],
    "a quorum queue with one active consumer": [
        quorum(x_single_active_consumer=True), consume(), consume(tag="c2", at="a2"), *_filled(2), get(), get(at="b1"),
        ack(1), do("basic.cancel", consumer_tag="c1"), *_filled(1),
    ],
    "a quorum queue's consumers": [
        quorum(), consume(exclusive=True), consume(tag="c2"), do("basic.cancel", consumer_tag="c1"),
        consume(arguments={"x-priority": 1}), consume(tag="c3"), consume(tag="c4", at="b1"),
        *_filled(4), do("queue.delete", queue=Q),
    ],
    "a quorum queue and transactions": [quorum(), do("tx.select"), publish("1"), do("tx.commit"), get(), ack(),
        do("tx.rollback"), ack(), do("tx.commit"), get()],
    "a quorum queue and recover": [quorum(), *_filled(2), get(), get(), do("basic.recover", requeue=True), get()],
    "a quorum queue bound and routed to": [quorum(), bind("amq.topic", "a.#"), publish("x", "a.b", "amq.topic",
        mandatory=True), get(), do("queue.unbind", queue=Q, exchange="amq.topic",
        routing_key="a.#"), publish("x", "a.b", "amq.topic", mandatory=True)],
    "a quorum queue if-unused and if-empty": [
        quorum(), publish(), do("queue.delete", queue=Q, if_empty=True), do("queue.delete", queue=Q, if_unused=True),
        do("queue.delete", queue=Q),
    ],
    "quorum arguments": [
        quorum(x_max_length="no"), quorum(x_delivery_limit=-1), quorum(x_delivery_limit="no"), quorum(x_expires=0),
        quorum(x_message_ttl=1000000), quorum(x_max_priority=1),
        quorum(Q2, x_queue_mode="lazy"), quorum("df.q3", x_overflow="reject-publish-dlx"), quorum("df.q4",
        x_max_length_bytes=10, x_quorum_initial_group_size=1),
    ],
    "a stream": [
        stream(), stream(), declare(passive=True), publish("1"), get(), consume(), do("basic.qos", prefetch_count=10),
        consume(no_ack=True), consume(), do("queue.purge", queue=Q),
        do("basic.cancel", consumer_tag="c1"), do("queue.delete", queue=Q),
    ],
    "a stream from its beginning": [
        stream(), do("confirm.select"), *_filled(3), do("basic.qos", prefetch_count=10),
        consume(arguments={"x-stream-offset": "first"}), publish("4"), ack(0, multiple=True),
        do("basic.cancel", consumer_tag="c1"), do("queue.delete", queue=Q),
    ],
    "a stream from some offset": [
        stream(), do("confirm.select"), *_filled(4), do("basic.qos", prefetch_count=10),
        consume(arguments={"x-stream-offset": {"$l": 2}}), do("basic.cancel", consumer_tag="c1"),
        consume(tag="c2", arguments={"x-stream-offset": "next"}), consume(tag="c3",
        arguments={"x-stream-offset": "no"}),
    ],
    "a stream and nack": [stream(), do("confirm.select"), publish("1"), do("basic.qos", prefetch_count=10),
        consume(arguments={"x-stream-offset": "first"}), nack()],
}  # fmt: skip
