"""``/api/bindings``, and the bindings of one queue or exchange."""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import quote_plus, unquote_plus

from fakebroker.broker.definitions.exporting import binding_form
from fakebroker.broker.exchanges.bindings import Binding
from fakebroker.broker.json_form import table_to_json
from fakebroker.broker.vhost import VirtualHost
from fakebroker.control.http import access, amqp_calls
from fakebroker.control.http.body import any_name, read_object, to_table
from fakebroker.control.http.endpoint import Answer, Call, Endpoint, Handler, not_found
from fakebroker.control.http.listing import columns, listed
from fakebroker.control.http.management import vhosts
from fakebroker.control.http.management.exchanges import name_of
from fakebroker.json_reader import Json
from fakebroker.values import Table

_ORDER = ("vhost", "source", "type", "destination", "routing_key", "properties_key")
_KINDS = {"q": "queue", "e": "exchange"}


def properties_key(routing_key: str, arguments: Table) -> str:
    """The properties key: it tells a binding from others between the same source and destination, and fits into a path.
    It includes a hash of the arguments. RabbitMQ's hash is Erlang's; this one differs, and no client can compute
    either.
    """
    key = _quoted(routing_key)
    if arguments:
        return f"{key}~{_hash(arguments)}"
    return key or "~"


def _quoted(text: str) -> str:
    return quote_plus(text, safe="").replace("~", "%7E").replace("*", "%2A")


def _hash(arguments: Table) -> str:
    return f"{zlib.crc32(json.dumps(table_to_json(arguments), sort_keys=True).encode()):08x}"


def show(binding: Binding) -> dict[str, Any]:
    """A binding as RabbitMQ shows one."""
    return {**binding_form(binding), "properties_key": properties_key(binding.routing_key, binding.arguments)}


def _list(choose: Callable[[Call, VirtualHost], Iterable[Binding]]) -> Handler:
    def get(call: Call) -> Json:
        rows = [show(each) for host in access.listed_vhosts(call) for each in choose(call, host)]
        return listed(call, rows, *_ORDER)

    return get


def _kind(call: Call) -> str:
    """``queue`` or ``exchange``, from the letter in the path."""
    try:
        return _KINDS[call.names["kind"]]
    except KeyError:
        raise not_found() from None


def _all(call: Call, host: VirtualHost) -> Iterable[Binding]:
    return host.bindings.all()


def _from_exchange(call: Call, host: VirtualHost) -> Iterable[Binding]:
    return [each for each in host.bindings.all() if each.source.name == name_of(call)]


def _to(kind: str, key: str) -> Callable[[Call, VirtualHost], Iterable[Binding]]:
    def choose(call: Call, host: VirtualHost) -> Iterable[Binding]:
        at = (kind, name_of(call, key))
        return [each for each in host.bindings.all() if (each.destination.kind, each.destination.name) == at]

    return choose


def _between(call: Call, host: VirtualHost) -> Iterable[Binding]:
    at = (name_of(call, "source"), _kind(call), name_of(call, "destination"))
    return [
        each for each in host.bindings.all() if (each.source.name, each.destination.kind, each.destination.name) == at
    ]


def _bind(call: Call) -> Answer:
    """Make a binding. The answer tells its path."""
    kind = _kind(call)
    wanted = read_object(call)
    key = any_name(wanted.get("routing_key", ""))
    arguments = to_table(wanted.get("arguments", {}), "arguments")
    amqp_calls.request(call, f"{kind}.bind", routing_key=key, arguments=arguments, **_ends(call, kind))
    last = call.path.rstrip("/").rpartition("/")[2]
    return Answer(status=201, headers={"location": f"{last}/{quote_plus(properties_key(key, arguments), safe='~')}"})


def _ends(call: Call, kind: str) -> dict[str, str]:
    source, destination = name_of(call, "source"), name_of(call, "destination")
    if kind == "queue":
        return {"exchange": source, "queue": destination}
    return {"source": source, "destination": destination}


def _find(call: Call) -> Binding | None:
    if call.vhost is None:
        return None
    key = _normal(call.names["properties"])
    found = _between(call, call.vhost)
    return next((each for each in found if _normal(show(each)["properties_key"]) == key), None)


def _normal(key: str) -> tuple[str, ...]:
    """The parts of a properties key. A client may have quoted it twice."""
    return ("",) if key == "~" else tuple(unquote_plus(part) for part in key.split("~"))


def _get(call: Call) -> object:
    return columns(call, show(call.found))


def _unbind(call: Call) -> None:
    binding, kind = call.found, _kind(call)
    amqp_calls.request(
        call, f"{kind}.unbind", routing_key=binding.routing_key, arguments=binding.arguments, **_ends(call, kind)
    )


def _path(end: str) -> str:
    return f"/api/bindings/{{vhost}}/e/{{source}}/{{kind}}/{{destination}}{end}"


_EXCHANGE = "/api/exchanges/{vhost}/{exchange}/bindings"

ENDPOINTS = (
    Endpoint("/api/bindings", access.vhost, get=_list(_all)),
    Endpoint("/api/bindings/{vhost}", access.vhost, get=_list(_all), find=vhosts.optional),
    Endpoint(_path(""), access.vhost, get=_list(_between), post=_bind),
    Endpoint(_path("/{properties}"), access.vhost, get=_get, delete=_unbind, find=_find),
    Endpoint("/api/queues/{vhost}/{queue}/bindings", access.vhost, get=_list(_to("queue", "queue"))),
    Endpoint(f"{_EXCHANGE}/source", access.vhost, get=_list(_from_exchange)),
    Endpoint(f"{_EXCHANGE}/destination", access.vhost, get=_list(_to("exchange", "exchange"))),
)
