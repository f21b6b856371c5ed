"""Publishing, fetching, consuming, settling."""

from __future__ import annotations

from typing import Any

from tests.differential.scenario import Step
from tests.differential.scenarios.say import (
    Q2,
    Q3,
    Q,
    X,
    ack,
    bind,
    burst,
    consume,
    credit_flow,
    declare,
    do,
    exchange,
    get,
    nack,
    publish,
    reject,
)  # fmt: skip

PSEUDO = "amq.rabbitmq.reply-to"
ALL: dict[str, Any] = {
    "content_type": "text/plain", "content_encoding": "utf-8", "headers": {"a": 1, "b": "x"}, "delivery_mode": 2,
        "priority": 5,
    "correlation_id": "c", "reply_to": "r", "expiration": "1000000", "message_id": "m", "timestamp": 1500000000,
        "type": "t",
    "user_id": "guest", "app_id": "app", "cluster_id": "cl",
}  # fmt: skip


def _filled(count: int, queue: str = Q) -> list[Step]:
    return [publish(f"m{number}", queue) for number in range(1, count + 1)]


SCENARIOS: dict[str, list[Step]] = {
    "all properties": [declare(), publish("x", **ALL), get(), nack(), get(), ack()],
    "each property alone": [declare(), *(s for key, value in ALL.items() for s in (publish(key, **{key: value}),
        get(no_ack=True)))],
    "odd expirations": [
        declare(), *(s for value in ("0", "1.5", "100x", "", " 100", "+5000000", "-1", "4294967295", "4294967296",
        "99999999999", "0x10", "1e5",
                                     "é", "٣", "1000000 ", "00001000000", "+", "-0", "+-1")
                     for s in (publish(value, expiration=value), get(no_ack=True))),
    ],
    "odd delivery modes and priorities": [
        declare(), *(s for mode in (0, 1, 2, 3, 255) for s in (publish("x", delivery_mode=mode), get(no_ack=True))),
        *(s for priority in (0, 9, 10, 255) for s in (publish("x", priority=priority), get(no_ack=True))),
    ],
    "odd user ids": [declare(), *(s for user in ("guest", "other", "", "Guest") for s in (publish("x", user_id=user),
        get(no_ack=True)))],
    "which error comes first": [
        publish("x", "", "df.none", user_id="other"), publish("x", expiration="no", user_id="other"), publish("x",
        delivery_mode=7, expiration="no"),
        publish("x", delivery_mode=7, user_id="other"), publish("x", headers={"CC": 1}, expiration="no"), publish("x",
        headers={"CC": 1}, delivery_mode=7),
        publish("x", "", "df.none", reply_to=PSEUDO), publish("x", reply_to=PSEUDO, user_id="other"), publish("x",
        headers={"CC": 1, "BCC": 2}),
        ["a1", "basic.publish", {"exchange": "df.none", "immediate": True}, {"body": "x"}],
    ],
    "sizes of bodies": [
        declare(), *(s for size in (0, 1, 4088, 131063, 131064, 131065, 262128, 262129) for s in (
            publish({"$repeat": ["x", size]} if size > 64 else "x" * size), get(no_ack=True))),
    ],
    "sizes of bodies with small frames": [
        ["a", "connect", {"tune": {"frame_max": 4096}}], declare(),
        *(s for size in (4088, 4089, 10000) for s in (
            ["a1", "basic.publish", {"routing_key": Q}, {"frames": [
                [2, -1, f"003c0000{size:016x}0000"], [3, -1, "78" * 4000], [3, -1,
                "78" * (size - 4000)] if size < 8000 else [3, -1, "78" * 4000],
                *([[3, -1, "78" * (size - 8000)]] if size > 8000 else [])]}], get(no_ack=True))),
    ],
    "mandatory": [
        publish("x", "none", mandatory=True), declare(), publish("x", mandatory=True), publish("x", "none",
        "amq.direct", mandatory=True, **ALL),
        publish("x", "none", headers={"CC": [Q]}, mandatory=True), publish("x", "none", headers={"BCC": [Q], "z": 1},
        mandatory=True), get(), get(), get(),
        publish("x", "none", headers={"BCC": ["none2"], "z": 1}, mandatory=True), publish({"$repeat": ["y", 140000]},
        "none", mandatory=True),
    ],
    "CC and BCC": [
        declare(), declare(Q2), declare(Q3), publish("1", headers={"CC": [Q2], "BCC": [Q3], "z": 1}), get(), get(Q2),
        get(Q3),
        publish("2", headers={"BCC": [Q2]}), get(), get(Q2), publish("3", headers={"CC": [Q, Q, Q2]}), get(), get(),
        get(Q2),
        bind("amq.topic", "a.#", Q2), publish("4", "b", "amq.topic", headers={"CC": ["a.b"]}), get(Q2), publish("5",
        "b", "amq.topic", headers={"CC": []}),
        bind("amq.fanout"), publish("6", "b", "amq.fanout", headers={"CC": [Q2], "BCC": [Q3]}), get(), get(Q2), get(Q3),
    ],
    "fetching": [
        get(), declare(), get(), publish("1"), publish("2"), get(), get(no_ack=True), get(), ack(),
        declare(passive=True), publish("3"), get(), get(at="a2"),
        ["a1", "channel.close", {"reply_code": 200}], get(at="a2"),
    ],
    "tags that don't exist": [
        declare(), *_filled(3), ack(1), get(), ack(1), ack(1), get(), get(), ack(0), get(), ack(5, multiple=True),
        ack(0, multiple=True), get(), get(),
        ack(0, multiple=True), ack(0, multiple=True), ack(1, multiple=True), reject(0), nack(0), nack(0,
        multiple=True), reject(7), nack(7, multiple=True),
        get(), get(no_ack=True), ack(2), ack({"$l": 2**63 - 1}),
    ],
    "multiple acks": [
        declare(), *_filled(6), *[get() for _ in range(6)], ack(3), ack(2, multiple=True), ack(2, multiple=True),
        get(), get(), get(), get(),
        ack(2), ack(3, multiple=True), declare(passive=True), get(), get(), ack(0, multiple=True),
        declare(passive=True),
    ],
    "requeueing keeps the order": [
        declare(), *_filled(5), *[get() for _ in range(4)], nack(2), get(), nack(1), nack(4), get(), get(), get(),
        get(), nack(0, multiple=True),
        *[get(no_ack=True) for _ in range(6)],
    ],
    "rejecting drops": [declare(), *_filled(3), get(), reject(1, requeue=False), get(), nack(2, requeue=False), get(),
        nack(3, multiple=True, requeue=False), get()],
    "recovering": [
        declare(), *_filled(3), get(), get(), do("basic.recover", requeue=True), get(), ack(3),
        do("basic.recover-async", requeue=True), get(), get(), get(),
        do("basic.recover", requeue=False), get(), do("basic.recover-async", requeue=False), consume(),
        do("basic.recover", requeue=True),
        do("basic.recover", "a2", requeue=True),
    ],
    "a consumer and its queue": [
        declare(), *_filled(2), consume(), publish("3"), ack(1), ack(3, multiple=True), do("basic.cancel",
        consumer_tag="c1"), publish("4"), get(),
        consume(no_ack=True), publish("5"), publish("6"), do("basic.cancel", consumer_tag="c1"), declare(passive=True),
    ],
    "consumer tags": [
        declare(), consume(), consume(), consume(tag=""), consume(tag=""), consume(tag="c1", at="a2"),
        do("basic.cancel", consumer_tag="amq.ctag-#1"),
        do("basic.cancel", consumer_tag="amq.ctag-#1"), do("basic.cancel", consumer_tag="c1", at="b1"),
        consume(tag="t" * 255), consume(tag="é"),
        consume(tag="\n"), do("basic.cancel", consumer_tag="c1"), consume("df.none", "c1"), consume(Q, "c1"),
    ],
    "taking turns": [
        declare(), consume(no_ack=True), consume(tag="c2", at="a2"), consume(tag="c3", at="b1"), *_filled(7),
        do("basic.cancel", "a2", consumer_tag="c2"),
        *_filled(4), consume(tag="c4", no_ack=True), *_filled(4),
    ],
    "exclusive consumers": [
        declare(), consume(exclusive=True), consume(tag="c2"), consume(tag="c3", at="b1"), consume(tag="c3", at="b1",
        exclusive=True), get(at="b1"), publish(),
        do("basic.cancel", consumer_tag="c1"), consume(tag="c3", at="b1"), consume(exclusive=True), do("basic.cancel",
        "b1", consumer_tag="c3"),
        consume(exclusive=True), do("channel.close", reply_code=200), consume(tag="c3", at="b1", exclusive=True),
    ],
    "consumer priorities": [
        declare(), consume(tag="low", arguments={"x-priority": -1}), consume(tag="high", arguments={"x-priority": 5}),
        consume(tag="none"), *_filled(2),
        do("basic.qos", "a2", prefetch_count=1), consume(tag="limited", at="a2", arguments={"x-priority": {"$l": 10}}),
        *_filled(3),
        ack(1, "a2"), *_filled(2), do("basic.cancel", consumer_tag="high"), *_filled(2),
    ],
    "single active consumer": [
        declare(arguments={"x-single-active-consumer": True}), consume(), consume(tag="c2", at="a2"), consume(tag="c3",
        at="b1"), *_filled(3),
        consume(tag="c4", exclusive=True), do("basic.cancel", consumer_tag="c1"), *_filled(2), do("channel.close",
        "a2", reply_code=200), *_filled(2), get(),
        consume(tag="c5", at="b2", arguments={"x-priority": 10}), *_filled(1), ["b", "drop", {}],
        declare(passive=True), get(at="c1"),
    ],
    "no-local is no more than a word": [declare(), consume(no_local=True), publish(), publish(at="a2"),
        publish(at="b1")],
    "prefetch for each consumer": [
        declare(), *_filled(8), do("basic.qos", prefetch_count=2), consume(), do("basic.qos", prefetch_count=1),
        consume(tag="c2"), ack(1), ack(2), nack(3),
        do("basic.qos", prefetch_count=0), consume(tag="c3"), ack(0, multiple=True), declare(passive=True),
        do("basic.recover", requeue=True),
    ],
    "prefetch for the channel": [
        declare(), *_filled(8), do("basic.qos", prefetch_count=2, global_=True), consume(), consume(tag="c2"), ack(1),
        ack(2), get(), ack(5),
        do("basic.qos", prefetch_count=4, global_=True), do("basic.qos", prefetch_count=1, global_=True), ack(0,
        multiple=True),
        do("basic.qos", prefetch_count=0, global_=True), declare(passive=True),
    ],
    "prefetch of both kinds": [
        declare(), *_filled(9), do("basic.qos", prefetch_count=3), do("basic.qos", prefetch_count=4, global_=True),
        consume(), consume(tag="c2"),
        ack(0, multiple=True), do("basic.qos", prefetch_count=5), declare(passive=True), do("basic.qos",
        prefetch_count=1, global_=True), nack(0, multiple=True),
    ],
    "prefetch and no-ack": [declare(), *_filled(4), do("basic.qos", prefetch_count=1), consume(no_ack=True),
        do("basic.qos", prefetch_count=1, global_=True), *_filled(3)],
    "prefetch set after consuming": [declare(), consume(), do("basic.qos", prefetch_count=1, global_=True),
        *_filled(4), ack(), ack(), do("basic.qos"), *_filled(1)],
    "prefetch size": [do("basic.qos", prefetch_size=1), do("basic.qos", prefetch_size=4294967295, prefetch_count=1,
        global_=True)],
    "a queue deleted under its consumers": [
        declare(), consume(), consume(tag="c2", no_ack=True), consume(tag="c3", at="a2"), consume(tag="c4", at="b1"),
        publish(), do("queue.delete", queue=Q),
        ack(), do("basic.cancel", consumer_tag="c1"), consume(), declare(), consume(), ["c", "connect", {}],
        declare(at="c1"), consume(tag="c9", at="c1"),
        do("queue.delete", queue=Q), do("basic.cancel", "c1", consumer_tag="c9"),
    ],
    "confirms": [
        do("confirm.select"), declare(), publish("1"), publish("2", mandatory=True), publish("3", "none"), publish("4",
        "none", mandatory=True),
        publish("5", delivery_mode=2), consume(no_ack=True), publish("6"), burst(*_filled(4)), do("confirm.select"),
        publish("x", "", "df.none"),
        publish("after", Q), do("confirm.select"), publish("7"), do("tx.select"),
    ],
    "confirms of a durable queue": [
        do("confirm.select"), declare(durable=True), publish("1", delivery_mode=2), publish("2"), burst(*[publish("x",
        delivery_mode=2) for _ in range(5)]),
        get(), do("queue.purge", queue=Q),
    ],
    "confirms of a full queue": [
        do("confirm.select"), declare(arguments={"x-max-length": 1, "x-overflow": "reject-publish"}), publish("1"),
        publish("2"), get(no_ack=True), publish("3"),
        declare(Q2, arguments={"x-max-length": 1}), publish("1", Q2), publish("2", Q2), get(Q2), bind("amq.fanout"),
        bind("amq.fanout", "", Q2),
        publish("both", "", "amq.fanout"), publish("mandatory", mandatory=True),
    ],
    "transactions": [
        do("tx.commit"), do("tx.rollback"), do("tx.select"), do("tx.select"), declare(), publish("1"), get(),
        do("tx.commit"), get(), ack(1), do("tx.rollback"),
        ack(1), ack(1), do("tx.select"), publish("2"), publish("none", "none", mandatory=True), do("tx.rollback"),
        publish("3", "none", mandatory=True),
        publish("4", Q, mandatory=True), do("tx.commit"), get(), get(), reject(1), do("tx.commit"), get(), publish("x",
        "", "df.none"), do("tx.select"),
        do("confirm.select"),
    ],
    "transactions and acks": [
        declare(), *_filled(5), do("tx.select"), get(), get(), get(), ack(2), nack(1), do("tx.rollback"), ack(1),
        ack(2), ack(3), do("tx.commit"), get(), get(),
        nack(0, multiple=True), do("tx.commit"), get(), get(), ack(4, multiple=True), ack(6), reject(7, requeue=False),
        do("tx.commit"), get(),
        do("tx.commit"), do("basic.recover", requeue=True), get(),
    ],
    "a transaction routes at once": [
        declare(), exchange(), bind(X, "k"), do("tx.select"), publish("1", "k", X), do("exchange.delete", exchange=X),
        do("tx.commit"), get(),
        publish("2"), do("queue.delete", queue=Q), do("tx.commit"), declare(), publish("3", mandatory=True),
        do("queue.delete", queue=Q), do("tx.commit"),
        declare(), publish("4", "none", mandatory=True), declare("df.none"), do("tx.commit"), get("df.none"),
    ],
    "a transaction with a full queue": [
        declare(arguments={"x-max-length": 1, "x-overflow": "reject-publish"}), do("tx.select"), publish("1"),
        publish("2"), do("tx.commit"), get(),
    ],
    "direct reply-to": [
        declare(), consume(PSEUDO, "r"), consume(PSEUDO, "r", no_ack=True), consume(PSEUDO, "r2", no_ack=True),
        consume(PSEUDO, "r", no_ack=True),
        consume(PSEUDO, "", no_ack=True), publish("question", reply_to=PSEUDO), get(at="b1"), publish("answer",
        PSEUDO + ".#1", at="b1", mandatory=True),
        declare(PSEUDO + ".#1", "b1", passive=True), declare(PSEUDO, "b1", passive=True), declare(PSEUDO, "b1"),
        publish("to nobody", PSEUDO, at="b1", mandatory=True),
        publish("junk", PSEUDO + ".junk", at="b1", mandatory=True), do("basic.cancel", consumer_tag="amq.ctag-#1"),
        do("basic.cancel", consumer_tag="r2"),
        publish("late", PSEUDO + ".#1", at="b1", mandatory=True), consume(PSEUDO, "r3", no_ack=True), publish("x",
        reply_to=PSEUDO), get(), get(PSEUDO),
        bind("amq.direct", "k", PSEUDO), do("queue.delete", queue=PSEUDO), do("queue.purge", queue=PSEUDO),
    ],
    "channel.flow": [do("channel.flow", active=True), do("channel.flow", active=False), do("channel.flow-ok",
        active=True)],
    "content in pieces": [
        declare(), credit_flow([1, -1, "003c0028000000" + "05" + b"df.q1".hex() + "00"]), credit_flow([2, -1,
        "003c000000000000000000040000"]), credit_flow([3, -1, "6162"]),
        credit_flow([3, -1, ""]), credit_flow([3, -1, "6364"]), get(),
    ],
    "content of two channels, mixed": [
        declare(), ["a2", "channel.open", {}], credit_flow([1, 1, "003c00280000000564662e713100"], [1, 2,
        "003c00280000000564662e713100"],
        [2, 2, "003c000000000000000000020000"], [2, 1, "003c000000000000000000010000"], [3, 2, "32"], [3, 1, "31"], [8,
        0, ""], [3, 2, "32"]), get(), get(),
    ],
    "priorities": [
        declare(arguments={"x-max-priority": 5}), *(publish(f"p{p}", priority=p) for p in (0, 5, 3, 9, 255, 1, 3)),
        publish("none"), *[get() for _ in range(4)],
        nack(2), *[get(no_ack=True) for _ in range(6)],
    ],
    "access.request": [do("access.request", realm="/data", read=True), do("access.request")],
}  # fmt: skip
