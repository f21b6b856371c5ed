"""What stands for the socket of a connection that is gone, while a rule keeps that from the broker."""

from __future__ import annotations


class NoSocket:
    """Does nothing."""

    def write(self, data: bytes) -> None: ...

    def pauseProducing(self) -> None: ...

    def resumeProducing(self) -> None: ...

    def unregisterProducer(self) -> None: ...

    def loseWriteConnection(self) -> None: ...

    def loseConnection(self) -> None: ...

    def abortConnection(self) -> None: ...


NO_SOCKET = NoSocket()
