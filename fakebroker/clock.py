"""What the code asks of a clock, the one source of time. Virtual time is in ``fakebroker.testing.clock``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol


class DelayedCall(Protocol):
    """A call that is due later, as ``callLater`` returns it."""

    def cancel(self) -> object: ...

    def active(self) -> object: ...


class Time(Protocol):
    """What ``IReactorTime`` and ``twisted.internet.task.Clock`` have in common. Seconds everywhere."""

    def seconds(self) -> float: ...

    def callLater(self, delay: float, callable: Callable[..., object], /, *args: Any, **kwargs: Any) -> DelayedCall: ...
