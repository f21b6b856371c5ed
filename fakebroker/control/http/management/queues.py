"""``/api/queues``. Their messages are in :mod:`fakebroker.control.http.management.messages`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import cast

from fakebroker.amqp.connection import Connection
from fakebroker.broker.json_form import table_to_json
from fakebroker.broker.message import Message
from fakebroker.broker.queues.base import Queue
from fakebroker.broker.vhost import VirtualHost
from fakebroker.control.http import access, amqp_calls
from fakebroker.control.http.body import boolean, passive, read_object, to_table, wrong
from fakebroker.control.http.endpoint import Call, Endpoint, bad_request
from fakebroker.control.http.json_values import NODE, addresses, with_rates
from fakebroker.control.http.listing import columns, paged
from fakebroker.control.http.management import consumers, vhosts
from fakebroker.control.http.management.statistics import queue_totals
from fakebroker.json_reader import Json

MAX_NAME = 255
"""The longest name of a queue, in octets."""

GARBAGE_COLLECTION = {
    "fullsweep_after": 65535,
    "max_heap_size": 0,
    "min_bin_vheap_size": 46422,
    "min_heap_size": 233,
    "minor_gcs": 0,
}
"""RabbitMQ's figures about the Erlang process of a queue, a channel or a connection."""


def find(call: Call) -> Queue | None:
    """The queue that the path names."""
    return None if call.vhost is None else call.vhost.queues.get(call.names["queue"])


def show(queue: Queue) -> dict[str, object]:
    """A queue as RabbitMQ shows one in a list."""
    policies = cast(VirtualHost, queue.vhost).policies
    policy, operator = (table.match("queue", queue.name, queue.type) for table in (policies, policies.operator))
    shown: dict[str, object] = {
        **basic(queue),
        "node": NODE,
        "state": "running",
        "consumers": len(queue.consumers),
        "effective_policy_definition": policies.for_queue(queue.name, queue.type),
        "garbage_collection": GARBAGE_COLLECTION,
        "memory": 0,
        "policy": None if policy is None else policy.name,
        "operator_policy": None if operator is None else operator.name,
        "reductions": 0,
        "reductions_details": {"rate": 0.0},
        **with_rates(queue_totals([queue])),
        **_BY_TYPE[queue.type](queue),
    }
    counts = queue.counts.of_queue()
    if counts:
        shown["message_stats"] = with_rates(counts)
    return shown


def basic(queue: Queue) -> dict[str, object]:
    """What RabbitMQ knows of a queue without asking it."""
    shown = {
        "arguments": table_to_json(queue.arguments),
        "auto_delete": queue.auto_delete,
        "durable": queue.durable,
        "exclusive": queue.exclusive,
        "name": queue.name,
        "state": "live",
        "type": queue.type,
        "vhost": queue.vhost.name,
    }
    if queue.type != "classic":
        shown.update(members=[NODE], online=[NODE])
    shown.update({"leader": NODE} if queue.type == "quorum" else {"node": NODE})
    return shown


def _classic(queue: Queue) -> dict[str, Json]:
    ready, unacked = queue.ready, [each.message for each in queue.unacked]
    exclusive = queue.active is not None and queue.active.exclusive
    return {
        "backing_queue_status": _backing(queue, len(ready)),
        "exclusive_consumer_tag": queue.active.tag if queue.active is not None and exclusive else None,
        "single_active_consumer_tag": queue.active.tag if queue.active is not None and queue.single_active else None,
        "head_message_timestamp": _head_timestamp(ready),
        "message_bytes_paged_out": 0,
        "messages_paged_out": 0,
        "messages_ready_ram": len(ready),
        "messages_unacknowledged_ram": len(unacked),
        "recoverable_slaves": None,
        **_consuming(queue),
        **_sizes(ready, unacked),
    }


def _quorum(queue: Queue) -> dict[str, Json]:
    ready, unacked = queue.ready, [each.message for each in queue.unacked]
    active = queue.active.tag if queue.active is not None and queue.single_active else None
    return {
        "leader": NODE,
        "members": [NODE],
        "online": [NODE],
        "open_files": {NODE: 0},
        "message_bytes_dlx": 0,
        "messages_dlx": 0,
        "single_active_consumer_ctag": active,
        **_consuming(queue),
        **_sizes(ready, unacked),
    }


def _stream(queue: Queue) -> dict[str, Json]:
    return {"members": [NODE], "online": [NODE], "readers": {NODE: len(queue.consumers)}}


_BY_TYPE = {"classic": _classic, "quorum": _quorum, "stream": _stream}


def _consuming(queue: Queue) -> dict[str, Json]:
    able = 1.0 if len(queue.consumers) else 0
    return {"consumer_capacity": able, "consumer_utilisation": able}


