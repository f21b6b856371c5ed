"""What a connection needs of what carries its commands to the client: over a socket, the link."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from fakebroker.wire.command import Command


class Output(Protocol):
    """The way to the client. Over a socket it is the link."""

    octets_received: int
    """How many bytes have come from the peer: what the heartbeat monitor watches."""

    octets_sent: int
    """How many bytes have gone to the peer: what the heartbeat sender watches."""

    @property
    def confirms_one_by_one(self) -> bool:
        """Whether each message needs a confirm of its own, because a rule looks for the confirm of one message."""

    @property
    def unbatched(self) -> bool:
        """Whether commands have to be sent one by one, because a rule looks at each."""

    def outbound(self, command: Command) -> None:
        """Send one command."""

    def outbound_batch(self, first: Command, bodies: Sequence[bytes]) -> None:
        """Send a batch of commands: the first of them, and the bodies of all. Not where ``unbatched``."""

    def heartbeat(self) -> None:
        """Send one heartbeat frame."""

    def raw(self, data: bytes) -> None:
        """Send bytes that are not a frame: a protocol header."""

    def lose(self) -> None:
        """Hang up as RabbitMQ does: with a reset, once everything written has gone."""

    def abort(self) -> None:
        """Reset the socket; nothing more is said."""

    def pause(self, why: str) -> None:
        """Stop reading from the peer, for one more reason."""

    def resume(self, why: str) -> None:
        """Go on reading from the peer, if there is no other reason not to."""


class Nowhere:
    """The output of a connection that has ended: nothing reaches anybody."""

    octets_received = 0
    octets_sent = 0
    confirms_one_by_one = False
    unbatched = False

    def outbound(self, command: Command) -> None:
        """It goes nowhere."""

    def outbound_batch(self, first: Command, bodies: Sequence[bytes]) -> None:
        """It goes nowhere."""

    def heartbeat(self) -> None:
        """It goes nowhere."""

    def raw(self, data: bytes) -> None:
        """It goes nowhere."""

    def lose(self) -> None:
        """The socket is gone, or told to go."""

    def abort(self) -> None:
        """The socket is gone, or told to go."""

    def pause(self, why: str) -> None:
        """Nothing is read."""

    def resume(self, why: str) -> None:
        """Nothing is read."""


NOWHERE = Nowhere()
