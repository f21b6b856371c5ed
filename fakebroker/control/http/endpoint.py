"""What an HTTP endpoint is made of: a path, who may use it, and a function for each method.

A file of endpoints ends in a table of them; :mod:`fakebroker.control.http.resource` grows twisted.web's resources from
all the tables. A handler takes a :class:`Call` and returns what is to be sent as JSON.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from fakebroker.broker.access.users import User
from fakebroker.broker.vhost import VirtualHost
from fakebroker.fake import FakeBroker


class Refusal(Exception):
    """An answer other than success.

    :param status: the HTTP status.
    :param error: RabbitMQ's name for it, such as ``bad_request``; None for an answer with no body.
    :param reason: anything that JSON can hold.
    :param headers: what is sent with it.
    """

    def __init__(
        self, status: int, error: str | None = None, reason: object = None, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(f"{status} {error}: {reason}")
        self.status = status
        self.error = error
        self.reason = reason
        self.headers = dict(headers or {})

    @property
    def body(self) -> object:
        """The value to send as JSON; None sends no body."""
        return None if self.error is None else {"error": self.error, "reason": self.reason}


def bad_request(reason: object) -> Refusal:
    """400, with RabbitMQ's reason."""
    return Refusal(400, "bad_request", reason)


def not_authorised(reason: str) -> Refusal:
    """401 for a known user without the permission. RabbitMQ then does not ask for other credentials."""
    return Refusal(401, "not_authorised", reason)


def not_found(reason: str = "Not Found", error: str = "Object Not Found") -> Refusal:
    """404."""
    return Refusal(404, error, reason)


@dataclass(frozen=True)
class Answer:
    """A successful answer with another status or with more headers."""

    body: object = None
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass
class Call:
    """One request, as a handler sees it.

    ``names`` are the variable parts of the path, ``found`` is what the endpoint's ``find`` found, ``given`` are the
    members of the body where the endpoint says which there may be. ``host`` and ``port`` are where it came in, ``peer``
    is the address that it came from.
    """

    broker: FakeBroker
    method: str
    path: str
    names: Mapping[str, str]
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    host: str = ""
    port: int = 0
    peer: str = ""
    found: Any = None
    given: Mapping[str, Any] = field(default_factory=dict)
    _user: User | None = field(default=None, init=False, repr=False)

    @property
    def user(self) -> User:
        """The user who makes the request.

        :raises RuntimeError: at an endpoint that asks for no credentials.
        """
        if self._user is None:
            raise RuntimeError("this endpoint is for everybody")
        return self._user

    @user.setter
    def user(self, user: User) -> None:
        self._user = user

    @property
    def vhost(self) -> VirtualHost | None:
        """The virtual host that the path names; None when the path names none, or one that does not exist."""
        return self.broker.vhosts.get(self.names.get("vhost", ""))

    def flag(self, name: str) -> bool:
        """Does the query say ``name=true``?"""
        return self.query.get(name) == "true"


Handler = Callable[[Call], object]
AccessCheck = Callable[[Call], None]
"""Checks the credentials and sets ``call.user``; raises :class:`Refusal`."""


@dataclass(frozen=True)
class Endpoint:
    """One path, with a handler for each method that it has.

    :param path: such as ``/api/queues/{vhost}/{queue}``.
    :param access: who may use it.
    :param find: finds the resource that the path names. When it gives None, GET and DELETE answer 404, and PUT answers
        201 rather than 204.
    :param takes: a content type without which PUT and POST are refused with 415; empty for any.
    :param query: the parameters that GET takes; None for an endpoint that ignores unknown ones.
    :param fields: the members that the body of a POST may have, with their types; None for one that is read otherwise.
    :param head: is there a HEAD where there is a GET?
    :param outside_turn: the handler begins turns of its own, for it has to see them end.
    """

    path: str
    access: AccessCheck
    get: Handler | None = None
    put: Handler | None = None
    post: Handler | None = None
    delete: Handler | None = None
    find: Handler | None = None
    takes: tuple[str, ...] = ()
    query: tuple[str, ...] | None = None
    fields: Mapping[str, tuple[type, ...]] | None = None
    head: bool = True
    outside_turn: bool = False

    def handler(self, method: str) -> Handler | None:
        """The function for a method; HEAD is answered as GET is."""
        by_method = {"GET": self.get, "PUT": self.put, "POST": self.post, "DELETE": self.delete}
        by_method["HEAD"] = self.get if self.head else None
        return by_method.get(method)

    @property
    def methods(self) -> list[str]:
        """All methods, in the order in which RabbitMQ lists them."""
        return [method for method in ("HEAD", "GET", "POST", "PUT", "DELETE") if self.handler(method)] + ["OPTIONS"]
