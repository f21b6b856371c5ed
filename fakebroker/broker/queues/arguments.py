"""The arguments of queue.declare and basic.consume: which there are, and RabbitMQ 3.10's errors for wrong ones."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

from fakebroker.broker.message import check_expiry
from fakebroker.erlang.compare import as_bytes, type_name
from fakebroker.erlang.pretty_print import show, show_string
from fakebroker.errors import AMQPError, crash
from fakebroker.values import Table, Value

MAX_SEGMENT_SIZE = 3_000_000_000
"""Octets: the largest segment of a stream."""

Check = Callable[[Value, Table], "str | None"]
"""Takes a value and all arguments. Returns RabbitMQ's words for what is wrong with the value, None when it is right."""

_INTEGERS = ("byte", "short", "signedint", "long", "unsignedbyte", "unsignedshort", "unsignedint")
_AGE = re.compile(r"([0-9]*)(.*)", re.DOTALL)
_AGE_UNITS = {"Y": 31_536_000, "M": 2_592_000, "D": 86_400, "h": 3_600, "m": 60, "s": 1}


def _integer(value: Value, minimum: int | None = None) -> str | None:
    if type_name(value) not in _INTEGERS:
        return f'"expected integer, got {type_name(value)}"'
    assert isinstance(value, int)
    if minimum is not None and value < minimum:
        return f"{{value_negative,{int(value)}}}"
    return None


def _any_integer(value: Value, arguments: Table) -> str | None:
    return _integer(value)


def _not_negative(value: Value, arguments: Table) -> str | None:
    return _integer(value, 0)


def _positive(value: Value, arguments: Table) -> str | None:
    return _integer(value, 0) or ("{value_zero,0}" if value == 0 else None)


def _expires(value: Value, arguments: Table) -> str | None:
    if value == 0 and type_name(value) in _INTEGERS:
        return "{value_zero,0}"
    return _integer(value) or (check_expiry(value) if isinstance(value, int) else None)


def _message_ttl(value: Value, arguments: Table) -> str | None:
    return _integer(value) or (check_expiry(value) if isinstance(value, int) else None)


def _max_priority(value: Value, arguments: Table) -> str | None:
    wrong = _integer(value, 0)
    if wrong is None and isinstance(value, int) and value > 255:
        return f"{{max_value_exceeded,{int(value)}}}"
    return wrong


def _boolean(value: Value, arguments: Table) -> str | None:
    return None if isinstance(value, bool) else _unacceptable(value)


def _string(value: Value, arguments: Table) -> str | None:
    return None if isinstance(value, str) else _unacceptable(value)


def _dead_letter_key(value: Value, arguments: Table) -> str | None:
    if isinstance(value, str) and "x-dead-letter-exchange" not in arguments:
        return "routing_key_but_no_dlx_defined"
    return _string(value, arguments)


def _one_of(wrong: Callable[[str], str], *allowed: str) -> Check:
    def check(value: Value, arguments: Table) -> str | None:
        if not isinstance(value, str):
            return _unacceptable(value)
        return None if value in allowed else wrong(value)

    return check


def _queue_version(value: Value, arguments: Table) -> str | None:
    return _integer(value, 0) or (None if value in (1, 2) else f"\"unsupported queue version '{show(value)}'\"")


def _max_age(value: Value, arguments: Table) -> str | None:
    if not isinstance(value, str):
        return _unacceptable(value)
    return "invalid_max_age" if age_in_seconds(value) is None else None


def _stream_offset(value: Value, arguments: Table) -> str | None:
    if isinstance(value, str) and value not in ("first", "last", "next") and age_in_seconds(value) is None:
        return f"{{invalid_stream_offset_arg,{{longstr,{show(value)}}}}}"
    return None


def _unacceptable(value: Value) -> str:
    return f"{{unacceptable_type,{type_name(value)}}}"


def age_in_seconds(text: str) -> int | None:
    """Read an age such as ``"7D"``, in years, months, days, hours, minutes or seconds. None when the text is no age.

    :raises AMQPError: internal-error for a text with no number (RabbitMQ 3.10 crashes).
    """
    match = _AGE.match(text)
    assert match is not None, "matches anything"
    if not match[1]:
        raise crash()
    if match[2] not in _AGE_UNITS or int(match[1]) == 0:
        return None
    return int(match[1]) * _AGE_UNITS[match[2]]


def _unsupported(what: str) -> Callable[[str], str]:
    return lambda value: show_string(as_bytes(f"unsupported queue {what} '{value}'"))


_QUEUE_TYPE = _one_of(_unsupported("type"), "classic", "quorum", "stream")

# RabbitMQ checks in this order, and reports the first wrong argument.
_DECLARE_CHECKS: Mapping[str, Check] = {
    "x-expires": _expires,
    "x-message-ttl": _message_ttl,
    "x-dead-letter-exchange": _string,
    "x-dead-letter-routing-key": _dead_letter_key,
    "x-dead-letter-strategy": _one_of(lambda _: "invalid_dlx_strategy", "at-most-once", "at-least-once"),
    "x-max-length": _not_negative,
    "x-max-length-bytes": _not_negative,
    "x-max-in-memory-length": _not_negative,
    "x-max-in-memory-bytes": _not_negative,
    "x-max-priority": _max_priority,
    "x-overflow": _one_of(lambda _: "invalid_overflow", "drop-head", "reject-publish", "reject-publish-dlx"),
    "x-queue-mode": _one_of(_unsupported("mode"), "default", "lazy"),
    "x-queue-version": _queue_version,
    "x-single-active-consumer": _boolean,
    "x-queue-type": _QUEUE_TYPE,
    "x-quorum-initial-group-size": _positive,
    "x-max-age": _max_age,
    "x-stream-max-segment-size-bytes": _not_negative,
    "x-initial-cluster-size": _positive,
    "x-queue-leader-locator": _one_of(
        lambda _: "invalid_queue_locator_arg", "client-local", "balanced", "random", "least-leaders"
    ),
}

