"""Who may use an endpoint: basic authentication with the broker's users, and RabbitMQ's tags.

The functions without an underscore are what endpoints name as their ``access``.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable

from fakebroker.broker.access.users import User
from fakebroker.broker.vhost import VirtualHost
from fakebroker.control.http.endpoint import Call, Refusal, not_authorised

REALM = {"www-authenticate": 'Basic realm="RabbitMQ Management"'}
_MANAGEMENT_TAGS = ("administrator", "monitoring", "policymaker", "management")
_NO_VHOST = "User not authorised to access virtual host"
_NO_OBJECT = "User not authorised to access object"

AccessRule = Callable[[Call, User], "str | None"]


def is_administrator(user: User) -> bool:
    """Has the user the tag ``administrator``?"""
    return "administrator" in user.tags


def is_monitor(user: User) -> bool:
    """May the user see what others do?"""
    return "administrator" in user.tags or "monitoring" in user.tags


def is_policymaker(user: User) -> bool:
    """May the user set policies and parameters?"""
    return "administrator" in user.tags or "policymaker" in user.tags


def log_in(call: Call, name: str, password: str) -> User:
    """The user with that name and password. The user must have a tag of the management plugin.

    :raises Refusal: 401.
    """
    user = call.broker.users.authenticate(name, password)
    if user is None:
        raise Refusal(401, "not_authorized", "Login failed", REALM)
    if not call.broker.users.may_come_from(user, call.peer):
        raise not_authorised("User can only log in via localhost")
    if not any(tag in user.tags for tag in _MANAGEMENT_TAGS):
        raise not_authorised("Not management user")
    return user


def credentials(header: str | None) -> tuple[str, str]:
    """Name and password from the header ``Authorization``.

    :raises Refusal: 401 when there are none, 400 for what can't be read.
    """
    if header is None:
        raise Refusal(401, headers=REALM)
    scheme, _, rest = header.partition(" ")
    if scheme.lower() == "bearer":
        return "", rest
    try:
        decoded = base64.b64decode(rest.strip(), validate=True).decode("utf-8", "surrogateescape")
    except (binascii.Error, ValueError):
        raise Refusal(400) from None
    name, colon, password = decoded.partition(":")
    if scheme.lower() != "basic" or not colon:
        raise Refusal(400)
    return name, password


def _check(call: Call, rule: AccessRule) -> None:
    call.user = log_in(call, *credentials(call.headers.get("authorization")))
    complaint = rule(call, call.user)
    if complaint is not None:
        raise not_authorised(complaint)


def anybody(call: Call) -> None:
    """Everybody, with credentials or without."""


def management(call: Call) -> None:
    """Every user with a tag of the management plugin."""
    _check(call, lambda call, user: None)


def administrator(call: Call) -> None:
    """Administrators."""
    _check(call, lambda call, user: None if is_administrator(user) else "Not administrator user")


def monitoring(call: Call) -> None:
    """Administrators and monitoring users."""
    _check(call, lambda call, user: None if is_monitor(user) else "Not monitor user")


def reader(call: Call) -> None:
    """Everyone to look, administrators to change."""
    (management if call.method in ("GET", "HEAD") else administrator)(call)


def may_enter(call: Call, user: User) -> bool:
    """Checks that the user has permissions in the path's virtual host. A virtual host that does not exist refuses
    nobody here: the endpoint answers 404."""
    return call.vhost is None or call.vhost.name in user.permissions


def vhost(call: Call) -> None:
    """Administrators, and users with permissions in the virtual host."""
    _check(call, lambda call, user: None if is_administrator(user) or may_enter(call, user) else _NO_VHOST)


def visible_vhost(call: Call) -> None:
    """Users who may see the virtual host, monitoring users included."""
    _check(call, lambda call, user: None if is_monitor(user) or may_enter(call, user) else _NO_VHOST)


def policies(call: Call) -> None:
    """Administrators, and policymakers with permissions in the virtual host."""
    _check(
        call,
        lambda call, user: (
            None if is_administrator(user) or (is_policymaker(user) and may_enter(call, user)) else _NO_OBJECT
        ),
    )


def global_parameters(call: Call) -> None:
    """Lets in administrators and policymakers, and nobody else."""
    _check(call, lambda call, user: None if is_policymaker(user) else _NO_OBJECT)


def own(owner: Callable[[Call], str | None]) -> Callable[[Call], None]:
    """The user who owns the resource. Monitoring users may look at it too, and administrators may delete it.

    :param owner: gives the name of the user who owns the resource that the path names.
    """

    def rule(call: Call, user: User) -> str | None:
        trusted = is_administrator(user) if call.method == "DELETE" else is_monitor(user)
        return None if trusted or user.name == owner(call) else _NO_OBJECT

    return lambda call: _check(call, rule)


def visible_vhosts(call: Call) -> list[str]:
    """The names of the virtual hosts that the user sees, in alphabetical order."""
    names = sorted(call.broker.vhosts)
    return names if is_monitor(call.user) else [name for name in names if name in call.user.permissions]


def listed_vhosts(call: Call) -> list[VirtualHost]:
    """The virtual hosts whose objects a list shows: the one that the path names, or all; an administrator sees every
    one of them, others those where they have permissions."""
    names = [call.names["vhost"]] if "vhost" in call.names else sorted(call.broker.vhosts)
    allowed = [name for name in names if is_administrator(call.user) or name in call.user.permissions]
    return [call.broker.vhosts[name] for name in allowed if name in call.broker.vhosts]
