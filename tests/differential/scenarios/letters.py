"""Dead letters, limits and time."""

from __future__ import annotations

from typing import Any

from tests.differential.scenario import Step
from tests.differential.scenarios.say import (
    Q2,
    Q3,
    X2,
    Q,
    X,
    ack,
    bind,
    consume,
    declare,
    do,
    exchange,
    get,
    nack,
    publish,
    reject,
    wait,
)  # fmt: skip

TO_Q2: dict[str, Any] = {"x-dead-letter-exchange": "", "x-dead-letter-routing-key": Q2}


def _limited(**arguments: Any) -> list[Step]:
    """A queue with these arguments, whose dead letters go to the second one."""
    given = {key.replace("_", "-"): value for key, value in arguments.items()}
    return [declare(arguments={**TO_Q2, **given}), declare(Q2)]


def _drained(queue: str = Q, times: int = 4) -> list[Step]:
    return [get(queue, no_ack=True) for _ in range(times)]


def _filled(count: int, **properties: Any) -> list[Step]:
    return [publish(f"m{number}", **properties) for number in range(1, count + 1)]


SCENARIOS: dict[str, list[Step]] = {
    "a rejected message dies": [
        *_limited(), publish("x", headers={"a": 1}, expiration="1000000"), get(), reject(requeue=False), get(Q2),
        publish("y", headers={"CC": ["k"], "BCC": ["l"]}),
        get(), nack(requeue=False), get(Q2), publish("z"), get(), nack(0, multiple=True, requeue=False), get(Q2),
        ack(0, multiple=True),
    ],
    "a dead letter keeps its key": [
        exchange(type="topic"), declare(arguments={"x-dead-letter-exchange": X}), declare(Q2), bind(X, "#", Q2),
        publish("x"), get(), reject(requeue=False), get(Q2),
        publish("y", headers={"CC": ["k.l"], "BCC": ["m"]}), get(), reject(requeue=False), get(Q2), bind("amq.direct",
        "key"), publish("z", "key", "amq.direct"), get(),
        reject(requeue=False), get(Q2),
    ],
    "a dead letter with no exchange to go to": [declare(arguments={"x-dead-letter-exchange": "df.none"}), publish(),
        get(), reject(requeue=False), get()],
    "a dead letter with no queue to go to": [declare(arguments=TO_Q2), publish(), get(), reject(requeue=False), get()],
    "a message dies several times": [
        *_limited(), publish("x"), get(), reject(requeue=False), get(Q2), publish("x",
        headers={"x-death": [{"count": {"$l": 1}, "reason": "rejected", "queue": Q,
        "time": {"$T": 1600000000}, "exchange": "", "routing-keys": [Q]}], "x-first-death-reason": "other"}), get(),
        reject(requeue=False), get(Q2, no_ack=True),
        publish("x", headers={"x-death": [{"reason": "expired", "queue": "other", "count": {"$l": 3}}]}), get(),
        reject(requeue=False), get(Q2, no_ack=True),
    ],
    "to and fro": [
        declare(arguments=TO_Q2), declare(Q2, arguments={"x-dead-letter-exchange": "",
        "x-dead-letter-routing-key": Q}), publish("x", priority=1),
        *(step for _ in range(3) for step in (get(), reject(requeue=False), get(Q2), reject(requeue=False))), get(),
    ],
    "a cycle of expiry is cut": [
        declare(arguments={**TO_Q2, "x-message-ttl": 0}), declare(Q2, arguments={"x-dead-letter-exchange": "",
        "x-dead-letter-routing-key": Q, "x-message-ttl": 0}),
        publish("x"), get(), get(Q2), declare(passive=True), declare(Q2, passive=True),
    ],
    "a cycle into itself is cut": [
        declare(arguments={"x-dead-letter-exchange": "", "x-dead-letter-routing-key": Q, "x-message-ttl": 0}),
        publish("x"), get(), declare(passive=True),
    ],
    "a cycle with a rejection is not cut": [
        declare(arguments={"x-dead-letter-exchange": "", "x-dead-letter-routing-key": Q}), publish("x"), get(),
        reject(requeue=False), get(), reject(requeue=False), get(),
    ],
    "a limit of one into itself": [
        declare(arguments={"x-dead-letter-exchange": "", "x-dead-letter-routing-key": Q, "x-max-length": 1}),
        *_filled(3), *_drained(),
    ],
    "max-length drops the head": [*_limited(x_max_length=2), *_filled(4), declare(passive=True), *_drained(),
        *_drained(Q2)],
    "max-length 0": [*_limited(x_max_length=0), *_filled(2), get(), *_drained(Q2), consume(), *_filled(2), ack(),
        *_drained(Q2)],
    "max-length and what is out": [
        *_limited(x_max_length=2), *_filled(3), get(), get(), *_filled(2), nack(1), declare(passive=True), nack(2),
        *_drained(), *_drained(Q2, 5),
    ],
    "max-length-bytes": [
        *_limited(x_max_length_bytes=5), publish("12345"), publish("123456"), publish("1"), publish(""),
        publish("1234"), declare(passive=True), *_drained(), *_drained(Q2, 5),
    ],
    "both limits": [*_limited(x_max_length=3, x_max_length_bytes=6), publish("1"), publish("22"), publish("3"),
        publish("4"), publish("55555"), *_drained(), *_drained(Q2, 5)],
    "reject-publish": [
        *_limited(x_max_length=1, x_overflow="reject-publish"), do("confirm.select"), *_filled(3), get(),
        publish("more"), nack(), *_drained(), *_drained(Q2, 3),
        publish("a", mandatory=True), publish("b", mandatory=True),
    ],
    "reject-publish-dlx": [*_limited(x_max_length=1, x_overflow="reject-publish-dlx"), do("confirm.select"),
        *_filled(3), *_drained(), *_drained(Q2, 3)],
    "reject-publish by octets": [*_limited(x_max_length_bytes=3, x_overflow="reject-publish"), do("confirm.select"),
        publish("12"), publish("34"), publish("5"), *_drained()],
    "limits and a consumer": [
        *_limited(x_max_length=1), do("basic.qos", prefetch_count=1), consume(), *_filled(4), ack(), *_drained(Q2, 3),
        nack(), declare(passive=True),
    ],
    "priorities and max-length": [*_limited(x_max_length=2, x_max_priority=3), *(publish(f"p{p}",
        priority=p) for p in (3, 1, 2, 0, 3)), *_drained(), *_drained(Q2, 4)],
    "ttl 0 without a consumer": [*_limited(x_message_ttl=0), publish("x"), get(), get(Q2), consume(), publish("y"),
        declare(passive=True)],
    "expiration 0": [
        *_limited(), publish("x", expiration="0"), get(), get(Q2), publish("kept"), publish("y", expiration="0"),
        declare(passive=True), get(no_ack=True), get(), get(Q2),
        consume(), publish("z", expiration="0"),
    ],
    "a queue's ttl": [*_limited(x_message_ttl=250), publish("x"), publish("y", expiration="1000000"), wait(0.6), get(),
        *_drained(Q2, 3)],
    "a message's ttl": [
        *_limited(), publish("x", expiration="200"), wait(0.5), get(), get(Q2), publish("head"), publish("y",
        expiration="200"), wait(0.5), declare(passive=True),
        get(no_ack=True), declare(passive=True), get(Q2),
    ],
    "the smaller of two": [*_limited(x_message_ttl=200), publish("x", expiration="1000000"),
        *_limited(x_message_ttl=200), wait(0.5), get(), get(Q2)],
    "a ttl goes on while a message is out": [*_limited(x_message_ttl=300), publish("x"), get(), wait(0.6), nack(),
        get(), get(Q2)],
    "a dead letter has no expiration": [
        *_limited(), declare(Q3, arguments={**TO_Q2, "x-message-ttl": 1000000}), publish("x", Q3, expiration="150"),
        wait(0.4), get(Q2),
    ],
    "a ttl and a priority": [*_limited(x_max_priority=3), publish("x", expiration="150", priority=1), publish("y",
        priority=2), wait(0.4), declare(passive=True), *_drained(), get(Q2)],
    "what is deleted or purged does not die": [*_limited(), *_filled(2), do("queue.purge", queue=Q), get(Q2),
        *_filled(2), do("queue.delete", queue=Q), get(Q2)],
    "an internal exchange takes dead letters": [
        exchange(type="fanout", internal=True), declare(arguments={"x-dead-letter-exchange": X}), declare(Q2), bind(X,
        "", Q2), publish(), get(), reject(requeue=False), get(Q2),
    ],
    "dead letters and alternate exchanges": [
        exchange(arguments={"alternate-exchange": X2}), exchange(X2, "fanout"),
        declare(arguments={"x-dead-letter-exchange": X}), declare(Q2), bind(X2, "", Q2), publish(), get(),
        reject(requeue=False), get(Q2),
    ],
    "dead letters to a consumer": [*_limited(), consume(Q2, at="b1"), publish("x"), get(), reject(requeue=False),
        publish("y", expiration="0")],
    "dead letters in a transaction": [*_limited(), *_filled(2), do("tx.select"), get(), reject(requeue=False), get(Q2),
        do("tx.rollback"), reject(requeue=False), do("tx.commit"), get(Q2)],
    "dead letters with a header of one's own": [
        *_limited(), publish("x", headers={"x-first-death-queue": "mine", "x-death": [], "CC": [Q],
        "k": {"$D": "1.5"}}), get(), reject(requeue=False), get(Q2), get(),
    ],
    "lazy and durable change nothing": [
        declare(durable=True, arguments={"x-queue-mode": "lazy", **TO_Q2, "x-max-length": 2}), declare(Q2), *_filled(3,
        delivery_mode=2), *_drained(), *_drained(Q2, 2),
    ],
}  # fmt: skip
