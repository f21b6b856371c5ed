"""What a sweep of a command asks of a reactor: time, and to read what programs print."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from twisted.internet.interfaces import IDelayedCall, IReadDescriptor

from fakebroker.clock import Time


class Reactor(Time, Protocol):
    """Twisted has no interface for what all its reactors have in common."""

    def getDelayedCalls(self) -> Sequence[IDelayedCall]: ...

    def addReader(self, reader: IReadDescriptor) -> object: ...

    def removeReader(self, reader: IReadDescriptor) -> object: ...
