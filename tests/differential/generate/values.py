"""What to fill arguments with: mostly right, sometimes wrong on purpose."""

from __future__ import annotations

import random
from typing import Any

QUEUES = ("df.q1", "df.q2", "df.q3", "df.q4")
EXCHANGES = ("df.x1", "df.x2", "df.x3", "df.x4")
BUILT_IN = {
    "amq.direct": "direct", "amq.fanout": "fanout", "amq.topic": "topic", "amq.headers": "headers",
    "amq.match": "headers",
}  # fmt: skip
TYPES = ("direct", "fanout", "topic", "headers")
KEYS = ("", "k", "k.a", "a.b.c", "k..a", ".", "a", "b.a", "df.q1", "df.q2", "k.a.b.c", "#", "*", "é")
PATTERNS = (
    "#", "*", "k.*", "*.a", "#.a", "k.#", "a.#.c", "*.*", "", "k", "k.a", "..", "#.#", "*.#", "#.*", "*..*", "a.*.c",
    "*.#.*", "k.#.#.c",
)  # fmt: skip
TAGS = ("c1", "c2", "c3")


def key(rng: random.Random) -> str:
    """A routing key."""
    if rng.random() < 0.01:
        return reply_address(rng)
    return rng.choice(KEYS) if rng.random() < 0.7 else ".".join(rng.choices(["a", "b", "k", ""], k=rng.randint(1, 4)))


def reply_address(rng: random.Random) -> str:
    """The address of a reply consumer: one that was given out, if one was, or nothing of the kind."""
    parts = rng.choices(["#1", "***", "aGVsbG8=", "key", "", "g1h2AA5yZXBseUAx", "é"], k=rng.randint(1, 3))
    return "amq.rabbitmq.reply-to." + (parts[0] if rng.random() < 0.4 else ".".join(parts))


def pattern(rng: random.Random) -> str:
    """A topic binding's key."""
    if rng.random() < 0.6:
        return rng.choice(PATTERNS)
    return ".".join(rng.choices(["a", "b", "k", "", "*", "#", "*", "#"], k=rng.randint(1, 4)))



ODD: tuple[Any, ...] = (
    None, True, -1, 0, 5, "", "5", "classic", {"$b": 3}, {"$s": -2}, {"$l": 5}, {"$l": 2**40}, {"$i": 7}, {"$u": 3},
    {"$B": 255}, {"$T": 5}, {"$D": "1.5"}, 1.5, {"$f": 2.0}, [], [1], {}, {"a": 1}, {"$x": "00ff"}, "\udcff",
)  # fmt: skip


def integer(rng: random.Random, *values: int) -> Any:
    """One of ``values`` in one of the widths it fits."""
    value = rng.choice(values)
    widths = ["$l", "$T"] if rng.random() < 0.02 and value >= 0 else ["$l"]
    widths += ["$b"] if -128 <= value < 128 else []
    widths += ["$s"] if -32768 <= value < 32768 else []
    if rng.random() < 0.6 and -(2**31) <= value < 2**31:
        return value
    return {rng.choice(widths): value}


def odd(rng: random.Random) -> Any:
    """A value of any type."""
    return rng.choice(ODD)


def name(rng: random.Random, pool: tuple[str, ...]) -> str:
    """A name, seldom a strange one."""
    if rng.random() < 0.97:
        return rng.choice(pool)
    return rng.choice(["df.none", "df.\r\nq1", "amq.made-up", "df.q" + "x" * 200, "df. é", "df.q1 "])


def queue_arguments(rng: random.Random) -> dict[str, Any]:
    """x-arguments of a queue."""
    arguments: dict[str, Any] = {}
    for key in rng.sample(sorted(_QUEUE_ARGUMENTS), rng.choice([1, 1, 1, 2, 2, 3])):
        arguments[key] = odd(rng) if rng.random() < 0.12 and key not in _TAME else _QUEUE_ARGUMENTS[key](rng)
    if arguments.get("x-queue-type") not in (None, "classic"):
        arguments["x-queue-type"] = rng.choice(["classic", "no-such-type"])
    return arguments


def quorum_limits(rng: random.Random) -> dict[str, Any]:
    """What makes a quorum queue refuse messages, or drop them."""
    name = rng.choice(["x-max-length", "x-max-length", "x-max-length-bytes"])
    limits: dict[str, Any] = {name: rng.choice([0, 1, 2, 4])}
    if rng.random() < 0.6:
        limits["x-overflow"] = "reject-publish"
    if rng.random() < 0.3:
        limits["x-delivery-limit"] = rng.choice([0, 1, 2])
    if rng.random() < 0.2:
        limits["x-single-active-consumer"] = True
    return limits