def _sizes(ready: list[Message], unacked: list[Message]) -> dict[str, int]:
    every = ready + unacked
    persistent = [message for message in every if message.persistent]
    return {
        "message_bytes": _octets(every),
        "message_bytes_persistent": _octets(persistent),
        "message_bytes_ram": _octets(every),
        "message_bytes_ready": _octets(ready),
        "message_bytes_unacknowledged": _octets(unacked),
        "messages_persistent": len(persistent),
        "messages_ram": len(every),
    }


def _octets(messages: Iterable[Message]) -> int:
    return sum(len(message.body) for message in messages)


def _head_timestamp(ready: list[Message]) -> int | None:
    timestamp = ready[0].content.properties.timestamp if ready else None  # type: ignore[attr-defined]
    return None if timestamp is None else int(timestamp)


def _backing(queue: Queue, length: int) -> dict[str, Json]:
    status: dict[str, Json] = {f"avg_{rate}_rate": 0.0 for rate in _RATES}
    status.update(delta=["delta", "undefined", 0, 0, "undefined"], len=length, mode="default")
    status.update(next_deliver_seq_id=0, next_seq_id=length, q1=0, q2=0, q3=0, q4=length)
    status.update(target_ram_count="infinity", version=1)
    maximum = queue.arguments.get("x-max-priority")
    if isinstance(maximum, int):
        lengths = dict.fromkeys((str(each) for each in range(maximum + 1)), 0)
        for message in queue.ready:
            lengths[str(min(message.properties.priority or 0, maximum))] += 1
        status["priority_lengths"] = lengths
    return status


_RATES = ("ack_egress", "ack_ingress", "egress", "ingress")


def _list(call: Call) -> object:
    queues = [queue for host in access.listed_vhosts(call) for queue in host.queues.values()]
    if call.flag("disable_stats"):
        rows = [_brief(call, queue) for queue in queues]
    else:
        rows = [show(queue) for queue in queues]
    return paged(call, rows, "vhost", "name")


def _brief(call: Call, queue: Queue) -> dict[str, object]:
    if call.flag("enable_queue_totals"):
        return {**basic(queue), "state": "running", **queue_totals([queue])}
    return basic(queue)


def _get(call: Call) -> object:
    queue: Queue = call.found
    if call.flag("disable_stats"):
        return columns(call, basic(queue))
    details = [consumers.show(consumer) for consumer in queue.consumers]
    shown = {"consumer_details": details, "deliveries": [], "incoming": [], **show(queue)}
    if isinstance(queue.owner, Connection):
        peer_host, peer_port, _, _ = addresses(queue.owner.name)
        shown["owner_pid_details"] = {"name": queue.owner.name, "peer_host": peer_host, "peer_port": peer_port}
    return columns(call, shown)


def _put(call: Call) -> None:
    name = call.names["queue"]
    length = len(name.encode("utf-8", "surrogateescape"))
    if length > MAX_NAME:
        raise bad_request(f"queue should be less than {MAX_NAME} bytes, actually was {length}\n")
    wanted = read_object(call)
    flags = {key: boolean(wanted[key]) for key in ("durable", "auto_delete") if key in wanted}
    _check_node(wanted.get("node", NODE))
    amqp_calls.request(
        call,
        "queue.declare",
        queue=name,
        passive=passive(wanted),
        arguments=to_table(wanted.get("arguments", {}), "arguments"),
        **flags,
    )


def _check_node(node: Json) -> None:
    """Checks a node's name. There is one node; a name without a host means this host."""
    if not isinstance(node, str):
        raise wrong("node", "a string", node)
    name = node if "@" in node else f"{node}@{NODE.partition('@')[2]}"
    if name != NODE:
        raise bad_request(f"Node {name} could not be contacted")


def _delete(call: Call) -> None:
    amqp_calls.request(
        call,
        "queue.delete",
        queue=call.names["queue"],
        if_unused=call.flag("if-unused"),
        if_empty=call.flag("if-empty"),
    )


def _actions(call: Call) -> None:
    """Queue actions such as sync: with one node they have no effect."""
    action = read_object(call, "action")["action"]
    if action not in ("sync", "cancel_sync"):
        raise bad_request(["unknown", action])


ENDPOINTS = (
    Endpoint("/api/queues", access.vhost, get=_list),
    Endpoint("/api/queues/{vhost}", access.vhost, get=_list, find=vhosts.optional),
    Endpoint("/api/queues/{vhost}/{queue}", access.vhost, get=_get, put=_put, delete=_delete, find=find),
    Endpoint("/api/queues/{vhost}/{queue}/actions", access.administrator, post=_actions, find=find),
)
