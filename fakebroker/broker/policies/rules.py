"""What RabbitMQ 3.10 accepts in the definition of a policy, and its reasons for refusing the rest."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from fakebroker.broker.access.permissions import compiled
from fakebroker.broker.json_form import show_json
from fakebroker.broker.policies.mirroring import SETTINGS, check_mirroring
from fakebroker.broker.queues.arguments import age_in_seconds
from fakebroker.erlang.line_breaks import TermGroup, lay_out
from fakebroker.errors import AMQPError
from fakebroker.patterns import PatternError
from fakebroker.values import Value

KeyCheck = Callable[[Value], bool]


def _whole(least: int, most: int | None = None) -> KeyCheck:
    def check(value: Value) -> bool:
        if isinstance(value, bool) or not isinstance(value, int):
            return False
        return value >= least and (most is None or value <= most)

    return check


def _one_of(*allowed: Value) -> KeyCheck:
    return lambda value: not isinstance(value, (bool, float)) and value in allowed


def _name(value: Value) -> bool:
    return isinstance(value, str)


def _age(value: Value) -> bool:
    try:
        return isinstance(value, str) and age_in_seconds(value) is not None
    except AMQPError:  # there is no number: RabbitMQ crashes
        return False


_RULES: Mapping[str, tuple[str, KeyCheck]] = {
    "alternate-exchange": ("is not a valid alternate exchange name", _name),
    "dead-letter-exchange": ("is not a valid dead letter exchange name", _name),
    "dead-letter-routing-key": ("is not a valid dead letter routing key", _name),
    "dead-letter-strategy": ("is not a valid dead letter strategy", _one_of("at-most-once", "at-least-once")),
    "message-ttl": ("is not a valid message TTL", _whole(0)),
    "expires": ("is not a valid queue expiry", _whole(1)),
    "max-length": ("is not a valid maximum length", _whole(0)),
    "max-length-bytes": ("is not a valid maximum length in bytes", _whole(0)),
    "max-in-memory-length": ("is not a valid maximum memory in bytes", _whole(0)),
    "max-in-memory-bytes": ("is not a valid maximum memory in bytes", _whole(0)),
    "queue-mode": ("is not a valid queue-mode value", _one_of("default", "lazy")),
    "queue-version": ("is not a valid queue-version value", _one_of(1, 2)),
    "overflow": ("is not a valid overflow value", _one_of("drop-head", "reject-publish", "reject-publish-dlx")),
    "delivery-limit": ("is not a valid delivery limit", _whole(0)),
    "max-age": ("is not a valid max age", _age),
    "queue-leader-locator": (
        "is not a valid queue leader locator value",
        _one_of("client-local", "balanced", "random", "least-leaders"),
    ),
    "initial-cluster-size": ("is not a valid cluster size", _whole(0)),
    "stream-max-segment-size-bytes": ("is not a valid segment size", _whole(0, 3_000_000_000)),
    "queue-master-locator": (
        "invalid queue-master-locator value",
        _one_of("min-masters", "client-local", "random"),
    ),
}

# Operator policies may only set limits.
_OPERATOR = (
    *("expires", "message-ttl", "max-length", "max-length-bytes"),
    *("max-in-memory-length", "max-in-memory-bytes", "delivery-limit"),
)


def check_definition(definition: Mapping[str, Value], operator: bool) -> None:
    """Check a policy's definition.

    :raises ValueError: with RabbitMQ's reason.
    """
    if not definition:
        raise ValueError("no policy provided")
    unknown = []
    for key, value in sorted(definition.items()):
        if key in SETTINGS and not operator:
            continue
        if key not in _RULES or (operator and key not in _OPERATOR):
            unknown.append(f"{{{show_json(key)},{show_json(value)}}}")
            continue
        reason, fits = _RULES[key]
        if not fits(value):
            raise ValueError(f"{show_json(value)} {reason}")
    if not operator:
        check_mirroring(definition)
    if unknown:
        raise ValueError(f"[{','.join(unknown)}] are not recognised policy settings")


def check_pattern(pattern: Value) -> None:
    """Check a policy's pattern.

    :raises ValueError: when it is no regular expression.
    """
    if not isinstance(pattern, str):
        raise ValueError(f"pattern should be a binary but was {show_json(pattern)}")
    try:
        compiled(pattern)
    except PatternError as error:
        text = "pattern should be regular expression but is invalid: "
        pair = lay_out(TermGroup("{}", [f'"{error.reason}"', str(error.offset)]), len(text) + 1)
        raise ValueError(text + pair) from None


def check_priority(priority: Value) -> None:
    """Check a policy's priority.

    :raises ValueError: when it is no number.
    """
    if isinstance(priority, bool) or not isinstance(priority, (int, float)):
        raise ValueError(f"priority should be a number, actually was {show_json(priority)}")


def check_apply_to(apply_to: Value) -> None:
    """Check what a policy applies to.

    :raises ValueError: when it is none of ``queues``, ``exchanges`` and ``all``.
    """
    if apply_to not in ("all", "queues", "exchanges"):
        shown = apply_to if isinstance(apply_to, str) else show_json(apply_to)
        raise ValueError(f"apply-to '{shown}' unrecognised; should be 'queues', 'exchanges' or 'all'")
