"""``/api/overview``, ``nodes``, ``whoami`` and what else tells about the broker as a whole."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs

from fakebroker.broker.definition_export import VERSION
from fakebroker.broker.exchanges.registry import TYPES
from fakebroker.control.http import access
from fakebroker.control.http.body import read_object, text
from fakebroker.control.http.endpoint import Answer, Call, Endpoint, Refusal, bad_request, crash
from fakebroker.control.http.listing import columns, listed
from fakebroker.control.http.management.statistics import counts_of_broker, queue_totals, visible_queues
from fakebroker.control.http.values import NODE, with_rates
from fakebroker.fake import FakeBroker

MEMORY = 138_000_000
"""Octets that the node claims to use: a number such as a new RabbitMQ shows, always the same."""

_RETENTION = {"global": [600, 3600, 28800, 86400], "basic": [600, 3600], "detailed": [600]}
_MECHANISMS = {
    "PLAIN": "SASL PLAIN authentication mechanism",
    "AMQPLAIN": "QPid AMQPLAIN mechanism",
    "RABBIT-CR-DEMO": "RabbitMQ Demo challenge-response authentication mechanism",
}
_FEATURES = (
    ("classic_mirrored_queue_version", "Support setting version for classic mirrored queues", "rabbit"),
    ("drop_unroutable_metric", "Count unroutable publishes to be dropped in stats", "rabbitmq_management_agent"),
    ("empty_basic_get_metric", "Count AMQP `basic.get` on empty queues in stats", "rabbitmq_management_agent"),
    (
        "implicit_default_bindings",
        "Default bindings are now implicit, instead of being stored in the database",
        "rabbit",
    ),
    ("maintenance_mode_status", "Maintenance mode status", "rabbit"),
    ("quorum_queue", "Support queues of type `quorum`", "rabbit"),
    ("stream_queue", "Support queues of type `stream`", "rabbit"),
    ("user_limits", "Configure connection and channel limits for a user", "rabbit"),
    ("virtual_host_metadata", "Virtual host metadata (description, tags, etc)", "rabbit"),
)


def _exchange_types() -> list[dict[str, Any]]:
    return [
        {"name": name, "description": f"AMQP {name} exchange, as per the AMQP specification", "enabled": True}
        for name in sorted(TYPES)
    ]


def listeners(call: Call) -> list[dict[str, Any]]:
    """Where the broker listens: AMQP, if it does over TCP, and this port."""
    broker = call.broker
    rows = []
    if broker.port is not None:
        options = {"backlog": 128, "nodelay": True, "linger": [True, 0], "exit_on_close": False}
        rows.append({"protocol": "amqp", "ip_address": broker.host, "port": broker.port, "socket_opts": options})
    http = {"cowboy_opts": {"sendfile": False}, "port": call.port}
    rows.append({"protocol": "http", "ip_address": "127.0.0.1", "port": call.port, "socket_opts": http})
    return [{"node": NODE, **row} for row in rows]


def _contexts(call: Call) -> list[dict[str, Any]]:
    context = {"description": "RabbitMQ Management", "path": "/", "cowboy_opts": "[{sendfile,false}]"}
    return [{"ssl_opts": [], "node": NODE, **context, "port": str(call.port)}]


def _overview(call: Call) -> Any:
    queues = visible_queues(call)
    totals = {
        "channels": sum(len(each.channels) for each in call.broker.connections),
        "connections": len(call.broker.connections),
        "consumers": sum(len(queue.consumers) for queue in queues),
        "exchanges": sum(len(call.broker.vhosts[name].exchanges) for name in access.visible_vhosts(call)),
        "queues": len(queues),
    }
    overview = {
        "management_version": VERSION,
        "rates_mode": "basic",
        "sample_retention_policies": _RETENTION,
        "exchange_types": _exchange_types(),
        "product_version": VERSION,
        "product_name": "RabbitMQ",
        "rabbitmq_version": VERSION,
        "cluster_name": call.broker.broker.cluster_name,
        "erlang_version": "25.2.3",
        "erlang_full_version": "Erlang/OTP 25 [erts-13.1.5] [source] [64-bit]",
        "release_series_support_status": "supported",
        "disable_stats": call.flag("disable_stats"),
        "enable_queue_totals": call.flag("enable_queue_totals"),
        "message_stats": with_rates(counts_of_broker(call)),
        "churn_rates": with_rates(call.broker.broker.churn.as_dict()),
        "queue_totals": with_rates(queue_totals(queues)),
        "object_totals": totals,
        "statistics_db_event_queue": 0,
    }
    if access.is_monitor(call.user):
        overview.update(node=NODE, listeners=listeners(call), contexts=_contexts(call))
    return columns(call, overview)


def node(call: Call) -> dict[str, Any]:
    """The one node, as RabbitMQ shows one; what a process in Erlang has and this one has not is a fixed number."""
    broker = call.broker
    alarms = broker.alarms.raised
    shown: dict[str, Any] = {
        "name": NODE,
        "type": "disc",
        "running": True,
        "partitions": [],
        "os_pid": "1",
        "fd_total": 1_048_576,
        "sockets_total": 943_629,
        "mem_limit": 10_000_000_000,
        "mem_alarm": "memory" in alarms,
        "disk_free_limit": 50_000_000,
        "disk_free_alarm": "disk" in alarms,
        "proc_total": 1_048_576,
        "rates_mode": "basic",
        "uptime": int(broker.clock.seconds() * 1000),
        "run_queue": 0,
        "processors": 1,
        "exchange_types": _exchange_types(),
        "auth_mechanisms": [
            {"name": name, "description": text, "enabled": name in broker.mechanisms}
            for name, text in _MECHANISMS.items()
        ],
        "applications": [
            {"name": "rabbit", "description": "RabbitMQ", "version": VERSION},
            {"name": "rabbitmq_management", "description": "RabbitMQ Management Console", "version": VERSION},
        ],
        "contexts": [{key: row[key] for key in row if key not in ("ssl_opts", "node")} for row in _contexts(call)],
        "log_files": ["<stdout>"],
        "db_dir": "/var/lib/rabbitmq/mnesia/" + NODE,
        "config_files": [],
        "net_ticktime": 60,
        "enabled_plugins": ["rabbitmq_management"],
        "mem_calculation_strategy": "rss",
        "ra_open_file_metrics": {"ra_log_wal": 1, "ra_log_segment_writer": 0},
        "cluster_links": [],
    }
    return {**shown, **with_rates(_usage(broker)), "metrics_gc_queue_length": dict.fromkeys(_GARBAGE, 0)}


_IO = ("read_count", "read_bytes", "read_avg_time", "write_count", "write_bytes", "write_avg_time", "sync_count",
       "sync_avg_time", "seek_count", "seek_avg_time", "reopen_count")  # fmt: skip
_DATABASE = ("mnesia_ram_tx_count", "mnesia_disk_tx_count", "msg_store_read_count", "msg_store_write_count",
             "queue_index_write_count", "queue_index_read_count")  # fmt: skip
_GARBAGE = ("connection_closed", "channel_closed", "consumer_deleted", "exchange_deleted", "queue_deleted",
            "vhost_deleted", "node_node_deleted", "channel_consumer_deleted")  # fmt: skip


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


def _nodes(call: Call) -> Any:
    return listed(call, [node(call)], "name")


def _node(call: Call) -> Any:
    _this_node(call)
    return columns(call, node(call))


def _this_node(call: Call) -> None:
    if call.names["node"] != NODE:  # RabbitMQ crashes where it does not know the node
        raise crash()


def _memory(call: Call) -> Any:
    _this_node(call)
    total = {"erlang": MEMORY, "rss": MEMORY, "allocated": MEMORY}
    return {"memory": {"code": MEMORY, "strategy": "rss", "total": total}}


def _relative_memory(call: Call) -> Any:
    _this_node(call)
    return {"memory": {"total": 100, "code": 100}}


def _whoami(call: Call) -> Any:
    return columns(call, {"name": call.user.name, "tags": list(call.user.tags)})


def _cluster_name(call: Call) -> Any:
    return columns(call, {"name": call.broker.broker.cluster_name})


def _set_cluster_name(call: Call) -> None:
    call.broker.broker.cluster_name = text(read_object(call, "name")["name"])


def _feature_flags(call: Call) -> Any:
    rows = [
        {"name": name, "desc": desc, "doc_url": "", "state": "enabled", "stability": "stable", "provided_by": provider}
        for name, desc, provider in _FEATURES
    ]
    return listed(call, rows, "name")


def _enable_feature(call: Call) -> None:
    if call.names["name"] not in [name for name, _, _ in _FEATURES]:
        raise bad_request("unsupported")


def _extensions(call: Call) -> Any:
    return columns(call, [{"javascript": "dispatcher.js"}])


def _auth(call: Call) -> Any:
    return {"enable_uaa": False, "uaa_client_id": "", "uaa_location": ""}


def _login(call: Call) -> Any:
    form = parse_qs(call.body.decode("utf-8", "replace"))
    name, password = (form.get(key, [""])[0] for key in ("username", "password"))
    access.log_in(call, name, password)
    return Answer('"ok"')


def _done(call: Call) -> None:
    """What changes nothing in a broker of one node, and nothing in counts that are always exact."""


def _home(call: Call) -> Any:
    raise Refusal(301, headers={"location": "/api/overview"})


_JSON = ("application/json",)
_FORM = ("application/x-www-form-urlencoded",)

ENDPOINTS = (
    Endpoint("/api/overview", access.management, get=_overview),
    Endpoint("/api/nodes", access.monitoring, get=_nodes),
    Endpoint("/api/nodes/{node}", access.monitoring, get=_node),
    Endpoint("/api/nodes/{node}/memory", access.monitoring, get=_memory),
    Endpoint("/api/nodes/{node}/memory/relative", access.monitoring, get=_relative_memory),
    Endpoint("/api/whoami", access.management, get=_whoami),
    Endpoint("/api/cluster-name", access.reader, get=_cluster_name, put=_set_cluster_name),
    Endpoint("/api/extensions", access.management, get=_extensions),
    Endpoint("/api/feature-flags", access.administrator, get=_feature_flags),
    Endpoint("/api/feature-flags/{name}/enable", access.administrator, put=_enable_feature, takes=_JSON),
    Endpoint("/api/auth", access.anybody, get=_auth),
    Endpoint("/api/login", access.anybody, post=_login, takes=_FORM),
    Endpoint("/api/rebalance/queues", access.administrator, post=_done),
    Endpoint("/api/reset", access.administrator, delete=_done),
    Endpoint("/api/reset/{node}", access.administrator, delete=_done),
    Endpoint("/api", access.anybody, get=_home),
)
