"""What the broker writes, kept back by a rule so that the client reads it as one piece."""

from __future__ import annotations

from collections.abc import Callable


class CorkedOutput:
    """Stands between the steps of one connection and its socket.

    :param write: writes to the socket.
    :param after: makes a call after so many seconds.
    """

    def __init__(self, write: Callable[[bytes], None], after: Callable[[float, Callable[[], None]], None]) -> None:
        self._write = write
        self._after = after
        self._kept: list[bytes] | None = None
        self._left = 0

    @property
    def is_empty(self) -> bool:
        """Whether nothing is kept back."""
        return not self._kept

    def put_in(self, items: int, seconds: float) -> None:
        """Keep back what is written until so many items have come, or time is over."""
        if self._kept is None:
            self._kept = []
            self._after(seconds, self.pull)
        self._left = items

    def write(self, data: bytes) -> None:
        """Write an item, now or when the cork is pulled."""
        if self._kept is None:
            self._write(data)
            return
        self._kept.append(data)
        self._left -= 1
        if self._left <= 0:
            self.pull()

    def pull(self) -> None:
        """Write what was kept back, in one piece."""
        kept, self._kept = self._kept, None
        if kept:
            self._write(b"".join(kept))
