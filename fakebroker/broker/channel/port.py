"""What a session needs of its channel."""

from __future__ import annotations

from collections.abc import Hashable
from typing import TYPE_CHECKING, Protocol

from fakebroker.errors import AMQPError

if TYPE_CHECKING:
    from fakebroker.broker.vhost import VirtualHost


class ChannelPort(Protocol):
    """A channel. In tests of the broker alone, something else stands for it."""

    @property
    def number(self) -> int: ...
    @property
    def vhost(self) -> VirtualHost: ...
    @property
    def connection(self) -> Hashable: ...
    @property
    def origin(self) -> tuple[str, int, str]:
        """For the firehose: the connection's name, the channel's number, the user's name."""

    @property
    def unbatched(self) -> bool:
        """Whether commands have to pass one by one: rules look at each, or an alarm stops the reading at the first."""

    def wake(self) -> None:
        """The channel has something to do: its queues have sent something."""

    def fail(self, error: AMQPError) -> None:
        """End the channel because of an error. It is none of the command that is being handled."""

    def crashed(self) -> None:
        """End the connection: an error of fakebroker's own has left something undone for this channel."""
