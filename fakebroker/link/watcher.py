"""Who is told what crosses the links, and what rules do there: a watcher. There is none unless the broker has one."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Protocol

from fakebroker.wire.command import Command, Event


class CrossingWatcher(Protocol):
    """What it is told. Addresses are those of crossings; what a rule has made up has none."""

    def connected(self, connection: int, address: str, /) -> None:
        """A connection is made."""

    def arrived_from_client(self, connection: int, item: Event, address: str, /) -> None:
        """Something has come from a client. No rule has acted on it."""

    def has_read(self, connection: int, /) -> None:
        """Something comes from a client, which has read all that it was told."""

    def arrived_from_broker(self, connection: int, item: Event, address: str, /) -> None:
        """The broker has said something. No rule has acted on it."""

    def acted(self, connection: int, rule: int, address: str, /) -> None:
        """A rule has acted on it."""

    def kept(self, connection: int, address: str, /) -> None:
        """Rules have left nothing of it that goes on to the broker, now or later."""

    def hearing(self, connection: int, item: Event, address: str | None, /) -> AbstractContextManager[None]:
        """The broker hears something within this block."""

    def doing(self, connection: int, /) -> AbstractContextManager[None]:
        """The broker does what a rule has it do within this block."""

    def told(self, connection: int, command: Command, address: str | None, /) -> None:
        """A client is told something."""

    def garbled(self, connection: int, /) -> None:
        """A client is sent octets that are no command, or a part of one."""

    def lost(self, connection: int, how: str, address: str, /) -> None:
        """A connection is over."""
