"""``select``, ``poll``, ``epoll`` and ``selectors`` in virtual time."""

from __future__ import annotations

import functools
import select
import selectors
from collections.abc import Callable
from typing import Any

from fakebroker.testing.virtual.patches import Patches
from fakebroker.testing.virtual.simulation import Simulation, current

_select = select.select
_poll = select.poll


def install_polling(patches: Patches) -> None:
    """Let whoever waits for descriptors let virtual time go on."""
    patches.everywhere(select.select, _selects)
    patches.everywhere(select.poll, Poll)
    if hasattr(select, "epoll"):
        patches.everywhere(select.epoll, Epoll)
    for selector in _selector_classes():
        patches.attribute(selector, "select", _selector_select(selector.select))


def _selector_classes() -> list[Any]:
    """The classes of ``selectors`` that have a method ``select`` of their own."""
    found: list[Any] = [value for value in vars(selectors).values() if isinstance(value, type)]
    found = [each for each in found if issubclass(each, selectors.BaseSelector) and "select" in vars(each)]
    return [each for each in dict.fromkeys(found) if not getattr(each.select, "__isabstractmethod__", False)]


def _ready(simulation: Simulation, ready: Callable[[], Any], timeout: float | None) -> Any:
    """Wait until descriptors are ready.

    :param ready: asks the kernel, without waiting.
    :param timeout: seconds; None or less than 0 for ever.
    """
    simulation.turn()
    found = ready()
    if found or timeout == 0:
        return found
    return simulation.wait(ready, None if timeout is None or timeout < 0 else timeout, "a descriptor that is ready")


@functools.wraps(_select)
def _selects(rlist: Any, wlist: Any, xlist: Any, timeout: float | None = None, /) -> Any:
    simulation = current()
    if simulation is None or (timeout is not None and timeout < 0):
        return _select(rlist, wlist, xlist, timeout)
    lists = list(rlist), list(wlist), list(xlist)

    def ready() -> Any:
        found = _select(*lists, 0)
        return found if any(found) else None

    return _ready(simulation, ready, timeout) or ([], [], [])


def _selector_select(original: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(original)
    def select(self: Any, timeout: float | None = None) -> Any:
        simulation = current()
        if simulation is None:
            return original(self, timeout)
        timeout = timeout if timeout is None else max(0, timeout)
        return _ready(simulation, lambda: original(self, 0), timeout)

    return select


class Poll:
    """``select.poll()``."""

    def __init__(self) -> None:
        self._poll = _poll()
        self.register = self._poll.register
        self.modify = self._poll.modify
        self.unregister = self._poll.unregister

    def poll(self, timeout: float | None = None, /) -> Any:
        """Wait.

        :param timeout: milliseconds; None or less than 0 for ever.
        """
        simulation = current()
        if simulation is None:
            return self._poll.poll(timeout)
        return _ready(simulation, lambda: self._poll.poll(0), None if timeout is None else timeout / 1000)


if hasattr(select, "epoll"):
    _epoll = select.epoll

    class Epoll:
        """``select.epoll``."""

        def __init__(self, sizehint: int = -1, flags: int = 0) -> None:
            self._use(_epoll(sizehint, flags))

        def _use(self, epoll: select.epoll) -> None:
            self._epoll = epoll
            self.register = epoll.register
            self.modify = epoll.modify
            self.unregister = epoll.unregister
            self.fileno = epoll.fileno
            self.close = epoll.close

        @classmethod
        def fromfd(cls, fd: int, /) -> Epoll:
            """An object for a descriptor that is there already."""
            made = cls.__new__(cls)
            made._use(_epoll.fromfd(fd))
            return made

        @property
        def closed(self) -> bool:
            """Whether it was closed."""
            return self._epoll.closed

        def __enter__(self) -> Epoll:
            self._epoll.__enter__()
            return self

        def __exit__(self, *error: Any) -> None:
            self._epoll.close()

        def poll(self, timeout: float | None = None, maxevents: int = -1) -> Any:
            """Wait.

            :param timeout: seconds; None or less than 0 for ever.
            """
            simulation = current()
            if simulation is None:
                return self._epoll.poll(timeout, maxevents)
            return _ready(simulation, lambda: self._epoll.poll(0, maxevents), timeout)
