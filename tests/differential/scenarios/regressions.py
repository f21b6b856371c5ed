"""Divergences that were found, cut down to what matters, and fixed."""

from __future__ import annotations

from typing import Any

from tests.differential.scenario import Step
from tests.differential.scenarios.say import Q2, Q, ack, bind, burst, consume, declare, do, get, publish, reject, wait

REPLIES = "amq.rabbitmq.reply-to."

DEPTHS = (101, 513, 15_000)


def deep(depth: int, letter: str = "F", value: int = 1) -> dict[str, list[int | str]]:
    """A number in so many tables, or arrays."""
    return {"$deep": [letter, depth, value]}


def _one_takes_and_one_refuses() -> list[Step]:
    full = {"x-max-length": 1, "x-overflow": "reject-publish"}
    return [declare(), declare(Q2, arguments=full), publish("0", Q2), consume(), do("tx.select")]


def _letters_to(**given: Any) -> list[Step]:
    """A queue whose messages are dead letters for another one at once."""
    dead = {"x-message-ttl": 0, "x-dead-letter-exchange": "", "x-dead-letter-routing-key": Q2}
    return [declare(arguments=dead), declare(Q2, **given)]


SCENARIOS: dict[str, list[Step]] = {
    "consumers of a deleted queue are cancelled in the order of their tags": [
        declare(), consume(tag="c3"), consume(tag="c1"), consume(tag=""), consume(tag="c2"),
        do("queue.delete", queue=Q),
    ],
    "the channel that fails is the first to give its messages back": [
        declare(at="b3"), publish("1"), publish("2"), get(at="b3"), get(at="b2"), consume(at="a1"),
        do("basic.qos", "b2", prefetch_size=1),
    ],
    "channels of a failing connection get nothing more": [
        declare(at="b1"), consume(at="b2"), publish(at="b1"), consume(at="b3"), do("basic.qos", "b1", prefetch_size=1),
    ],
    "what a failing consumer gives back may go to its neighbours": [
        declare("df.q4", at="c2"), consume("df.q4", "c2", at="b1"), consume("df.q4", "c3", at="b3"),
        publish("1", "df.q4", at="b2"), publish("2", "df.q4", at="b2"), consume("df.q4", "c2", at="b1"),
        get("df.q4", at="c2"), get("df.q4", at="c2"),
    ],
    "its neighbours get it however long it is": [
        declare(at="b1"), burst(*(publish(body, at="c2") for body in ({"$repeat": ["x", 300000]}, "1", "2"))),
        consume(tag="c3", at="b1", arguments={"x-priority": 1}), consume(tag="c2", at="b2"), consume(tag="c3", at="b1"),
    ],
    "a channel that is closing is closed again for want of a last queue": [
        burst(get("df.none"), get(""), bind("amq.fanout", "", "")), declare(),
        burst(declare(), get("df.none"), get(""), do("queue.purge", queue="")), declare("df.q2"),
    ],
    "credit for a consumer that isn't there": [do("basic.credit", consumer_tag="none", credit=1)],
    "a commit is answered before the last delivery that the channel's limit has to let pass": [
        declare(), do("tx.select"), do("basic.qos", prefetch_count=9, global_=True), consume(), publish("1"),
        publish("2"), publish("3"), do("tx.commit"), publish("4"), publish("5", "df.none"), do("tx.commit"),
    ],
    "but behind all deliveries where a message is written to a disk": [
        declare(durable=True), do("tx.select"), do("basic.qos", prefetch_count=9, global_=True), consume(),
        publish("1", delivery_mode=2), publish("2"), do("tx.commit"),
    ],
    "an exchange type that is a word of RabbitMQ's": [
        do("exchange.declare", exchange="df.x1", type=word) for word in ("", "queue", "topics", "Fanout", "invalid")
    ],
    "a reply to an address that no broker can read": [publish("m", f"{REPLIES}***.key", mandatory=True)],
    "one that is no address at all goes nowhere": [
        do("confirm.select"), publish("m", f"{REPLIES}key", mandatory=True), publish("m", REPLIES, mandatory=True),
        publish("m", f"{REPLIES}.key", mandatory=True), publish("m", f"{REPLIES}a.b.c", mandatory=True),
    ],
    "one that cannot be read, by another exchange": [
        do("confirm.select"), publish("m", f"{REPLIES}***.key", "amq.fanout", mandatory=True),
    ],
    "one that cannot be read, in CC": [declare(), publish("m", headers={"CC": [f"{REPLIES}***.key"]})],
    "one that cannot be read, in a transaction": [do("tx.select"), publish("m", f"{REPLIES}***.key")],
    "declaring an address that cannot be read": [
        declare(f"{REPLIES}***.key", passive=True), declare(f"{REPLIES}aGVsbG8=.key"), declare(f"{REPLIES}key"),
    ],
    "a dead letter to an address that cannot be read": [
        declare(arguments={"x-max-length": 1, "x-dead-letter-exchange": "",
        "x-dead-letter-routing-key": f"{REPLIES}***.key"}), publish("1"), publish("2"), wait(1),
        declare(passive=True), publish("3"), declare(passive=True),
    ],
    "headers nested deep": [
        declare(), *[step for depth in DEPTHS for step in (publish(headers={"a": deep(depth)}), get(),
        publish(headers={"a": deep(depth, "A"), "b": 1}), get())],
    ],
    "dead letters with headers nested deep": [
        declare(arguments={"x-dead-letter-exchange": "", "x-dead-letter-routing-key": Q2}), declare(Q2),
        *[step for depth in DEPTHS for step in (publish(headers={"z": deep(depth), "b": deep(700, "A")}), get(),
        reject(requeue=False), get(Q2))],
    ],
    "a headers exchange and what is nested deep": [
        declare(), bind("amq.headers", arguments={"a": deep(5000)}), bind("amq.headers", arguments={"b": None}),
        *[step for value in (deep(5000), deep(5000, value=2), deep(4999), deep(5001), deep(5000, "A"))
        for step in (publish("m", "", "amq.headers", headers={"a": value}), get())],
        publish("m", "", "amq.headers", headers={"b": deep(5000)}), get(),
        do("queue.unbind", queue=Q, exchange="amq.headers", arguments={"a": deep(5000)}),
        publish("m", "", "amq.headers", headers={"a": deep(5000)}), get(),
    ],
    "arguments nested deep": [
        declare(arguments={"x-unknown": deep(5000)}), declare(), consume(arguments={"x-unknown": deep(5000)}),
        declare(Q2, arguments={"x-max-length": deep(40)}), declare(Q2, arguments={"x-overflow": deep(40, "A")}),
    ],
    "a commit that one queue refuses, and what another has taken": [
        *_one_takes_and_one_refuses(), publish("1"), publish("2"), publish("3", Q2), publish("4"), do("tx.commit"),
        declare(passive=True, at="a2"), declare(Q2, passive=True, at="a2"), get(at="a2"),
    ],
    "the refused message first": [
        *_one_takes_and_one_refuses(), publish("1", Q2), publish("2"), do("tx.commit"), declare(passive=True, at="a2"),
    ],
    "with a returned message": [
        *_one_takes_and_one_refuses(), publish("1", mandatory=True), publish("2", "df.none", mandatory=True),
        publish("3", Q2), do("tx.commit"), declare(passive=True, at="a2"),
    ],
    "with an acknowledgement": [
        *_one_takes_and_one_refuses(), publish("1", at="a2"), ack(), publish("2"), publish("3", Q2), do("tx.commit"),
        get(at="a2"), get(at="a2"),
    ],
    "a message that one queue takes and another refuses": [
        *_one_takes_and_one_refuses(), bind("amq.fanout"), bind("amq.fanout", queue=Q2),
        publish("1", "", "amq.fanout"), do("tx.commit"), declare(passive=True, at="a2"),
    ],
    "a command behind a commit that fails": [
        *_one_takes_and_one_refuses(), publish("1"), publish("2", Q2), burst(do("tx.commit"), declare("df.q3")),
        declare(passive=True, at="a2"),
    ],
    "a dead letter of TTL 0 and a message behind it, for the last place": [
        *_letters_to(arguments={"x-max-length": 1, "x-overflow": "reject-publish"}), do("confirm.select"),
        burst(publish("1"), publish("2", Q2)), get(Q2), get(Q2),
    ],
    "and where the last place is taken from the head": [
        *_letters_to(arguments={"x-max-length": 1}), burst(publish("1"), publish("2", Q2)), get(Q2), get(Q2),
    ],
    "a dead letter and a message behind it in a transaction": [
        *_letters_to(), do("tx.select"), publish("1"), publish("2", Q2), do("tx.commit"), get(Q2), get(Q2),
    ],
    "a dead letter comes while a channel waits for an answer": [
        *_letters_to(), burst(publish("1"), get(Q2), get(Q2)), burst(publish("2"), declare(Q2, passive=True),
        declare(Q2, passive=True)), burst(publish("3"), do("queue.purge", queue=Q2)), get(Q2),
        burst(publish("4"), bind("amq.fanout"), publish("5", Q2)), get(Q2), get(Q2),
    ],
    "what was rejected and a message behind it": [
        *_letters_to(), publish("1", Q2), get(Q2), declare("df.q3", arguments={"x-dead-letter-exchange": "",
        "x-dead-letter-routing-key": Q2}), publish("2", "df.q3"), get("df.q3"),
        burst(reject(2, requeue=False), publish("3", Q2)), get(Q2), get(Q2),
    ],
    "a message that has died behind several that came in one piece": [
        declare(), burst(publish("1"), publish("2")), publish("3", expiration="0"), publish("4"), consume(),
        publish("5", expiration="0"),
    ],
}  # fmt: skip
