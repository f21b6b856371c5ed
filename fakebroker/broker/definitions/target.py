"""What definitions need of a broker."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Protocol

from fakebroker.broker.access.users import Users
from fakebroker.broker.vhost import VirtualHost


class DefinedBroker(Protocol):
    """A broker whose definitions are read or written."""

    @property
    def users(self) -> Users: ...

    @property
    def vhosts(self) -> Mapping[str, VirtualHost]: ...

    @property
    def global_parameters(self) -> dict[str, object]: ...

    def add_vhost(self, name: str, permit: Iterable[str] = ...) -> VirtualHost:
        """Create a virtual host, and give users permissions in it."""
