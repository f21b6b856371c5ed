"""``/api/vhost-limits`` and ``/api/user-limits``."""

from __future__ import annotations

from fakebroker.broker.access.limits import USER_LIMITS, VHOST_LIMITS, complaint
from fakebroker.broker.json_form import show_json
from fakebroker.broker.vhost import VirtualHost
from fakebroker.control.http import access
from fakebroker.control.http.body import read_object
from fakebroker.control.http.endpoint import Answer, Call, Endpoint, bad_request, not_found
from fakebroker.control.http.listing import listed
from fakebroker.control.http.management import users, vhosts
from fakebroker.control.http.management.policies import failed_validation
from fakebroker.json_reader import Json

_JSON = ("application/json",)


def set_vhost_limits(vhost: VirtualHost, limits: Json) -> str | None:
    """Replace all limits of the virtual host with these. An empty list counts as an empty object.

    :returns: RabbitMQ's text about invalid limits.
    """
    if not isinstance(limits, dict) and limits != []:
        shown = show_json(limits)
        return f"Unrecognised terms {shown} in limits" if isinstance(limits, list) else f"limits not a list {shown}"
    wanted = dict(limits)
    said = complaint(wanted, VHOST_LIMITS, "limits")
    if said is None:
        vhost.limits.clear()
        vhost.limits.update(wanted)
    return said


def _vhost_list(call: Call) -> Json:
    names = [call.names["vhost"]] if "vhost" in call.names else access.visible_vhosts(call)
    hosts = [call.broker.vhosts[name] for name in names]
    return listed(call, [{"vhost": host.name, "value": dict(host.limits)} for host in hosts if host.limits])


def _vhost_put(call: Call) -> Answer:
    vhost = call.vhost
    if vhost is None:
        raise not_found("vhost_not_found", "not_found")
    value = read_object(call, "value")["value"]
    said = set_vhost_limits(vhost, {**vhost.limits, call.names["name"]: value})
    if said is not None:
        raise bad_request(failed_validation(said))
    return Answer(status=204)


def _vhost_delete(call: Call) -> None:
    if call.vhost is None:  # where RabbitMQ crashes
        raise not_found("vhost_not_found", "not_found")
    call.vhost.limits.pop(call.names["name"], None)


def _user_list(call: Call) -> Json:
    everybody = call.broker.users
    chosen = [everybody[call.names["user"]]] if "user" in call.names else list(everybody.values())
    return listed(call, [{"user": user.name, "value": dict(user.limits)} for user in chosen if user.limits])


def _user_put(call: Call) -> Answer:
    user = users.find(call)
    limits = {call.names["name"]: read_object(call, "value")["value"]}
    said = complaint(limits, USER_LIMITS, "user-limits")
    if said is not None:
        raise bad_request(said)
    if user is None:
        raise bad_request(["no_such_user", call.names["user"]])
    user.limits.update(limits)
    return Answer(status=204)


def _user_delete(call: Call) -> None:
    user = users.find(call)
    if user is None:  # where RabbitMQ crashes
        raise not_found()
    user.limits.pop(call.names["name"], None)


ENDPOINTS = (
    Endpoint("/api/vhost-limits", access.visible_vhost, get=_vhost_list, head=False),
    Endpoint("/api/vhost-limits/{vhost}", access.visible_vhost, get=_vhost_list, find=vhosts.find, head=False),
    Endpoint(
        "/api/vhost-limits/{vhost}/{name}", access.administrator, put=_vhost_put, delete=_vhost_delete, takes=_JSON
    ),
    Endpoint("/api/user-limits", access.visible_vhost, get=_user_list, head=False),
    Endpoint("/api/user-limits/{user}", access.visible_vhost, get=_user_list, find=users.find, head=False),
    Endpoint("/api/user-limits/{user}/{name}", access.administrator, put=_user_put, delete=_user_delete, takes=_JSON),
)
