"""What a link joins: the broker's connection on one side, the socket on the other."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Protocol

from fakebroker.faults.crossing import Facts
from fakebroker.faults.steps import Item
from fakebroker.link.context import LinkContext
from fakebroker.wire.command import Command, Commands, Event
from fakebroker.wire.spec import Spec


class RulePort(Protocol):
    """The channels of a connection, as rules see them. One that is not open is answered for as if it had nothing."""

    def consumer(self, channel: int, tag: str) -> tuple[str, bool] | None:
        """The queue of a consumer, and whether it needs no acks; None when there is no such consumer."""

    def consumes(self, channel: int, tag: str) -> bool:
        """Whether there is such a consumer, be it of replies."""

    def gives_back(self, channel: int, tag: str) -> bool:
        """Whether the queue of a consumer takes back what it has delivered to it."""

    def outstanding(self, channel: int) -> Collection[int]:
        """The tags of the deliveries that are to be settled on a channel, in their order."""

    def transactional(self, channel: int) -> bool:
        """Whether what is settled on a channel waits for a commit."""

    def requeue(self, channel: int, tag: int) -> None:
        """Take a delivery back to its queue."""

    def revoke(self, channel: int, tag: str, unsent: Sequence[Command]) -> None:
        """Cancel a consumer; these deliveries have not reached the client, and go back to the queue."""

    def published(self, channel: int) -> int | None:
        """How many messages have been published on a channel in confirm mode; None for any other channel."""

    def number_publish(self, channel: int, number: int) -> None:
        """Say by which number the client knows the next publish; 0 for one that it knows nothing of."""


class HeartbeatsPort(Protocol):
    """What watches for a client that is silent for too long."""

    def pause_monitor(self, why: str) -> None:
        """Do not watch: the client is not read from, and may well have said something."""

    def resume_monitor(self, why: str) -> None:
        """Watch again, if there is no other reason not to."""


class ConnectionPort(Protocol):
    """The broker's side: the connection."""

    frame_max: int
    spec: Spec

    @property
    def rule_access(self) -> RulePort:
        """What rules may know of its channels, and have them do."""

    @property
    def heartbeats(self) -> HeartbeatsPort: ...

    @property
    def is_open(self) -> bool: ...

    def handle(self, event: Event) -> None: ...

    def together(self, commands: Commands) -> Callable[[], None] | None:
        """What handles commands that are alike as one; None where they have to be handled one by one."""

    def lost(self) -> None: ...

    def end(self, channel: int, code: int, text: str, method: tuple[int, int]) -> None:
        """Close the channel, or on channel 0 the connection, as for an error with this code."""

    def offer(self, channel_max: int, frame_max: int) -> None:
        """The limits that the client is told in connection.tune, and is held to."""


class TransportPort(Protocol):
    """The peer's side: the socket."""

    def crashed(self) -> None:
        """An error of the broker's own has left something undone: the connection ends."""

    def write(self, data: bytes) -> None: ...

    def when_read(self, call: Callable[[], None], pieces: int) -> Callable[[], None]:
        """Make a call when the peer has had time to read by itself what was written, one of so many pieces.

        :returns: what forgets it.
        """

    def flush(self) -> None: ...

    def lose(self) -> None: ...

    def hang_up(self) -> None: ...

    def abort(self) -> None: ...

    def refuse(self) -> None: ...

    def pause(self) -> None: ...

    def resume(self) -> None: ...


class NoTransport:
    """The peer when the socket is gone: nothing reaches it."""

    def crashed(self) -> None: ...

    def write(self, data: bytes) -> None: ...

    def when_read(self, call: Callable[[], None], pieces: int) -> Callable[[], None]:
        return lambda: None

    def flush(self) -> None: ...

    def lose(self) -> None: ...

    def hang_up(self) -> None: ...

    def abort(self) -> None: ...

    def refuse(self) -> None: ...

    def pause(self) -> None: ...

    def resume(self) -> None: ...


NO_TRANSPORT = NoTransport()


class LinkPort(Facts, Protocol):
    """What a step runner needs of its link."""

    @property
    def connection(self) -> ConnectionPort: ...

    @property
    def transport(self) -> TransportPort: ...

    @property
    def context(self) -> LinkContext: ...

    def dropped(self, item: Item) -> None:
        """A rule has let nothing of what has come from the client through."""

    def finish(self, how: str) -> None: ...

    def pause(self, why: str) -> None: ...

    def resume(self, why: str) -> None: ...

    def pauses_for(self, why: str) -> bool: ...
