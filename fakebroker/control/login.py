"""The users that a broker starts with, and the URL with which a client can log in."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from fakebroker.broker.access.users import User
from fakebroker.broker.broker import Broker
from fakebroker.server.listeners import Login

VARIABLES = ("RABBITMQ_DEFAULT_USER", "RABBITMQ_DEFAULT_PASS", "RABBITMQ_DEFAULT_VHOST")
"""The environment variables of RabbitMQ's container image for its first user, the password and the virtual host."""


class Defaults(NamedTuple):
    """The first user of a broker: an administrator with all permissions in one virtual host."""

    user: str = "guest"
    password: str = "guest"
    vhost: str = "/"


def defaults(options: argparse.Namespace) -> Defaults:
    """The user, password and vhost of the options, else of the environment, else RabbitMQ's defaults. An empty variable
    counts as unset."""
    user, password, vhost = (os.environ.get(name) or value for name, value in zip(VARIABLES, Defaults(), strict=True))
    if options.user is not None:
        user, _, password = options.user.partition(":")
    return Defaults(user, password, options.vhost or vhost)


def begin_with(broker: Broker, wanted: Defaults | None) -> None:
    """Replace guest and ``/``, which a new broker has.

    :param wanted: None for no user and no vhost, as in a RabbitMQ that loads definitions.
    """
    if wanted == Defaults():
        return
    broker.users.remove("guest")
    if wanted is None or wanted.vhost != "/":
        broker.remove_vhost("/")
    if wanted is None:
        return
    broker.users.add(wanted.user, wanted.password, tags=["administrator"])
    if wanted.vhost == "/":
        broker.users[wanted.user].permit("/")
    else:
        broker.add_vhost(wanted.vhost, permit=(wanted.user,))


def passwords(document: object) -> dict[str, str]:
    """The plain-text passwords in a definitions file, by user."""
    users = document.get("users", ()) if isinstance(document, Mapping) else ()
    return {
        user["name"]: user["password"]
        for user in users
        if isinstance(user, Mapping) and isinstance(user.get("name"), str) and isinstance(user.get("password"), str)
    }


def find_login(broker: Broker, known: Mapping[str, str], name: str | None = None) -> Login:
    """The users who can log in, best first: their password is known, and they have permissions in a virtual host.

    :param known: passwords by user. A user's own name is tried too, since guest's password is guest.
    :param name: the only user who will do.
    """
    users = [user for user in broker.users.values() if name in (None, user.name)]
    found = next(_complete(broker, users, known), None)
    if found is not None:
        return found
    admitted = next((user for user in users if user.permissions), None)
    if admitted is not None:
        return Login(admitted.name, None, _vhost(admitted))
    return Login(users[0].name if users else None, None, next(iter(broker.vhosts), "/"))


def _complete(broker: Broker, users: list[User], known: Mapping[str, str]) -> Iterator[Login]:
    for user in users:
        for password in (known.get(user.name, ""), user.name):
            if user.permissions and broker.users.authenticate(user.name, password) is not None:
                yield Login(user.name, password, _vhost(user))


def _vhost(user: User) -> str:
    return "/" if "/" in user.permissions else next(iter(user.permissions))