# A few milliseconds of the first two are a race against the clock; RabbitMQ can hang over a wrong locator.
_TAME = ("x-message-ttl", "x-expires", "x-queue-master-locator")
_QUEUE_ARGUMENTS: dict[str, Any] = {
    "x-message-ttl": lambda rng: rng.choice([integer(rng, 0, 0, 0, 1_000_000, 1_000_000, -1, 2**33), "5", 0.0]),
    "x-expires": lambda rng: rng.choice([1_000_000, 0, -5, None, "5", True, 1e6]),
    "x-max-length": lambda rng: integer(rng, 0, 1, 2, 3, -1),
    "x-max-length-bytes": lambda rng: integer(rng, 0, 2, 5, 10, 1000, -1),
    "x-overflow": lambda rng: rng.choice(["drop-head", "reject-publish", "reject-publish-dlx", "no-such"]),
    "x-dead-letter-exchange": lambda rng: rng.choice(["", "amq.fanout", "df.x1", "df.x2", "df.none", "amq.topic"]),
    "x-dead-letter-routing-key": lambda rng: rng.choice(["", "k", "df.q1", "df.q2"]),
    "x-max-priority": lambda rng: integer(rng, 0, 1, 3, 10, 10, 256, -1),
    "x-single-active-consumer": lambda rng: rng.random() < 0.8,
    "x-queue-mode": lambda rng: rng.choice(["default", "lazy", "no-such"]),
    "x-queue-type": lambda rng: "classic",
    "x-queue-master-locator": lambda rng: rng.choice(["min-masters", "client-local"]),
    "x-queue-version": lambda rng: integer(rng, 1, 2, 3),
    "x-max-in-memory-length": lambda rng: integer(rng, 1),
    "x-delivery-limit": lambda rng: integer(rng, 1, 3),
    "x-unknown": odd,
}


def exchange_arguments(rng: random.Random) -> dict[str, Any]:
    """Arguments of an exchange."""
    if rng.random() < 0.7:
        value = rng.choice([*EXCHANGES, "amq.fanout", "df.none", ""])
        return {"alternate-exchange": value if rng.random() < 0.85 else odd(rng)}
    return {rng.choice(["x-unknown", "x-delayed-type", "hash-header"]): odd(rng)}


def header_value(rng: random.Random) -> Any:
    """A value of a header, from few enough that they match now and then."""
    return rng.choice([1, 2, "1", "a", True, {"$l": 1}, {"$b": 2}, 1.0, None, "é", {"$x": "61"}])


def headers(rng: random.Random) -> dict[str, Any]:
    """The headers of a message."""
    table = {rng.choice(["h1", "h2", "h3", "x-h", "x-match"]): header_value(rng) for _ in range(rng.randrange(4))}
    if rng.random() < 0.12:
        table[rng.choice(["CC", "BCC"])] = rng.choice(
            [["df.q2"], ["df.q1", "k"], ["df.q3", "df.q3"], [], "df.q2", 1, ["df.q1", 5], None]
        )
    if rng.random() < 0.05:
        table["nested"] = {"list": [odd(rng), [odd(rng)]], "table": {"t": odd(rng)}}
    if rng.random() < 0.03:
        table["nested"] = {"$deep": [rng.choice("FA"), rng.choice([20, 110, 600, 5000]), odd(rng)]}
    if rng.random() < 0.03:
        table["x-death"] = rng.choice([value for value in ODD if value != [1]])  # which crashes RabbitMQ's queue
    return table


def binding_arguments(rng: random.Random) -> dict[str, Any]:
    """The arguments of a binding, meant for a headers exchange."""
    table: dict[str, Any] = {}
    if rng.random() < 0.7:
        table["x-match"] = rng.choice(["all", "any", "all", "any", "all-with-x", "any-with-x"])
    if rng.random() < 0.06:
        table["x-match"] = odd(rng)
    for _ in range(rng.randrange(3)):
        table[rng.choice(["h1", "h2", "h3", "x-h"])] = header_value(rng)
    return table


def properties(rng: random.Random) -> dict[str, Any]:
    """Properties of a message; few of them at a time."""
    chosen = rng.sample(sorted(_PROPERTIES), rng.choice([0, 0, 1, 1, 2, 3, 5]))
    return {key: _PROPERTIES[key](rng) for key in sorted(chosen)}


_PROPERTIES: dict[str, Any] = {
    "content_type": lambda rng: rng.choice(["text/plain", ""]),
    "content_encoding": lambda rng: "utf-8",
    "headers": headers,
    "delivery_mode": lambda rng: rng.choice([1, 2, 2, 2, 0, 3]),
    "priority": lambda rng: rng.choice([0, 1, 2, 3, 9, 10, 255]),
    "correlation_id": lambda rng: rng.choice(["1", "é", "x" * 255]),
    "reply_to": lambda rng: rng.choice(["df.q1", "amq.rabbitmq.reply-to", ""]),
    "expiration": lambda rng: rng.choice(
        ["0", "1000000", "1000000", "+5000000", "1.5", "100x", "", " 100", "-1", "4294967296", "00000100000", "0x10"]
    ),
    "message_id": lambda rng: "id",
    "timestamp": lambda rng: rng.choice([0, 1_500_000_000, 2**40]),
    "type": lambda rng: "t",
    "user_id": lambda rng: rng.choice(["guest", "guest", "other", ""]),
    "app_id": lambda rng: "app",
    "cluster_id": lambda rng: "cluster",
}
