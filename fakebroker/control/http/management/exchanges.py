"""``/api/exchanges``."""

from __future__ import annotations

from typing import cast

from fakebroker.broker.exchanges.exchange import Exchange
from fakebroker.broker.json_form import show_json, table_to_json
from fakebroker.broker.vhost import VirtualHost
from fakebroker.control.http import access, amqp_calls
from fakebroker.control.http.body import boolean, passive, read_object, to_table
from fakebroker.control.http.endpoint import Call, Endpoint, bad_request
from fakebroker.control.http.json_values import with_rates
from fakebroker.control.http.listing import columns, paged
from fakebroker.control.http.management import vhosts

DEFAULT = "amq.default"
"""The default exchange's name in a path; its real name is empty."""


def name_of(call: Call, key: str = "exchange") -> str:
    """The name of the exchange that the path names."""
    return "" if call.names[key] == DEFAULT else call.names[key]


def find(call: Call) -> Exchange | None:
    """The exchange that the path names."""
    return None if call.vhost is None else call.vhost.exchanges.get(name_of(call))


def show(exchange: Exchange) -> dict[str, object]:
    """An exchange as RabbitMQ shows one."""
    shown: dict[str, object] = {
        "arguments": table_to_json(exchange.arguments),
        "auto_delete": exchange.auto_delete,
        "durable": exchange.durable,
        "internal": exchange.internal,
        "name": exchange.name,
        "type": exchange.type,
        "user_who_performed_action": exchange.declared_by,
        "vhost": exchange.vhost.name,
    }
    policy = cast(VirtualHost, exchange.vhost).policies.match("exchange", exchange.name)
    if policy is not None:
        shown["policy"] = policy.name
    counts = exchange.counts.as_dict()
    if counts:
        shown["message_stats"] = with_rates(counts)
    return shown


def _list(call: Call) -> object:
    rows = [show(each) for host in access.listed_vhosts(call) for each in host.exchanges.values()]
    return paged(call, rows, "vhost", "name")


def _get(call: Call) -> object:
    return columns(call, {**show(call.found), "incoming": [], "outgoing": []})


def _put(call: Call) -> None:
    wanted = read_object(call)
    flags = {key: boolean(wanted[key]) for key in ("durable", "auto_delete", "internal") if key in wanted}
    amqp_calls.request(
        call,
        "exchange.declare",
        exchange=name_of(call),
        type=_type(wanted.get("type", "direct")),
        passive=passive(wanted),
        arguments=to_table(wanted.get("arguments", {}), "arguments"),
        **flags,
    )


def _type(value: object) -> str:
    if not isinstance(value, str):
        raise bad_request(f"invalid exchange type '{show_json(value)}'")
    return value


def _delete(call: Call) -> None:
    amqp_calls.request(call, "exchange.delete", exchange=name_of(call), if_unused=call.flag("if-unused"))


ENDPOINTS = (
    Endpoint("/api/exchanges", access.vhost, get=_list),
    Endpoint("/api/exchanges/{vhost}", access.vhost, get=_list, find=vhosts.optional),
    Endpoint("/api/exchanges/{vhost}/{exchange}", access.vhost, get=_get, put=_put, delete=_delete, find=find),
)