_CONSUME_CHECKS: Mapping[str, Check] = {
    "x-priority": _any_integer,
    "x-cancel-on-ha-failover": _boolean,
    "x-stream-offset": _stream_offset,
}

# The arguments that each type of queue knows. When a queue is declared again, they are compared in this order.
QUEUE_ARGUMENTS: Mapping[str, Sequence[str]] = {
    "classic": (
        "x-expires",
        "x-message-ttl",
        "x-dead-letter-exchange",
        "x-dead-letter-routing-key",
        "x-max-length",
        "x-max-length-bytes",
        "x-max-priority",
        "x-overflow",
        "x-queue-mode",
        "x-queue-version",
        "x-single-active-consumer",
        "x-queue-type",
        "x-queue-master-locator",
    ),
    "quorum": (
        "x-dead-letter-exchange",
        "x-dead-letter-routing-key",
        "x-dead-letter-strategy",
        "x-expires",
        "x-max-length",
        "x-max-length-bytes",
        "x-max-in-memory-length",
        "x-max-in-memory-bytes",
        "x-overflow",
        "x-single-active-consumer",
        "x-queue-type",
        "x-quorum-initial-group-size",
        "x-delivery-limit",
        "x-message-ttl",
        "x-queue-leader-locator",
    ),
    "stream": (
        "x-max-length-bytes",
        "x-queue-type",
        "x-max-age",
        "x-stream-max-segment-size-bytes",
        "x-initial-cluster-size",
        "x-queue-leader-locator",
    ),
}

_CONSUMER_ARGUMENTS: Mapping[str, Sequence[str]] = {
    "classic": ("x-cancel-on-ha-failover", "x-priority", "x-credit"),
    "quorum": ("x-priority", "x-credit"),
    "stream": ("x-stream-offset", "x-credit"),
}


def queue_type(arguments: Table) -> str:
    """The type of queue that the arguments ask for: ``classic``, ``quorum`` or ``stream``.

    :raises AMQPError: internal-error for anything else (RabbitMQ 3.10 crashes where it has not checked before).
    """
    value = arguments.get("x-queue-type", "classic")
    if not isinstance(value, str) or value not in QUEUE_ARGUMENTS:
        raise crash()
    return value


def check_queue_arguments(arguments: Table, resource: str) -> None:
    """Check the arguments of a new queue. Unknown arguments are allowed, and mean nothing.

    :raises AMQPError: precondition-failed for a wrong value, or an argument that only other types of queue know.
    """
    if not arguments:
        return
    _check(arguments, {"x-queue-type": _QUEUE_TYPE}, resource)
    known = QUEUE_ARGUMENTS[queue_type(arguments)]
    _check(arguments, {key: check for key, check in _DECLARE_CHECKS.items() if key in known}, resource)
    _check_foreign(arguments, queue_type(arguments), QUEUE_ARGUMENTS, resource)
    segment = arguments.get("x-stream-max-segment-size-bytes")
    if isinstance(segment, int) and segment > MAX_SEGMENT_SIZE and queue_type(arguments) == "stream":
        raise AMQPError("precondition-failed", "Exceeded max value for x-stream-max-segment-size-bytes")


def check_master_locator(arguments: Table) -> None:
    """Check ``x-queue-master-locator``. RabbitMQ 3.10 takes any value, and crashes when it looks for a node by it.

    :raises AMQPError: internal-error, with no text and no method.
    """
    if arguments.get("x-queue-master-locator", "client-local") not in ("client-local", "min-masters", "random"):
        raise crash()


def check_consumer_arguments(arguments: Table, type: str, resource: str) -> None:
    """Check the arguments of a consumer of a queue of that type.

    :raises AMQPError: as :func:`check_queue_arguments`.
    """
    if not arguments:
        return
    known = _CONSUMER_ARGUMENTS[type]
    _check(arguments, {key: check for key, check in _CONSUME_CHECKS.items() if key in known}, resource)
    _check_foreign(arguments, type, _CONSUMER_ARGUMENTS, resource)


def _check(arguments: Table, checks: Mapping[str, Check], resource: str) -> None:
    for key, check in checks.items():
        if key in arguments:
            wrong = check(arguments[key], arguments)
            if wrong is not None:
                raise AMQPError("precondition-failed", f"invalid arg '{key}' for {resource}: {wrong}")


def _check_foreign(arguments: Table, type: str, by_type: Mapping[str, Sequence[str]], resource: str) -> None:
    foreign = {key for keys in by_type.values() for key in keys if key not in by_type[type]}
    for key in arguments:
        if key in foreign:
            text = f"invalid arg '{key}' for {resource} of queue type rabbit_{type}_queue"
            raise AMQPError("precondition-failed", text)
