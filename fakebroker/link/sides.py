"""What a link joins, and what all links of one broker share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from fakebroker.clock import Time
from fakebroker.faults.plan import Faults
from fakebroker.journal.journal import Journal
from fakebroker.wire.command import Commands, Event
from fakebroker.wire.spec import Spec


class Inner(Protocol):
    """The broker's side: the connection."""

    frame_max: int
    spec: Spec

    @property
    def is_open(self) -> bool: ...

    def handle(self, event: Event) -> None: ...

    def together(self, commands: Commands) -> Callable[[], None] | None:
        """What handles commands that are alike as one; None where they have to be handled one by one."""

    def lost(self) -> None: ...

    def end(self, channel: int, code: int, text: str, method: tuple[int, int]) -> None:
        """Close the channel, or on channel 0 the connection, as for an error with this code."""

    def consumer(self, channel: int, tag: str) -> tuple[str, bool] | None:
        """The queue of a consumer, and whether it needs no acks; None when there is no such consumer."""


class Outer(Protocol):
    """The peer's side: the socket."""

    def write(self, data: bytes) -> None: ...

    def flush(self) -> None: ...

    def lose(self) -> None: ...

    def hang_up(self) -> None: ...

    def abort(self) -> None: ...

    def refuse(self) -> None: ...

    def pause(self) -> None: ...

    def resume(self) -> None: ...


class Checkpoint:
    """What all links of one broker share."""

    def __init__(self, clock: Time, journal: Journal, faults: Faults) -> None:
        self.clock = clock
        self.journal = journal
        self.faults = faults
        self._depth = 0
        self._settling = False
        self._later: list[Callable[[], None]] = []

    def handling(self, handle: Callable[[Any], None], event: Any) -> None:
        """Let the broker handle something, then do what was put off until it has come to rest."""
        self._depth += 1
        try:
            handle(event)
        finally:
            self._depth -= 1
        if self._depth or self._settling:
            return
        self._settling = True
        try:
            while self._later:
                self._later.pop(0)()
        finally:
            self._settling = False

    def at_rest(self, call: Callable[[], None]) -> None:
        """Call when the broker is not in the middle of something: a queue that delivers must not lose its consumer."""
        if self._depth:
            self._later.append(call)
        else:
            self.clock.callLater(0, call)
