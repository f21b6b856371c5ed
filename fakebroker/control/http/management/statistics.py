"""Counts, exact at the moment of the request: nothing here waits for RabbitMQ's statistics interval."""

from __future__ import annotations

from collections.abc import Iterable

from fakebroker.broker.queues.base import Queue
from fakebroker.broker.stats import MessageStats
from fakebroker.broker.vhost import VirtualHost
from fakebroker.control.http import access
from fakebroker.control.http.endpoint import Call
from fakebroker.fake import FakeBroker


def visible_queues(call: Call) -> list[Queue]:
    """The queues of all virtual hosts that the user may see."""
    return [queue for name in access.visible_vhosts(call) for queue in call.broker.vhosts[name].queues.values()]


def queue_totals(queues: Iterable[Queue]) -> dict[str, int]:
    """How many messages are ready, and how many are unacked."""
    ready = unacked = 0
    for queue in queues:
        ready += queue.message_count
        unacked += len(queue.unacked)
    return {"messages": ready + unacked, "messages_ready": ready, "messages_unacknowledged": unacked}


def octets(call: Call, vhost: VirtualHost) -> tuple[int, int]:
    """How many octets the virtual host's connections have received and sent."""
    mine = [each.output for each in call.broker.connections if each.vhost is vhost]
    return sum(each.octets_received for each in mine), sum(each.octets_sent for each in mine)


def counts_of_vhost(broker: FakeBroker, vhost: VirtualHost) -> MessageStats:
    """The message stats of all channels of a virtual host, closed ones included."""
    total = MessageStats()
    total.add(vhost.counts)
    for connection in broker.connections:
        if connection.vhost is vhost:
            for channel in connection.channels.values():
                session = channel.in_hand
                if session is not None:
                    total.add(session.counts)
    return total


def counts_of_broker(call: Call) -> dict[str, int]:
    """The same for all virtual hosts that the user may see, and disk counts, which are always 0."""
    total = MessageStats()
    for name in access.visible_vhosts(call):
        total.add(counts_of_vhost(call.broker, call.broker.vhosts[name]))
    return {**total.as_dict(), "disk_reads": 0, "disk_writes": 0}
