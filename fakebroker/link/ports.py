"""What a link joins: the broker's connection on one side, the socket on the other."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Protocol

from fakebroker.faults.crossing import Facts
from fakebroker.faults.steps import Item
from fakebroker.link.context import LinkContext
from fakebroker.wire.command import Command, Event
from fakebroker.wire.spec import Spec


class RulePort(Protocol):
    """What rules may ask of the channels of a connection, and have them do. A channel that is not open has nothing."""

    def consumer(self, channel: int, tag: str) -> tuple[str, bool] | None:
        """The queue of a consumer, and whether it needs no acks; None when there is no such consumer."""

    def consumes(self, channel: int, tag: str) -> bool:
        """Whether there is a consumer with this tag; one of direct replies counts, too."""

    def gives_back(self, channel: int, tag: str) -> bool:
        """Whether the queue of a consumer takes back what it has delivered to it."""

    def outstanding(self, channel: int) -> Collection[int]:
        """The tags of the deliveries that the client has yet to settle on a channel, in their order."""

    def transactional(self, channel: int) -> bool:
        """Whether a channel is transactional: what the client settles there waits for a commit."""

    def requeue(self, channel: int, tag: int) -> None:
        """Take a delivery back to its queue."""

    def revoke(self, channel: int, tag: str, unsent: Sequence[Command]) -> None:
        """Cancel a consumer. Deliveries that were not sent to the client go back to the queue."""

    def published(self, channel: int) -> int | None:
        """How many messages have been published on a channel in confirm mode; None for any other channel."""

    def number_publish(self, channel: int, number: int) -> None:
        """Say by which number the client knows the next publish; 0 for a copy, which it does not know."""


class HeartbeatsPort(Protocol):
    """What watches whether the client is silent for too long."""

    def pause_monitor(self, why: str) -> None:
        """Stop watching, because nothing is read from the client."""

    def resume_monitor(self, why: str) -> None:
        """One reason not to watch is gone. Watch again, if it was the last."""


class ConnectionPort(Protocol):
    """What a link needs of the connection, on the broker's side."""

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

    def batch(self, first: Command, bodies: Sequence[bytes]) -> Callable[[], None] | None:
        """A function that handles a batch of commands as one; None where they have to be handled one by one."""

    def lost(self) -> None: ...

    def end(self, channel: int, code: int, text: str, method: tuple[int, int]) -> None:
        """Close the channel, or on channel 0 the connection, as for an error with this code."""

    def offer(self, channel_max: int, frame_max: int) -> None:
        """The client has been told these limits in ``connection.tune``, and is held to them."""


class TransportPort(Protocol):
    """What a link needs of the socket, on the peer's side."""

    def crashed(self) -> None:
        """An error in the broker has left something undone. The connection ends."""

    def write(self, data: bytes) -> None: ...

    def has_read(self) -> bool:
        """Whether the peer has surely read all that was written. That is known in memory alone."""

    def when_read(self, call: Callable[[], None], pieces: int) -> Callable[[], object]:
        """Make a call when the peer has had time to read what was written, before more is written.

        :param pieces: how many pieces are written in all.
        :returns: what cancels the call.
        """

    def flush(self) -> None: ...

    def lose(self) -> None: ...

    def half_close(self) -> None:
        """Send what has been written, and a FIN. Go on reading."""

    def hang_up(self) -> None: ...

    def abort(self) -> None: ...

    def refuse(self) -> None: ...

    def arrival_time(self) -> float:
        """When the item has arrived that is handled now, on the broker's clock."""

    def put_off(self) -> None:
        """Handle nothing more of what arrives, and go on taking it in."""

    def take_up(self) -> None:
        """Handle what has arrived, and what arrives."""

    def pause(self) -> None: ...

    def resume(self) -> None: ...


class NoTransport:
    """What stands for the socket when that is gone. Nothing reaches the peer."""

    def crashed(self) -> None: ...

    def write(self, data: bytes) -> None: ...

    def has_read(self) -> bool:
        return False

    def when_read(self, call: Callable[[], None], pieces: int) -> Callable[[], object]:
        return lambda: None

    def flush(self) -> None: ...

    def lose(self) -> None: ...

    def half_close(self) -> None: ...

    def hang_up(self) -> None: ...

    def abort(self) -> None: ...

    def refuse(self) -> None: ...

    def arrival_time(self) -> float:
        return 0.0

    def put_off(self) -> None: ...

    def take_up(self) -> None: ...

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
