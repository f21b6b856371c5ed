"""Permissions: what a user may do in a virtual host. They are regular expressions over the names of resources.

RabbitMQ 3.10: rabbit_auth_backend_internal.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, NamedTuple, Protocol

from fakebroker import patterns
from fakebroker.broker.resource_names import resource
from fakebroker.erlang.compare import as_bytes
from fakebroker.errors import AMQPError
from fakebroker.patterns import Pattern

Access = Literal["configure", "write", "read"]

REMEMBERED = 12
"""How many permissions of each sort a channel remembers (RabbitMQ's ``MAX_PERMISSION_CACHE_SIZE``)."""


class Permission(NamedTuple):
    """Three regular expressions, which may match anywhere in a name. An empty one matches the empty name only."""

    configure: str = ".*"
    write: str = ".*"
    read: str = ".*"

    def allows(self, access: Access, name: str) -> bool:
        return matches(getattr(self, access) or "^$", name)


class TopicPermission(NamedTuple):
    """Two regular expressions over routing keys of one topic exchange. ``{username}`` and ``{vhost}`` are filled in."""

    write: str = ".*"
    read: str = ".*"

    def allows(self, access: Access, routing_key: str, variables: Mapping[str, str]) -> bool:
        pattern = self.write if access == "write" else self.read
        for name, value in variables.items():
            pattern = pattern.replace("{" + name + "}", value)
        return matches(pattern or "^$", routing_key)


class PermissionHolder(Protocol):
    """What permissions need of a user."""

    @property
    def name(self) -> str: ...

    @property
    def permissions(self) -> Mapping[str, Permission]:
        """By virtual host."""

    @property
    def topic_permissions(self) -> Mapping[tuple[str, str], TopicPermission]:
        """By virtual host and exchange."""


def compiled(pattern: str) -> Pattern:
    """Compile a regular expression over octets, as RabbitMQ does.

    :raises PatternError: when it is no regular expression.
    """
    return patterns.compiled(as_bytes(pattern))


def matches(pattern: str, name: str) -> bool:
    """Does the pattern match anywhere in the name?"""
    return patterns.matches(as_bytes(pattern), as_bytes(name))


class Permitted:
    """What a channel was allowed lately. It is not asked for again (RabbitMQ 3.10: rabbit_channel's process cache).

    So a permission that is taken away still holds, until the channel has been quiet for a while or has asked for so
    much else that it has forgotten. What was refused is asked for each time.
    """

    __slots__ = ("_resources", "_topics", "_user", "_vhost")

    def __init__(self, user: PermissionHolder, vhost: str) -> None:
        self._user = user
        self._vhost = vhost
        self._resources: dict[tuple[Access, str, str], None] = {}
        self._topics: dict[tuple[Access, str, str], None] = {}

    def check(self, access: Access, kind: str, name: str) -> None:
        """Check a permission (``"configure"``, ``"write"`` or ``"read"``) on a resource of the virtual host.

        :param kind: ``"queue"`` or ``"exchange"``.
        :raises AMQPError: access-refused.
        """
        asked = access, kind, name
        if asked not in self._resources:
            check(self._user, self._vhost, access, kind, name)
            _remember(self._resources, asked)

    def check_topic(self, access: Access, exchange: str, routing_key: str) -> None:
        """Check a topic permission (``"write"`` or ``"read"``); to be asked for topic exchanges only.

        :raises AMQPError: access-refused.
        """
        asked = access, exchange, routing_key
        if asked not in self._topics:
            check_topic(self._user, self._vhost, access, exchange, routing_key)
            _remember(self._topics, asked)

    def forget(self) -> None:
        """From now on, ask for everything again."""
        self._resources.clear()
        self._topics.clear()


def _remember(permitted: dict[tuple[Access, str, str], None], asked: tuple[Access, str, str]) -> None:
    if len(permitted) == REMEMBERED:
        del permitted[next(iter(permitted))]
    permitted[asked] = None


def check(user: PermissionHolder, vhost: str, access: Access, kind: str, name: str) -> None:
    """Check a user's permission for a queue or exchange. The default exchange counts as ``amq.default``.

    :raises AMQPError: access-refused.
    """
    if kind == "exchange" and name == "":
        name = "amq.default"
    permission = user.permissions.get(vhost)
    if permission is None or not permission.allows(access, name):
        raise AMQPError("access-refused", f"access to {resource(kind, name, vhost)} refused for user '{user.name}'")


def check_topic(user: PermissionHolder, vhost: str, access: Access, exchange: str, routing_key: str) -> None:
    """Check a user's topic permission; to be asked for topic exchanges only. None given means everything is allowed.

    :raises AMQPError: access-refused.
    """
    permission = user.topic_permissions.get((vhost, exchange))
    if permission is None:
        return
    if not permission.allows(access, routing_key, {"username": user.name, "vhost": vhost}):
        raise AMQPError(
            "access-refused",
            f"access to topic '{routing_key}' in exchange '{exchange}' in vhost '{vhost}' "
            f"refused for user '{user.name}'",
        )
