"""What a session needs of the channel it belongs to."""

from __future__ import annotations

from collections.abc import Hashable
from typing import TYPE_CHECKING, Protocol

from fakebroker.errors import AMQPError

if TYPE_CHECKING:
    from fakebroker.broker.vhost import VirtualHost


class ChannelPort(Protocol):
    """A channel, or whatever stands for one."""

    @property
    def number(self) -> int: ...
    @property
    def vhost(self) -> VirtualHost: ...
    @property
    def connection(self) -> Hashable: ...
    @property
    def origin(self) -> tuple[str, int, str]:
        """The name of its connection, its number and its user's name, for the firehose."""

    @property
    def one_by_one(self) -> bool:
        """Whether somebody looks at each command that it is sent."""

    def wake(self) -> None:
        """Queues have something for it."""

    def fail(self, error: AMQPError) -> None:
        """End the channel because of an error that no command of its client has caused."""

    def crashed(self) -> None:
        """An error of the broker's own has left something undone for this channel: its connection ends."""
