"""Dead letters: what becomes of a message that has expired, was rejected or was dropped.

It is published to the queue's dead-letter exchange. A header, ``x-death``, tells what has happened to it. A message
that has come round in a cycle is lost. RabbitMQ 3.10: rabbit_dead_letter, rabbit_basic.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Container, Mapping, Sequence
from functools import partial
from typing import Protocol

from fakebroker.broker.common import Common
from fakebroker.broker.message import Message, header_routes
from fakebroker.broker.queues.settings import Settings
from fakebroker.erlang.compare import sort_table
from fakebroker.errors import FakeBrokerError
from fakebroker.values import Int64, Table, Timestamp, Value


class DeadLetterTarget(Protocol):
    """A queue that a dead letter goes to."""

    @property
    def name(self) -> str: ...

    def publish(self, message: Message, /) -> bool:
        """Take a message."""


class DeadLetterHost(Protocol):
    """What dead letters need of a virtual host."""

    @property
    def common(self) -> Common: ...

    @property
    def exchanges(self) -> Container[str]: ...

    def deliver(self, message: Message, /) -> Sequence[DeadLetterTarget]:
        """The queues that a message goes to."""


class DeadLetterSender(Protocol):
    """A queue that messages have died in."""

    @property
    def name(self) -> str: ...

    @property
    def vhost(self) -> DeadLetterHost: ...

    @property
    def settings(self) -> Settings: ...

    def crashed(self, letters: Sequence[Message], /) -> object:
        """The queue's process crashes over dead letters, and takes these back."""


class UnreadableDeathsError(FakeBrokerError):
    """A client has sent an ``x-death`` with members that are no tables. RabbitMQ's process for the queue crashes."""


def publish(queue: DeadLetterSender, message: Message, reason: str) -> None:
    """Send a message that died in a queue to the queue's dead-letter exchange, if that is set and exists.

    :param reason: ``expired``, ``rejected``, ``maxlen`` or ``delivery_limit``.
    :raises UnreadableDeathsError: when the message's own ``x-death`` can't be read.
    """
    exchange = queue.settings.dead_letter_exchange
    if exchange is None or exchange not in queue.vhost.exchanges:
        return
    letter = _letter(queue, message, reason, exchange)
    watcher = queue.vhost.common.watcher
    if watcher is not None:
        watcher.letter(message, letter, reason)
    routed = queue.vhost.deliver(letter)
    deaths = (letter.content.properties.headers or {}).get("x-death")
    if reason != "rejected" and isinstance(deaths, list):
        routed = [target for target in routed if not _is_cycle(target.name, deaths)]
    copy = letter.copy
    if watcher is not None:
        watcher.dead_lettered(message, exchange, [target.name for target in routed])
        copy = partial(watcher.copy, letter)
    for target in routed:
        target.publish(copy())


def _letter(queue: DeadLetterSender, message: Message, reason: str, exchange: str) -> Message:
    key = queue.settings.dead_letter_routing_key
    properties = message.content.properties
    headers = dict(properties.headers or {})
    death: Table = {
        "reason": reason,
        "queue": queue.name,
        "time": Timestamp(math.floor(queue.vhost.common.clock.seconds())),
        "exchange": message.exchange,
        "routing-keys": [message.routing_key, *header_routes(headers)],
    }
    if properties.expiration is not None:
        death["original-expiration"] = properties.expiration
    headers = _with_death(headers, death)
    if key is not None:
        headers.pop("CC", None)
    content = message.content.with_properties(headers=headers, expiration=None)
    if key is not None:
        return Message(exchange, key, content)
    return Message(exchange, message.routing_key, content, message.more_keys)


def _with_death(headers: Table, death: Table) -> Table:
    """The headers with one more death in ``x-death``.

    The latest death comes first. Deaths in the same queue for the same reason share an entry, which counts them.
    RabbitMQ sorts a table whenever it sets a value in it.
    """
    deaths = headers.get("x-death")
    if deaths is None and "x-death" not in headers:
        headers["x-first-death-reason"] = death["reason"]
        headers["x-first-death-queue"] = death["queue"]
        headers["x-first-death-exchange"] = death["exchange"]
    same = _same_death(death)
    grouped = _grouped(deaths) if isinstance(deaths, list) else []
    found = [each for each in grouped if same(each)]
    latest: Table = {"count": Int64(1), **death}
    if found:
        latest = dict(found[0])
        latest["count"] = _next_count(latest)
    if isinstance(deaths, list):
        latest = sort_table(latest)
    rest: list[Value] = [each for each in grouped if not same(each)]
    headers["x-death"] = [latest, *rest]
    return sort_table(headers)


def _next_count(death: Mapping[str, Value]) -> Int64:
    count = death.get("count")
    return Int64(count + 1 if isinstance(count, int) else 1)


def _grouped(deaths: Sequence[Value]) -> list[Table]:
    """One entry for each queue and reason. A client that has copied entries may have sent several."""
    tables = [dict(death) for death in deaths if isinstance(death, dict)]
    if len(tables) < len(deaths):
        raise UnreadableDeathsError
    if len(tables) < 2:
        return tables
    grouped: list[Table] = []
    for death in tables:
        same = _same_death(death)
        if any(same(each) for each in grouped):
            continue
        alike = [each for each in tables if same(each)]
        first = alike[0]
        grouped.insert(0, first if "count" in first else {"count": Int64(len(alike)), **first})
    return grouped


def _same_death(death: Mapping[str, Value]) -> Callable[[Mapping[str, Value]], bool]:
    key = (death.get("queue"), death.get("reason"))
    return lambda other: (other.get("queue"), other.get("reason")) == key


def _is_cycle(queue: str, deaths: Sequence[Value]) -> bool:
    """Would the message go round for ever? It has died in that queue before, and no consumer has rejected it since."""
    for death in deaths:
        if not isinstance(death, dict) or death.get("reason") == "rejected":
            return False
        if death.get("queue") == queue:
            return True
    return False
