"""Short words for the steps of scenarios."""

from __future__ import annotations

from typing import Any

from tests.differential.scenario import Step

Q, Q2, Q3 = "df.q1", "df.q2", "df.q3"
X, X2, X3 = "df.x1", "df.x2", "df.x3"


def declare(queue: str = Q, at: str = "a1", arguments: dict[str, Any] | None = None, **bits: bool) -> Step:
    return [at, "queue.declare", {"queue": queue, **bits, **({"arguments": arguments} if arguments else {})}]


def exchange(
    name: str = X, type: str = "direct", at: str = "a1", arguments: dict[str, Any] | None = None, **bits: bool
) -> Step:
    given = {"arguments": arguments} if arguments else {}
    return [at, "exchange.declare", {"exchange": name, "type": type, **bits, **given}]


def bind(exchange: str, key: str = "", queue: str = Q, at: str = "a1", arguments: dict[str, Any] | None = None) -> Step:
    given = {"arguments": arguments} if arguments else {}
    return [at, "queue.bind", {"queue": queue, "exchange": exchange, "routing_key": key, **given}]


def publish(
    body: Any = "x", key: str = Q, exchange: str = "", at: str = "a1", mandatory: bool = False, **properties: Any
) -> Step:
    args = {"exchange": exchange, "routing_key": key, **({"mandatory": True} if mandatory else {})}
    return [at, "basic.publish", args, {"body": body, **({"properties": properties} if properties else {})}]


def get(queue: str = Q, at: str = "a1", no_ack: bool = False) -> Step:
    return [at, "basic.get", {"queue": queue, **({"no_ack": True} if no_ack else {})}]


def consume(queue: str = Q, tag: str = "c1", at: str = "a1", arguments: dict[str, Any] | None = None,
    **bits: bool) -> Step:
    given = {"arguments": arguments} if arguments else {}
    return [at, "basic.consume", {"queue": queue, "consumer_tag": tag, **bits, **given}]


def ack(tag: Any = None, at: str = "a1", multiple: bool = False, method: str = "basic.ack", **more: Any) -> Step:
    args = {"delivery_tag": {"$tag": 0} if tag is None else tag, **({"multiple": True} if multiple else {}), **more}
    return [at, method, args]


def nack(tag: Any = None, at: str = "a1", multiple: bool = False, requeue: bool = True) -> Step:
    return ack(tag, at, multiple, "basic.nack", **({"requeue": True} if requeue else {}))


def reject(tag: Any = None, at: str = "a1", requeue: bool = True) -> Step:
    return ack(tag, at, False, "basic.reject", **({"requeue": True} if requeue else {}))


def do(method: str, at: str = "a1", **args: Any) -> Step:
    return [at, method, args]


def burst(*steps: Step, at: str = "a1") -> Step:
    """Steps on one channel, all sent at once."""
    return [at, "burst", [step[1:] for step in steps]]


def wait(seconds: float) -> Step:
    return ["", "wait", {"seconds": seconds}]


def credit_flow(*given: list[Any], at: str = "a1") -> Step:
    return [at, "frames", {"frames": list(given)}]
