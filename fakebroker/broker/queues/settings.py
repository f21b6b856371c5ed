"""The settings of a queue: its arguments and its policy merged (RabbitMQ 3.10: process_args_policy).

RabbitMQ has this in rabbit_amqqueue_process.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from fakebroker.values import Table, Value


class Settings(NamedTuple):
    """Times are in milliseconds; None is no limit.

    When argument and policy both give a number, the smaller one counts. When they give anything else, the argument
    counts.
    """

    message_ttl: int | None = None
    expires: int | None = None
    max_length: int | None = None
    max_length_bytes: int | None = None
    overflow: str = "drop-head"
    dead_letter_exchange: str | None = None
    dead_letter_routing_key: str | None = None
    delivery_limit: int | None = None

    @property
    def limited(self) -> bool:
        """Is there a maximum length, in messages or in octets?"""
        return self.max_length is not None or self.max_length_bytes is not None


def merge_settings(arguments: Table, policy: Mapping[str, Value]) -> Settings:
    """The settings of a queue with these arguments.

    :param policy: the definition of the policy that applies to it.
    """
    return Settings(
        _least("message-ttl", arguments, policy),
        _least("expires", arguments, policy),
        _least("max-length", arguments, policy),
        _least("max-length-bytes", arguments, policy),
        _given("overflow", arguments, policy) or "drop-head",
        _given("dead-letter-exchange", arguments, policy),
        _given("dead-letter-routing-key", arguments, policy),
        _least("delivery-limit", arguments, policy),
    )


def _least(name: str, arguments: Table, policy: Mapping[str, Value]) -> int | None:
    values = (arguments.get("x-" + name), policy.get(name))
    return min((int(value) for value in values if isinstance(value, int)), default=None)


def _given(name: str, arguments: Table, policy: Mapping[str, Value]) -> str | None:
    value = arguments.get("x-" + name, policy.get(name))
    return value if isinstance(value, str) else None
