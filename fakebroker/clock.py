"""The one source of time. Nothing in fakebroker asks for the time elsewhere."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol


class DelayedCall(Protocol):
    """A call that is due later, as ``callLater`` returns it."""

    def cancel(self) -> Any: ...

    def active(self) -> object: ...


class Time(Protocol):
    """What ``IReactorTime`` and ``twisted.internet.task.Clock`` have in common. Seconds everywhere."""

    def seconds(self) -> float: ...

    def callLater(self, delay: float, callable: Callable[..., object], /, *args: Any, **kwargs: Any) -> DelayedCall: ...
