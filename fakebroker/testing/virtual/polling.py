"""``select``, ``poll``, ``epoll`` and ``selectors`` in virtual time."""

from __future__ import annotations

import asyncio
import functools
import select
import selectors
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from fakebroker.testing.virtual.loop_waits import TasksOfLoop
from fakebroker.testing.virtual.patches import Patches
from fakebroker.testing.virtual.simulation import Simulation, current

_select = select.select
_poll: Any = getattr(select, "poll", None)  # eventlet takes it away


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


Wanted = Callable[[], "Iterable[tuple[int, int]]"]


def _ready(simulation: Simulation, ready: Callable[[], Any], timeout: float | None, wanted: Wanted) -> Any:
    """Wait until descriptors are ready.

    :param ready: asks the kernel, without waiting.
    :param timeout: seconds; None or less than 0 for ever.
    :param wanted: gives the descriptors, and the events of each.
    """
    if simulation.busy.is_asking:
        return ready()
    ready = simulation.busy.one_look(ready)
    simulation.turn()
    if not simulation.threads.alone:
        simulation.threads.pause()
    found = ready()
    outside = simulation.outside.waiter(wanted)
    if found or timeout == 0:
        if simulation.busy.looked():
            simulation.busy.give_way(ready, outside)
            found = ready()
        return found
    simulation.busy.moved()
    limit = None if timeout is None or timeout < 0 else timeout
    return simulation.wait(ready, limit, _what(), outside)


def _what() -> object:
    loop = asyncio._get_running_loop()
    return "a descriptor that is ready" if loop is None else TasksOfLoop(loop)


@functools.wraps(_select)
def _selects(rlist: Any, wlist: Any, xlist: Any, timeout: float | None = None, /) -> Any:
    simulation = current()
    if simulation is None or (timeout is not None and timeout < 0):
        return _select(rlist, wlist, xlist, timeout)
    lists = list(rlist), list(wlist), list(xlist)

    def ready() -> Any:
        found = _select(*lists, 0)
        return found if any(found) else None

    def wanted() -> Iterator[tuple[int, int]]:
        for each, events in zip(lists, (select.POLLIN, select.POLLOUT, select.POLLPRI), strict=True):
            yield from ((_number(one), events) for one in each)

    return _ready(simulation, ready, timeout, wanted) or ([], [], [])


def _number(thing: Any) -> int:
    return thing if isinstance(thing, int) else int(thing.fileno())


@functools.cache
def _selector_select(original: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(original)
    def select(self: Any, timeout: float | None = None) -> Any:
        simulation = current()
        if simulation is None:
            return original(self, timeout)
        timeout = timeout if timeout is None else max(0, timeout)
        return _ready(simulation, lambda: original(self, 0), timeout, lambda: _registered(self))

    return select


def _registered(selector: selectors.BaseSelector) -> list[tuple[int, int]]:
    both = (selectors.EVENT_READ, select.POLLIN), (selectors.EVENT_WRITE, select.POLLOUT)
    keys = (selector.get_map() or {}).values()
    return [(key.fd, sum(event for ours, event in both if key.events & ours)) for key in keys]


class _Polls:
    """What is registered with a ``poll`` or an ``epoll``."""

    _object: Any

    def __init__(self) -> None:
        self._wanted: dict[int, int] = {}

    def register(self, fd: Any, eventmask: int = select.POLLIN | select.POLLPRI | select.POLLOUT) -> None:
        """Wait for a descriptor."""
        self._object.register(fd, eventmask)
        self._wanted[_number(fd)] = eventmask

    def modify(self, fd: Any, eventmask: int) -> None:
        """Wait for other events of it."""
        self._object.modify(fd, eventmask)
        self._wanted[_number(fd)] = eventmask

    def unregister(self, fd: Any) -> None:
        """Wait for it no longer."""
        self._wanted.pop(_number(fd), None)
        self._object.unregister(fd)


class Poll(_Polls):
    """``select.poll()``."""

    def __init__(self) -> None:
        super().__init__()
        self._object = _poll()

    def poll(self, timeout: float | None = None, /) -> Any:
        """Wait.

        :param timeout: milliseconds; None or less than 0 for ever.
        """
        simulation = current()
        if simulation is None:
            return self._object.poll(timeout)
        seconds = None if timeout is None else timeout / 1000
        return _ready(simulation, lambda: self._object.poll(0), seconds, self._wanted.items)


if hasattr(select, "epoll"):
    _epoll = select.epoll

    class Epoll(_Polls):
        """``select.epoll``."""

        def __init__(self, sizehint: int = -1, flags: int = 0) -> None:
            super().__init__()
            self._use(_epoll(sizehint, flags))

        def _use(self, epoll: select.epoll) -> None:
            self._object = epoll
            simulation = current()
            if simulation is not None:
                simulation.connections.watched_by(self)
            self.fileno = epoll.fileno
            self.close = epoll.close

        @classmethod
        def fromfd(cls, fd: int, /) -> Epoll:
            """An object for a descriptor that is there already."""
            made = cls.__new__(cls)
            made._wanted = {}
            made._use(_epoll.fromfd(fd))
            return made

        def lets_go(self, number: int) -> Callable[[], None] | None:
            """A descriptor comes to stand for something else; see :class:`~connections.Watcher`."""
            wanted = self._wanted.get(number)
            if wanted is None or self._object.closed:
                return None
            try:
                self._object.unregister(number)
            except OSError:  # it was closed since, and used again
                return None
            return lambda: self._object.register(number, wanted)

        @property
        def closed(self) -> bool:
            """Whether it was closed."""
            return bool(self._object.closed)

        def __enter__(self) -> Epoll:
            self._object.__enter__()
            return self

        def __exit__(self, *error: Any) -> None:
            self._object.close()

        def poll(self, timeout: float | None = None, maxevents: int = -1) -> Any:
            """Wait.

            :param timeout: seconds; None or less than 0 for ever.
            """
            simulation = current()
            if simulation is None:
                return self._object.poll(timeout, maxevents)
            return _ready(simulation, lambda: self._object.poll(0, maxevents), timeout, self._wanted.items)
