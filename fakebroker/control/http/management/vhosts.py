"""``/api/vhosts``."""

from __future__ import annotations

from fakebroker.broker.vhost import VirtualHost
from fakebroker.control.http import access
from fakebroker.control.http.body import boolean, read_object
from fakebroker.control.http.endpoint import Call, Endpoint, bad_request
from fakebroker.control.http.json_values import NODE, with_rates
from fakebroker.control.http.listing import columns, paged
from fakebroker.control.http.management.statistics import counts_of_vhost, octets, queue_totals
from fakebroker.control.http.management.users import read_tags


def find(call: Call) -> VirtualHost | None:
    """The virtual host that the path names."""
    return call.vhost


def optional(call: Call) -> VirtualHost | Call | None:
    """The virtual host that the path names; None when it does not exist."""
    return call.vhost if "vhost" in call.names else call


def show(call: Call, vhost: VirtualHost) -> dict[str, object]:
    """A virtual host as RabbitMQ shows it. Counts are left out until there is something to count."""
    untold = vhost.description == "" and vhost.name == "/"
    description = "Default virtual host" if untold else vhost.description
    shown: dict[str, object] = {
        "name": vhost.name,
        "description": description,
        "tags": list(vhost.tags),
        "default_queue_type": vhost.default_queue_type or "undefined",
        "metadata": {**_default_queue_type(vhost), "description": description, "tags": list(vhost.tags)},
        "tracing": vhost.tracing,
        "cluster_state": {NODE: "running"},
    }
    received, sent = octets(call, vhost)
    if received:
        shown.update(with_rates({"recv_oct": received, "send_oct": sent}))
    if len(vhost.queues):
        shown.update(with_rates(queue_totals(list(vhost.queues.values()))))
    counts = counts_of_vhost(call.broker, vhost).as_dict()
    if counts:
        shown["message_stats"] = with_rates(counts)
    return shown


def _default_queue_type(vhost: VirtualHost) -> dict[str, str]:
    return {} if vhost.default_queue_type is None else {"default_queue_type": vhost.default_queue_type}


def _list(call: Call) -> object:
    return paged(call, [show(call, call.broker.vhosts[name]) for name in access.visible_vhosts(call)], "name")


def _get(call: Call) -> object:
    return columns(call, show(call, call.found))


def _put(call: Call) -> None:
    """Make a virtual host, or change its metadata. Who makes it gets all permissions in it."""
    wanted = read_object(call)
    tracing = boolean(wanted["tracing"]) if "tracing" in wanted else None
    description = wanted.get("description", "")  # RabbitMQ keeps the existing one
    tags = read_tags(wanted.get("tags") or "")
    vhost = call.found
    if vhost is None:
        vhost = call.broker.broker.add_vhost(call.names["vhost"], permit=(call.user.name,), made_by=call.user.name)
    vhost.description, vhost.tags = description, tags
    if tracing is not None:
        vhost.tracing = tracing


def _delete(call: Call) -> None:
    call.broker.broker.remove_vhost(call.found.name)


def _start(call: Call) -> None:
    if call.vhost is None:
        text = f'Request to node {call.names["node"]} failed with {{no_such_vhost,<<"{call.names["vhost"]}">>}}'
        raise bad_request(text)


ENDPOINTS = (
    Endpoint("/api/vhosts", access.management, get=_list),
    Endpoint("/api/vhosts/{vhost}", access.administrator, get=_get, put=_put, delete=_delete, find=find),
    Endpoint("/api/vhosts/{vhost}/start/{node}", access.administrator, post=_start),
)
