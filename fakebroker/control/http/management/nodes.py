"""``/api/nodes``: the one node there is, and where it listens."""

from __future__ import annotations

from collections.abc import Mapping

from fakebroker.broker.definitions.exporting import VERSION
from fakebroker.broker.exchanges.registry import TYPES
from fakebroker.control.http import access
from fakebroker.control.http.endpoint import Call, Endpoint, not_found
from fakebroker.control.http.json_values import NODE, with_rates
from fakebroker.control.http.listing import columns, listed
from fakebroker.fake import FakeBroker

MEMORY = 138_000_000
"""The memory that the node reports, in octets: always the same number, of the size that a new RabbitMQ shows."""

_MECHANISMS = {
    "PLAIN": "SASL PLAIN authentication mechanism",
    "AMQPLAIN": "QPid AMQPLAIN mechanism",
    "RABBIT-CR-DEMO": "RabbitMQ Demo challenge-response authentication mechanism",
}
# Figures of the Erlang VM, which this broker does not have: always the same.
_FIXED: Mapping[str, object] = {
    "name": NODE,
    "type": "disc",
    "running": True,
    "partitions": [],
    "os_pid": "1",
    "fd_total": 1_048_576,
    "sockets_total": 943_629,
    "mem_limit": 10_000_000_000,
    "disk_free_limit": 50_000_000,
    "proc_total": 1_048_576,
    "rates_mode": "basic",
    "run_queue": 0,
    "processors": 1,
    "applications": [
        {"name": "rabbit", "description": "RabbitMQ", "version": VERSION},
        {"name": "rabbitmq_management", "description": "RabbitMQ Management Console", "version": VERSION},
    ],
    "log_files": ["<stdout>"],
    "db_dir": "/var/lib/rabbitmq/mnesia/" + NODE,
    "config_files": [],
    "net_ticktime": 60,
    "enabled_plugins": ["rabbitmq_management"],
    "mem_calculation_strategy": "rss",
    "ra_open_file_metrics": {"ra_log_wal": 1, "ra_log_segment_writer": 0},
    "cluster_links": [],
}
_IO = ("read_count", "read_bytes", "read_avg_time", "write_count", "write_bytes", "write_avg_time", "sync_count",
       "sync_avg_time", "seek_count", "seek_avg_time", "reopen_count")  # fmt: skip
_DATABASE = ("mnesia_ram_tx_count", "mnesia_disk_tx_count", "msg_store_read_count", "msg_store_write_count",
             "queue_index_write_count", "queue_index_read_count")  # fmt: skip
_GARBAGE = ("connection_closed", "channel_closed", "consumer_deleted", "exchange_deleted", "queue_deleted",
            "vhost_deleted", "node_node_deleted", "channel_consumer_deleted")  # fmt: skip


def exchange_types() -> list[dict[str, object]]:
    """The exchange types that the broker knows."""
    return [
        {"name": name, "description": f"AMQP {name} exchange, as per the AMQP specification", "enabled": True}
        for name in sorted(TYPES)
    ]


def listeners(call: Call) -> list[dict[str, object]]:
    """The listeners: AMQP over TCP and over TLS if the broker listens for them, and this HTTP port."""
    options = {"backlog": 128, "nodelay": True, "linger": [True, 0], "exit_on_close": False}
    rows = [
        {"protocol": "amqp/ssl" if secure else "amqp", "ip_address": host, "port": port, "socket_opts": options}
        for host, port, secure in sorted(call.broker.listeners.addresses, key=lambda each: each.secure)
    ]
    http = {"cowboy_opts": {"sendfile": False}, "port": call.port}
    rows.append({"protocol": "http", "ip_address": call.host, "port": call.port, "socket_opts": http})
    return [{"node": NODE, **row} for row in rows]


def contexts(call: Call) -> list[dict[str, object]]:
    """What is served over HTTP."""
    context = {"description": "RabbitMQ Management", "path": "/", "cowboy_opts": "[{sendfile,false}]"}
    return [{"ssl_opts": [], "node": NODE, **context, "port": str(call.port)}]


def show(call: Call) -> dict[str, object]:
    """The one node, as RabbitMQ shows one."""
    broker = call.broker
    alarms = broker.alarms.raised
    return {
        **_FIXED,
        "mem_alarm": "memory" in alarms,
        "disk_free_alarm": "disk" in alarms,
        "uptime": int(broker.clock.seconds() * 1000),
        "exchange_types": exchange_types(),
        "auth_mechanisms": [
            {"name": name, "description": text, "enabled": name in broker.mechanisms}
            for name, text in _MECHANISMS.items()
        ],
        "contexts": [{key: row[key] for key in row if key not in ("ssl_opts", "node")} for row in contexts(call)],
        **with_rates(_usage(broker)),
        "metrics_gc_queue_length": dict.fromkeys(_GARBAGE, 0),
    }


def _usage(broker: FakeBroker) -> dict[str, int]:
    used = {
        "mem_used": MEMORY,
        "fd_used": 40 + len(broker.connections),
        "sockets_used": len(broker.connections),
        "proc_used": 375,
        "disk_free": 85_000_000_000,
        "gc_num": 0,
        "gc_bytes_reclaimed": 0,
        "context_switches": 0,
    }
    return {**used, **dict.fromkeys((*(f"io_{each}" for each in _IO), *_DATABASE), 0), **broker.broker.churn.as_dict()}


def _nodes(call: Call) -> object:
    return listed(call, [show(call)], "name")


def _node(call: Call) -> object:
    _this_node(call)
    return columns(call, show(call))


def _this_node(call: Call) -> None:
    if call.names["node"] != NODE:
        raise not_found()


def _memory(call: Call) -> object:
    _this_node(call)
    total = {"erlang": MEMORY, "rss": MEMORY, "allocated": MEMORY}
    return {"memory": {"code": MEMORY, "strategy": "rss", "total": total}}


def _relative_memory(call: Call) -> object:
    _this_node(call)
    return {"memory": {"total": 100, "code": 100}}


ENDPOINTS = (
    Endpoint("/api/nodes", access.monitoring, get=_nodes),
    Endpoint("/api/nodes/{node}", access.monitoring, get=_node),
    Endpoint("/api/nodes/{node}/memory", access.monitoring, get=_memory),
    Endpoint("/api/nodes/{node}/memory/relative", access.monitoring, get=_relative_memory),
)
