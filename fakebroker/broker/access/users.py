"""Users and their passwords, which are kept salted and hashed as RabbitMQ keeps them."""

from __future__ import annotations

import hashlib
import ipaddress
import random
from collections.abc import Callable, Iterable, Mapping

from fakebroker.broker.access.limits import USER_LIMITS, Limits
from fakebroker.broker.access.permissions import Permission, TopicPermission, compiled
from fakebroker.broker.by_name import ByName
from fakebroker.erlang.compare import as_bytes
from fakebroker.validation import Sealed, of_type, text, words

# RabbitMQ's names of its hashing modules, which stand in exported definitions.
SHA256 = "rabbit_password_hashing_sha256"
HASHES: Mapping[str, str] = {
    SHA256: "sha256",
    "rabbit_password_hashing_sha512": "sha512",
    "rabbit_password_hashing_md5": "md5",
}
_SALT_LENGTH = 4


def salted_hash(salt: bytes, password: str, hashing: str = SHA256) -> bytes:
    """The salt, and then the digest of salt and password."""
    return salt + hashlib.new(HASHES[hashing], salt + as_bytes(password), usedforsecurity=False).digest()


def _check_texts(**given: object) -> None:
    for name, value in given.items():
        text(name, value)


def _check_hashing(name: str, value: object) -> None:
    if value not in HASHES:
        raise ValueError(f"{name} is one of {', '.join(HASHES)}, not {value!r}")


class User(Sealed):
    """A user: tags, limits (``max-connections``, ``max-channels``), permissions by virtual host.

    ``topic_permissions`` are by virtual host and exchange.

    :param rng: where the salts of passwords come from.
    """

    _checks = {
        "password_hash": of_type(bytes, "a salt and the digest of salt and password, in bytes"),
        "hashing": _check_hashing,
        "tags": words,
    }

    def __init__(
        self,
        name: str,
        password_hash: bytes = b"",
        hashing: str = SHA256,
        tags: Iterable[str] = (),
        rng: random.Random | None = None,
    ) -> None:
        self._rng = rng
        self.name = name
        self.password_hash = password_hash
        self.hashing = hashing
        self.tags = list(tags)
        self.limits = Limits(USER_LIMITS)
        self.permissions: dict[str, Permission] = {}
        self.topic_permissions: dict[tuple[str, str], TopicPermission] = {}

    def __repr__(self) -> str:
        return f"<User {self.name!r} tags={self.tags!r} permissions={self.permissions!r}>"

    @property
    def password(self) -> str:
        """The password. It can be set and not be read, as it is kept salted and hashed. With ``""`` nobody can log in.

        Open connections stay open.

        :raises AttributeError: when it is read.
        """
        raise AttributeError("a password can be set, not read: it is kept salted and hashed; ask has_password()")

    @password.setter
    def password(self, password: str) -> None:
        text("a password", password)
        rng = self._rng if self._rng is not None else random.Random(self.name)
        self.hashing = SHA256
        self.password_hash = salted_hash(rng.getrandbits(8 * _SALT_LENGTH).to_bytes(_SALT_LENGTH, "big"), password)

    def has_password(self, password: str) -> bool:
        """Is this the user's password? The empty password never is. When no password is set, none is."""
        if not password or len(self.password_hash) < _SALT_LENGTH:
            return False
        return salted_hash(self.password_hash[:_SALT_LENGTH], password, self.hashing) == self.password_hash

    def permit(self, vhost: str, configure: str = ".*", write: str = ".*", read: str = ".*") -> None:
        """Give permissions in a virtual host, and with them access to it.

        :raises ValueError: when one is no regular expression.
        :raises TypeError: when one is no string.
        """
        _check_texts(vhost=vhost, configure=configure, write=write, read=read)
        permission = Permission(configure, write, read)
        for pattern in permission:
            compiled(pattern)
        self.permissions[vhost] = permission

    def permit_topic(self, vhost: str, exchange: str, write: str = ".*", read: str = ".*") -> None:
        """Give topic permissions, which narrow what the user may publish to and bind from one topic exchange.

        :raises ValueError: when one is no regular expression.
        :raises TypeError: when one is no string.
        """
        _check_texts(vhost=vhost, exchange=exchange, write=write, read=read)
        permission = TopicPermission(write, read)
        for pattern in permission:
            compiled(pattern)
        self.topic_permissions[vhost, exchange] = permission

    def forbid(self, vhost: str) -> None:
        """Take away all permissions in a virtual host, topic permissions too."""
        self.permissions.pop(vhost, None)
        for key in [key for key in self.topic_permissions if key[0] == vhost]:
            del self.topic_permissions[key]


class Users(ByName[User]):
    """By name, in order of creation; ``broker.users["guest"]``.

    ``loopback`` has the names of users who may log in only from this machine (RabbitMQ's ``loopback_users``). In
    RabbitMQ guest is one of them. Here nobody is: otherwise a broker in a container could not be used from outside.
    """

    what = "user"

    def __init__(self, rng: random.Random) -> None:
        super().__init__()
        self.loopback: set[str] = set()
        self._rng = rng
        self.on_removed: list[Callable[[User], None]] = []

    def __repr__(self) -> str:
        return f"<Users {', '.join(map(repr, self._by_name))}>"

    def add(self, name: str, password: str = "", tags: Iterable[str] = ()) -> User:
        """Create a user without permissions. With an empty password nobody can log in as that user.

        :raises ValueError: when there is one of that name.
        :raises TypeError: for a name, a password or a tag that is no string.
        """
        text("the name of a user", name)
        text("a password", password)
        tags = list(tags) if isinstance(tags, Iterable) and not isinstance(tags, str) else tags
        words("tags", tags)
        if name in self._by_name:
            raise ValueError(f"user {name!r} exists")
        user = self._by_name[name] = User(name, tags=tags, rng=self._rng)
        if password:
            self.set_password(name, password)
        return user

    def set_password(self, name: str, password: str) -> None:
        """Give the user a new password. Open connections stay open.

        :raises KeyError: when there is no such user.
        """
        self[name].password = password

    def remove(self, name: str) -> None:
        """Delete a user with all permissions. As in RabbitMQ, the user's connections are closed.

        :raises KeyError: when there is no such user.
        """
        user = self[name]
        del self._by_name[name]
        for callback in self.on_removed:
            callback(user)

    def may_come_from(self, user: User, host: str) -> bool:
        """May the user log in from that address? An address that is no IP address is a transport in memory."""
        return user.name not in self.loopback or is_loopback(host)

    def authenticate(self, name: str, password: str) -> User | None:
        """The user whose name and password these are, or None."""
        user = self._by_name.get(name)
        return user if user is not None and user.has_password(password) else None


def is_loopback(host: str) -> bool:
    """Is the address this machine's own? What is no IP address counts as its own."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return True
    return (getattr(address, "ipv4_mapped", None) or address).is_loopback
