"""``/api/users``."""

from __future__ import annotations

from fakebroker.broker.access.limits import USER_LIMITS, complaint
from fakebroker.broker.access.users import HASHES, SHA256, User
from fakebroker.broker.definitions.exporting import user_entry
from fakebroker.broker.json_form import show_json
from fakebroker.control.http import access
from fakebroker.control.http.body import boolean, octets, read_object, text, wrong
from fakebroker.control.http.endpoint import Call, Endpoint, bad_request
from fakebroker.control.http.listing import columns, listed
from fakebroker.json_reader import Json


def find(call: Call) -> User | None:
    """The user whom the path names."""
    return call.broker.users.get(call.names["user"])


def read_tags(value: Json) -> list[str]:
    """The tags of a user or a virtual host, from a list or from words with commas between them.

    :raises Refusal: 400 for anything else.
    """
    if isinstance(value, str):
        value = value.split(",") if value else []
    if not isinstance(value, list) or any(isinstance(tag, (dict, list, float)) for tag in value):
        raise wrong("tags", "a list of strings", value)
    return [(tag if isinstance(tag, str) else show_json(tag)).strip() for tag in value]


def _read_limits(value: Json) -> dict[str, int]:
    if not isinstance(value, dict):
        raise wrong("limits", "an object", value)
    said = complaint(value, USER_LIMITS, "user-limits")
    if said is not None:
        raise bad_request(said)
    return value


def _list(call: Call) -> Json:
    return listed(call, [user_entry(user) for user in call.broker.users.values()], "name")


def _without_permissions(call: Call) -> Json:
    rows = [user_entry(user) for user in call.broker.users.values() if not user.permissions]
    return listed(call, rows, "name")


def _get(call: Call) -> object:
    return columns(call, user_entry(call.found))


def _put(call: Call) -> None:
    """Make or change a user. Without a password or a hash, RabbitMQ sets a random password."""
    wanted = read_object(call)
    if "password" in wanted and "password_hash" in wanted:
        raise bad_request("both_password_and_password_hash_are_provided")
    if "tags" not in wanted and "administrator" in wanted:  # how clients wrote it before RabbitMQ 2.8
        wanted["tags"] = "administrator" if boolean(wanted["administrator"]) else ""
    if "tags" not in wanted:
        raise bad_request("tags_not_present")
    tags = read_tags(wanted["tags"])
    if isinstance(wanted["tags"], str):
        tags = [tag for tag in tags if tag]
    password = text(wanted.get("password", ""), "password")
    stored = octets(wanted.get("password_hash", ""))
    hashing = wanted.get("hashing_algorithm", SHA256)
    limits = _read_limits(wanted.get("limits", {}))
    user = call.found
    if user is None:
        user = call.broker.users.add(call.names["user"])
    if not wanted.keys() & {"password", "password_hash"}:
        password = call.broker.broker.make_name("")
    if password:
        call.broker.users.set_password(user.name, password)
    else:
        user.password_hash, user.hashing = stored, hashing if hashing in list(HASHES) else SHA256
    user.tags = tags
    user.limits.update(limits)


def _delete(call: Call) -> None:
    call.broker.users.remove(call.found.name)


def _bulk_delete(call: Call) -> None:
    names = read_object(call, "users")["users"]
    if not isinstance(names, list):
        raise wrong("users", "a list of strings", names)
    for name in names:
        if not isinstance(name, str) or name not in call.broker.users:
            raise bad_request(["no_such_user", name])
        call.broker.users.remove(name)


ENDPOINTS = (
    Endpoint("/api/users", access.administrator, get=_list),
    Endpoint("/api/users/bulk-delete", access.administrator, post=_bulk_delete),
    Endpoint("/api/users/without-permissions", access.administrator, get=_without_permissions),
    Endpoint("/api/users/{user}", access.administrator, get=_get, put=_put, delete=_delete, find=find),
)
