"""Counts, exact at the moment of the request: nothing here waits for RabbitMQ's statistics interval."""

from __future__ import annotations

from collections.abc import Iterable

from fakebroker.broker.queue import Queue
from fakebroker.broker.vhost import VirtualHost
from fakebroker.control.http import access
from fakebroker.control.http.endpoint import Call
from fakebroker.fake import FakeBroker


def visible_queues(call: Call) -> list[Queue]:
    """The queues of all virtual hosts that the user sees."""
    return [queue for name in access.visible_vhosts(call) for queue in call.broker.vhosts[name].queues.values()]


def queue_totals(queues: Iterable[Queue]) -> dict[str, int]:
    """How many messages wait, and how many are out."""
    ready = unacked = 0
    for queue in queues:
        ready += queue.message_count
        unacked += len(queue.unacked)
    return {"messages": ready + unacked, "messages_ready": ready, "messages_unacknowledged": unacked}


def counts_of(thing: object) -> dict[str, int]:
    """What has happened to messages at a queue, an exchange or a channel."""
    return {}


def octets(call: Call, vhost: VirtualHost) -> tuple[int, int]:
    """How many octets the virtual host's connections have received and sent."""
    mine = [each.output for each in call.broker.connections if each.vhost is vhost]
    return sum(each.octets_received for each in mine), sum(each.octets_sent for each in mine)


def sum_of(call: Call, scope: str, vhost: VirtualHost | None = None) -> dict[str, int]:
    """What has happened to messages, in one virtual host or in all that the user sees."""
    return {}


def churn(broker: FakeBroker) -> dict[str, int]:
    """What has come and gone."""
    return {}
