"""``/api/parameters`` and ``/api/global-parameters``.

Parameters configure plugins, and the broker has none: as in a RabbitMQ without plugins, only limits may be set here.
"""

from __future__ import annotations

from fakebroker.broker.definitions.exporting import parameter_entries
from fakebroker.control.http import access
from fakebroker.control.http.body import read_object
from fakebroker.control.http.endpoint import Call, Endpoint, bad_request, not_found
from fakebroker.control.http.listing import columns, listed
from fakebroker.control.http.management import vhosts
from fakebroker.control.http.management.limits import set_vhost_limits
from fakebroker.control.http.management.policies import escaped, failed_validation

Row = dict[str, object]


def _rows(call: Call) -> list[Row]:
    """The parameters that the path names, in the virtual hosts whose objects the user may list."""
    rows = [row for vhost in access.listed_vhosts(call) for row in parameter_entries(vhost)]
    return [row for row in rows if all(row[key] == value for key, value in call.names.items())]


def _list(call: Call) -> object:
    return listed(call, _rows(call), "vhost", "name")


def _find(call: Call) -> Row | None:
    rows = [] if call.vhost is None else list(parameter_entries(call.vhost))
    return next((row for row in rows if all(row[key] == value for key, value in call.names.items())), None)


def _get(call: Call) -> object:
    return columns(call, call.found)


def _put(call: Call) -> None:
    if call.vhost is None:
        raise not_found("vhost_not_found", "not_found")
    value = read_object(call, "value")["value"]
    component = call.names["component"]
    if component == "policy":
        raise bad_request("policies may not be set using this method")
    if component != "vhost-limits":
        raise bad_request(escaped(failed_validation(f"component {component} not found")))
    said = set_vhost_limits(call.vhost, value)
    if said is not None:
        raise bad_request(escaped(failed_validation(said)))


def _delete(call: Call) -> None:
    assert call.vhost is not None, "the parameter was found there"
    component, name = call.names["component"], call.names["name"]
    if component == "vhost-limits":
        call.vhost.limits.clear()
    elif component == "operator_policy":
        call.vhost.policies.operator.clear(name)
    else:
        del call.vhost.parameters[component, name]


# --- global parameters


def _global_rows(call: Call) -> dict[str, Row]:
    return {name: {"name": name, "value": value} for name, value in call.broker.broker.global_parameters.items()}


def _global_list(call: Call) -> object:
    return listed(call, list(_global_rows(call).values()), "vhost", "name")


def _global_find(call: Call) -> Row | None:
    return _global_rows(call).get(call.names["name"])


def _global_put(call: Call) -> None:
    call.broker.broker.global_parameters[call.names["name"]] = read_object(call, "value")["value"]


def _global_delete(call: Call) -> None:
    del call.broker.broker.global_parameters[call.names["name"]]


ENDPOINTS = (
    Endpoint("/api/parameters", access.policies, get=_list),
    Endpoint("/api/parameters/{component}", access.policies, get=_list),
    Endpoint("/api/parameters/{component}/{vhost}", access.policies, get=_list, find=vhosts.optional),
    Endpoint(
        "/api/parameters/{component}/{vhost}/{name}",
        access.policies,
        get=_get,
        put=_put,
        delete=_delete,
        find=_find,
    ),
    Endpoint("/api/global-parameters", access.global_parameters, get=_global_list),
    Endpoint(
        "/api/global-parameters/{name}",
        access.global_parameters,
        get=_get,
        put=_global_put,
        delete=_global_delete,
        find=_global_find,
    ),
)
