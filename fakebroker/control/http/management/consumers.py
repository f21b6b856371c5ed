"""``/api/consumers``."""

from __future__ import annotations

from typing import Any, cast

from fakebroker.amqp.channel import Channel
from fakebroker.broker.json_form import table_to_json
from fakebroker.broker.queues.consumer import Consumer
from fakebroker.control.http import access
from fakebroker.control.http.endpoint import Call, Endpoint
from fakebroker.control.http.json_values import NODE, addresses
from fakebroker.control.http.listing import listed
from fakebroker.control.http.management import vhosts
from fakebroker.json_reader import Json


def channel_of(consumer: Consumer) -> Channel:
    """The channel that a consumer belongs to."""
    return cast(Channel, consumer.session.channel)


def channel_name(channel: Channel) -> str:
    """``peer -> host (number)``."""
    return f"{channel.connection.name} ({channel.number})"


def show(consumer: Consumer) -> dict[str, Any]:
    """A consumer as RabbitMQ shows one."""
    queue = consumer.queue
    waits = queue.single_active and queue.active is not consumer
    return {
        "arguments": table_to_json(consumer.arguments),
        "ack_required": not consumer.no_ack,
        "active": not waits,
        "activity_status": _status(consumer),
        "channel_details": _channel_details(channel_of(consumer)),
        "consumer_tag": consumer.tag,
        "exclusive": consumer.exclusive,
        "prefetch_count": consumer.prefetch,
        "queue": {"name": queue.name, "vhost": queue.vhost.name},
    }


def _status(consumer: Consumer) -> str:
    queue = consumer.queue
    if not queue.single_active:
        return "up"
    return "single_active" if queue.active is consumer else "waiting"


def _channel_details(channel: Channel) -> dict[str, Json]:
    connection = channel.connection
    peer_host, peer_port, _, _ = addresses(connection.name)
    return {
        "connection_name": connection.name,
        "name": channel_name(channel),
        "node": NODE,
        "number": channel.number,
        "peer_host": peer_host,
        "peer_port": peer_port,
        "user": channel.user.name,
    }


def _list(call: Call) -> Json:
    hosts = list(call.broker.vhosts.values()) if "vhost" not in call.names else [call.found]
    rows = [show(each) for host in hosts for queue in host.queues.values() for each in queue.consumers]
    if not access.is_monitor(call.user):
        rows = [row for row in rows if row["channel_details"]["user"] == call.user.name]
    return listed(call, rows, "vhost", "name")


ENDPOINTS = (
    Endpoint("/api/consumers", access.management, get=_list),
    Endpoint("/api/consumers/{vhost}", access.management, get=_list, find=vhosts.find),
)
