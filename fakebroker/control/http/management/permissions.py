"""``/api/permissions`` and ``/api/topic-permissions``."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from fakebroker.broker.access.users import User
from fakebroker.control.http import access
from fakebroker.control.http.body import any_name, read_object, text
from fakebroker.control.http.endpoint import Call, Endpoint, bad_request
from fakebroker.control.http.listing import columns, listed
from fakebroker.control.http.management import users, vhosts
from fakebroker.json_reader import Json
from fakebroker.patterns import PatternError

Row = dict[str, Json]


def _permissions(call: Call) -> Iterator[Row]:
    for user in call.broker.users.values():
        for vhost, permission in user.permissions.items():
            yield {"user": user.name, "vhost": vhost, **permission._asdict()}


def _topic_permissions(call: Call) -> Iterator[Row]:
    for user in call.broker.users.values():
        for (vhost, exchange), permission in user.topic_permissions.items():
            yield {"user": user.name, "vhost": vhost, "exchange": exchange, **permission._asdict()}


def _rows(every: Callable[[Call], Iterator[Row]]) -> Callable[[Call], Json]:
    """Makes a handler that lists the permissions that the path names."""

    def get(call: Call) -> Json:
        rows = [row for row in every(call) if all(row.get(key) == name for key, name in call.names.items())]
        return listed(call, rows, "vhost", "user")

    return get


def _grantee(call: Call) -> User:
    """The user whom the path names; the virtual host in the path must exist too.

    :raises Refusal: 400.
    """
    user = users.find(call)
    if user is None or call.vhost is None:
        raise bad_request("vhost_or_user_not_found")
    return user


def _set(action: Callable[[], None], *patterns: Json, quoted: Callable[[bytes], Json] = list) -> None:
    """Set permissions. Any of them may be an invalid regular expression.

    :param quoted: how the answer quotes the invalid one: as the numbers of its octets, or as text.
    """
    for pattern in patterns:
        text(pattern, "a regular expression")
    try:
        action()
    except PatternError as error:
        reason = [list(error.reason.encode()), error.offset]
        raise bad_request(["invalid_regexp", quoted(error.pattern), reason]) from None


# --- permissions


def _find(call: Call) -> Row | None:
    user = users.find(call)
    permission = None if user is None else user.permissions.get(call.names["vhost"])
    return None if permission is None else {**call.names, **permission._asdict()}


def _get(call: Call) -> object:
    return columns(call, call.found)


def _put(call: Call) -> None:
    user = _grantee(call)
    wanted = read_object(call, "configure", "write", "read")
    patterns = [wanted[key] for key in ("configure", "write", "read")]
    _set(lambda: user.permit(call.names["vhost"], *patterns), *patterns)


def _delete(call: Call) -> None:
    """Delete permissions. RabbitMQ keeps the topic permissions, and so does this."""
    del call.broker.users[call.names["user"]].permissions[call.names["vhost"]]


# --- topic permissions


def _find_topic(call: Call) -> list[Row] | None:
    """The user's topic permissions in the virtual host. The exchange in the path only limits what is deleted."""
    at = (call.names["user"], call.names["vhost"])
    return [row for row in _topic_permissions(call) if (row["user"], row["vhost"]) == at] or None


def _put_topic(call: Call) -> None:
    user = _grantee(call)
    wanted = read_object(call, "exchange", "write", "read")
    exchange, write, read = (wanted[key] for key in ("exchange", "write", "read"))
    at = (call.names["vhost"], any_name(exchange))
    _set(lambda: user.permit_topic(*at, write, read), write, read, quoted=bytes.decode)


def _delete_topic(call: Call) -> None:
    user = call.broker.users[call.names["user"]]
    for row in call.found:
        if row["exchange"] == call.names.get("exchange", row["exchange"]):
            del user.topic_permissions[row["vhost"], row["exchange"]]


_all, _all_topic = _rows(_permissions), _rows(_topic_permissions)
_ADMIN = access.administrator

ENDPOINTS = (
    Endpoint("/api/permissions", _ADMIN, get=_all),
    Endpoint("/api/permissions/{vhost}/{user}", _ADMIN, get=_get, put=_put, delete=_delete, find=_find),
    Endpoint("/api/users/{user}/permissions", _ADMIN, get=_all, find=users.find),
    Endpoint("/api/vhosts/{vhost}/permissions", _ADMIN, get=_all, find=vhosts.find),
    Endpoint("/api/topic-permissions", _ADMIN, get=_all_topic),
    Endpoint(
        "/api/topic-permissions/{vhost}/{user}",
        _ADMIN,
        get=_get,
        put=_put_topic,
        delete=_delete_topic,
        find=_find_topic,
    ),
    Endpoint(
        "/api/topic-permissions/{vhost}/{user}/{exchange}",
        _ADMIN,
        get=_get,
        put=_put_topic,
        delete=_delete_topic,
        find=_find_topic,
    ),
    Endpoint("/api/users/{user}/topic-permissions", _ADMIN, get=_all_topic, find=users.find),
    Endpoint("/api/vhosts/{vhost}/topic-permissions", _ADMIN, get=_all_topic, find=vhosts.find),
)
