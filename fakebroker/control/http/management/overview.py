"""``/api/overview``, ``whoami`` and the other endpoints about the broker as a whole."""

from __future__ import annotations

from urllib.parse import parse_qs

from fakebroker.broker.definitions.exporting import VERSION
from fakebroker.control.http import access
from fakebroker.control.http.body import read_object, text
from fakebroker.control.http.endpoint import Answer, Call, Endpoint, Refusal, bad_request
from fakebroker.control.http.json_values import NODE, with_rates
from fakebroker.control.http.listing import columns, listed
from fakebroker.control.http.management.nodes import contexts, exchange_types, listeners
from fakebroker.control.http.management.statistics import counts_of_broker, queue_totals, visible_queues

_RETENTION = {"global": [600, 3600, 28800, 86400], "basic": [600, 3600], "detailed": [600]}
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

_DOCUMENTS = {
    "quorum_queue": "https://www.rabbitmq.com/quorum-queues.html",
    "stream_queue": "https://www.rabbitmq.com/stream.html",
}


def _overview(call: Call) -> object:
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
        "exchange_types": exchange_types(),
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
        overview.update(node=NODE, listeners=listeners(call), contexts=contexts(call))
    return columns(call, overview)


def _whoami(call: Call) -> object:
    return columns(call, {"name": call.user.name, "tags": list(call.user.tags)})


def _cluster_name(call: Call) -> object:
    return columns(call, {"name": call.broker.broker.cluster_name})


def _set_cluster_name(call: Call) -> None:
    call.broker.broker.cluster_name = text(read_object(call, "name")["name"], "name")


def _feature_flags(call: Call) -> object:
    rows = [
        {
            "name": name,
            "desc": desc,
            "doc_url": _DOCUMENTS.get(name, ""),
            "state": "enabled",
            "stability": "stable",
            "provided_by": provider,
        }
        for name, desc, provider in _FEATURES
    ]
    return listed(call, rows, "name")


def _enable_feature(call: Call) -> None:
    if call.names["name"] not in [name for name, _, _ in _FEATURES]:
        raise bad_request("unsupported")


def _extensions(call: Call) -> object:
    return columns(call, [{"javascript": "dispatcher.js"}])


def _auth(call: Call) -> object:
    return {"enable_uaa": False, "uaa_client_id": "", "uaa_location": ""}


def _login(call: Call) -> object:
    form = parse_qs(call.body.decode("utf-8", "replace"))
    name, password = (form.get(key, [""])[0] for key in ("username", "password"))
    access.log_in(call, name, password)
    return Answer('"ok"')


def _done(call: Call) -> None:
    """Requests without an effect here: the broker has one node, and its counts are always exact."""


def _home(call: Call) -> object:
    raise Refusal(301, headers={"location": "/api/overview"})


_JSON = ("application/json",)
_FORM = ("application/x-www-form-urlencoded",)

ENDPOINTS = (
    Endpoint("/api/overview", access.management, get=_overview),
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
