"""``/api/policies`` and ``/api/operator-policies``."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

from fakebroker.broker.policies.policies import ApplyTo, Policy, PolicyTable
from fakebroker.broker.vhost import VirtualHost
from fakebroker.control.http import access
from fakebroker.control.http.body import read_object, wrong
from fakebroker.control.http.endpoint import Call, Endpoint, Handler, bad_request, not_found
from fakebroker.control.http.listing import columns, listed
from fakebroker.control.http.management import vhosts
from fakebroker.json_reader import Json

Tables = Callable[[VirtualHost], PolicyTable]


def show(vhost: VirtualHost, policy: Policy) -> dict[str, object]:
    """A policy as RabbitMQ shows one."""
    return {
        "vhost": vhost.name,
        "name": policy.name,
        "pattern": policy.pattern,
        "apply-to": policy.apply_to,
        "definition": dict(policy.definition),
        "priority": policy.priority,
    }


def failed_validation(reason: object) -> str:
    """RabbitMQ's text for an invalid policy, parameter or limit."""
    return f"Validation failed\n\n{reason}\n"


def escaped(text: str) -> str:
    """The text with HTML's special characters escaped, as RabbitMQ writes such texts."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _list(tables: Tables) -> Handler:
    def handler(call: Call) -> Json:
        hosts = access.listed_vhosts(call)
        rows = [show(host, policy) for host in hosts for policy in tables(host).values()]
        return listed(call, rows, "priority")

    return handler


def _find(tables: Tables) -> Handler:
    return lambda call: None if call.vhost is None else tables(call.vhost).get(call.names["name"])


def _get(call: Call) -> object:
    assert call.vhost is not None, "the policy was found there"
    return columns(call, show(call.vhost, call.found))


def _put(tables: Tables, escape: Callable[[str], str]) -> Handler:
    def handler(call: Call) -> None:
        if call.vhost is None:
            raise not_found("vhost_not_found", "not_found")
        wanted = read_object(call, "pattern", "definition")
        if not isinstance(wanted["definition"], dict):
            raise wrong("definition", "an object", wanted["definition"])
        apply_to = cast(ApplyTo, wanted.get("apply-to", "all"))
        try:
            tables(call.vhost).set(
                call.names["name"], wanted["pattern"], wanted["definition"], wanted.get("priority", 0), apply_to
            )
        except ValueError as error:
            raise bad_request(escape(failed_validation(error))) from None

    return handler


def _delete(tables: Tables) -> Handler:
    def handler(call: Call) -> None:
        assert call.vhost is not None, "the policy was found there"
        tables(call.vhost).clear(call.names["name"])

    return handler


def _endpoints(
    kind: str, changes: Callable[[Call], None], tables: Tables, put: Handler, takes: tuple[str, ...]
) -> tuple[Endpoint, ...]:
    one = Endpoint(
        f"/api/{kind}/{{vhost}}/{{name}}",
        changes,
        get=_get,
        put=put,
        delete=_delete(tables),
        find=_find(tables),
        takes=takes,
    )
    list_ = _list(tables)
    return (
        Endpoint(f"/api/{kind}", access.vhost, get=list_),
        Endpoint(f"/api/{kind}/{{vhost}}", access.vhost, get=list_, find=vhosts.optional),
        one,
    )


def _ordinary(vhost: VirtualHost) -> PolicyTable:
    return vhost.policies


def _operator(vhost: VirtualHost) -> PolicyTable:
    return vhost.policies.operator


ENDPOINTS = (
    *_endpoints("policies", access.policies, _ordinary, _put(_ordinary, escaped), ()),
    *_endpoints("operator-policies", access.administrator, _operator, _put(_operator, str), ("application/json",)),
)
