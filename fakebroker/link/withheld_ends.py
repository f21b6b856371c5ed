"""The end of the socket, of which the broker hears late: because of a partition, of latency, of a slow close."""

from __future__ import annotations

from collections.abc import Callable


class WithheldEnds:
    """What one connection is to be told of the end of its socket, and the reasons not to tell it yet.

    :param after: makes a call after so many seconds.
    """

    def __init__(self, after: Callable[[float, Callable[[], None]], None]) -> None:
        self.seconds = 0.0
        """How much later it is told in any case."""
        self._after = after
        self._whys: list[str] = []
        self._calls: list[Callable[[], object]] = []

    def withhold(self, why: str) -> None:
        """Tell nothing until :meth:`tell` is called with the same reason."""
        if why not in self._whys:
            self._whys.append(why)

    def tell(self, why: str) -> None:
        """One reason to tell nothing is gone. Tell what there is to tell, if it was the last."""
        if why in self._whys:
            self._whys.remove(why)
        if not self._whys and self._calls:
            if self.seconds:
                self._after(self.seconds, self.tell_now)
            else:
                self.tell_now()

    def come(self, call: Callable[[], object]) -> bool:
        """The socket has ended.

        :param call: tells the connection.
        :returns: whether it has to wait; the call is made later then.
        """
        if not self._whys and not self._calls and not self.seconds:
            return False
        self._calls.append(call)
        if not self._whys and self.seconds and len(self._calls) == 1:
            self._after(self.seconds, self.tell_now)
        return True

    def tell_now(self) -> None:
        """Tell all that there is to tell, whatever the reasons not to."""
        calls = self._calls
        self.clear()
        for call in calls:
            call()

    def clear(self) -> None:
        """Forget it all, and withhold nothing from now on."""
        self._calls, self._whys = [], []
        self.seconds = 0.0
