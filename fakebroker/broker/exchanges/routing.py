"""The way of a message: from the exchange that it is published to, over bindings, to queues.

When no binding of an exchange matches, the message goes to its alternate exchange (RabbitMQ 3.10: rabbit_exchange).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from fakebroker.broker.exchanges.exchange import Destination, Exchange
from fakebroker.broker.exchanges.registry import Exchanges
from fakebroker.broker.message import Message
from fakebroker.broker.queues.base import Queue


def find_route(exchanges: Exchanges, queues: Mapping[str, Queue], message: Message) -> tuple[tuple[Queue, ...], bool]:
    """Find the queues that a message goes to, each once, in RabbitMQ's order: by type, and by name.

    Each key in the headers CC and BCC counts like the routing key (RabbitMQ's sender-selected distribution). A circle
    of exchanges ends where it began.

    :return: the queues, and whether the route depends on nothing but exchange and routing key.
    :raises AMQPError: not-found when there is no such exchange.
    """
    if message.exchange == "":  # every queue is bound to it, by its own name
        named = (queues.get(name) for name in sorted(set(message.routing_keys)))
        return _by_type(queue for queue in named if queue is not None), True
    start = exchanges.find(message.exchange)
    reached: dict[str, Queue] = {}
    seen = {start.name}
    pending = [start]
    fixed = True
    while pending:
        exchange = pending.pop()
        fixed = fixed and not exchange.reads_headers
        matched = _matches(exchange, message)
        for destination in matched:
            if not isinstance(destination, Exchange):
                reached[destination.name] = destination
            elif destination.name not in seen:
                seen.add(destination.name)
                pending.append(destination)
        alternate = None if matched else exchange.alternate
        if alternate is not None and alternate in exchanges and alternate not in seen:
            seen.add(alternate)
            pending.append(exchanges[alternate])
    return _by_type(map(reached.__getitem__, sorted(reached))), fixed


def _matches(exchange: Exchange, message: Message) -> Sequence[Destination]:
    headers = (message.properties.headers or {}) if exchange.reads_headers else {}
    if not message.more_keys:
        return exchange.matches(message.routing_key, headers)
    return [destination for key in message.routing_keys for destination in exchange.matches(key, headers)]


def _by_type(queues: Iterable[Queue]) -> tuple[Queue, ...]:
    """RabbitMQ hands a message out type by type: a stream that can't keep it takes it from no other queue."""
    found = tuple(queues)
    return found if len(found) < 2 else tuple(sorted(found, key=lambda queue: queue.type))
