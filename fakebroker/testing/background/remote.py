"""A :class:`Remote` stands in a test for an object in the reactor's thread. What the test calls on it runs in that
thread while the test waits; errors are raised in the test. A result that threads can share (numbers, strings, journal
entries, rules) comes back as it is. A list or dict that a method returns comes back as a copy. Any other result comes
back as another ``Remote``.
"""

from __future__ import annotations

import dataclasses
import re
import types
from collections.abc import Callable, Iterator
from decimal import Decimal
from enum import Enum
from typing import Any

from twisted.internet.defer import CancelledError, Deferred

from fakebroker.testing.background.loop import Loop
from fakebroker.validation import check_attribute
from fakebroker.wire.command import Command, Content

PATIENCE = 30.0
"""Real seconds that a call may take whose result is a Deferred."""

VALUES = (
    *(type(None), bool, int, float, str, bytes, Decimal, Enum, type, BaseException, re.Pattern, Command, Content),
    types.ModuleType,
)
"""Types that threads can share, because their objects never change."""


class Remote:
    """Stands for an object in the thread of a loop.

    :param awaited: whether a call that takes time returns something to ``await``, instead of blocking the caller.
    """

    __slots__ = ("_awaited", "_loop", "_target")
    _loop: Loop
    _target: Any
    _awaited: bool

    def __init__(self, loop: Loop, target: object, awaited: bool = False) -> None:
        object.__setattr__(self, "_loop", loop)
        object.__setattr__(self, "_target", target)
        object.__setattr__(self, "_awaited", awaited)

    # --- attributes

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(f"{type(self._target).__name__!r} object has no attribute {name!r} in another thread")
        target = self._target
        if isinstance(getattr(type(target), name, None), types.FunctionType):
            return self._method(name)
        return self._view(self._loop.call(lambda: getattr(target, name)))

    def __setattr__(self, name: str, value: object) -> None:
        if name.startswith("_"):
            raise AttributeError(f"{type(self._target).__name__!r} object has no attribute {name!r} in another thread")

        def put() -> None:
            check_attribute(self._target, name)
            setattr(self._target, name, _over(value))

        self._loop.call(put)

    def __dir__(self) -> list[str]:
        return [name for name in dir(self._target) if not name.startswith("_")]

    def __repr__(self) -> str:
        if self._loop.forked:
            return f"<{type(self._target).__name__} of the process that this one was forked from>"
        return str(self._loop.call(lambda: repr(self._target)))

    def __str__(self) -> str:
        return repr(self) if self._loop.forked else str(self._loop.call(lambda: str(self._target)))

    # --- calling

    def __call__(self, *arguments: object, **named: object) -> Any:
        return self._ask(lambda target: target(*map(_over, arguments), **_over_all(named)))

    def _method(self, name: str) -> Callable[..., object]:
        def method(*arguments: object, **named: object) -> object:
            return self._ask(
                lambda target: getattr(target, name)(*map(_over, arguments), **_over_all(named)), name=name
            )

        method.__name__ = name
        method.__doc__ = getattr(type(self._target), name).__doc__
        return method

    def _ask(self, question: Callable[[Any], object], limit: float = PATIENCE, name: str = "this") -> object:
        """Call something on the target. A call that takes time blocks, or can be awaited."""
        loop, here = self._loop, self._loop.is_here

        def ask() -> tuple[bool, Any]:
            result = question(self._target)
            if not isinstance(result, Deferred):
                return False, result
            if here and not result.called:
                result.addErrback(lambda _: None)
                loop.must_not_be_here(name)
            return True, loop.promise(result, limit)

        later, result = loop.call(ask)
        if not later:
            return self._own(result)
        if self._awaited:
            return result.in_asyncio(lambda: loop.submit(result.cancel))
        try:
            return self._own(result.result())
        except CancelledError:
            raise TimeoutError(f"it has not happened within {limit} s") from None

    # --- containers and contexts

    def __getitem__(self, key: object) -> Any:
        return self._view(self._loop.call(lambda: self._target[_over(key)]))

    def __setitem__(self, key: object, value: object) -> None:
        def put() -> None:
            self._target[_over(key)] = _over(value)

        self._loop.call(put)

    def __delitem__(self, key: object) -> None:
        def delete() -> None:
            del self._target[_over(key)]

        self._loop.call(delete)

    def __contains__(self, item: object) -> bool:
        return self._loop.call(lambda: _over(item) in self._target)

    def __len__(self) -> int:
        return self._loop.call(lambda: len(self._target))

    def __bool__(self) -> bool:
        return self._loop.call(lambda: bool(self._target))

    def __iter__(self) -> Iterator[Any]:
        return iter([self._view(each) for each in self._loop.call(lambda: list(self._target))])

    def __eq__(self, other: object) -> bool:
        return bool(self._loop.call(lambda: self._target == _over(other)))

    def __hash__(self) -> int:
        return hash(self._target)

    def __enter__(self) -> Any:
        entered = self._loop.call(lambda: self._target.__enter__())
        return self if entered is self._target else self._view(entered)

    def __exit__(self, *exception: object) -> Any:
        return self._loop.call(lambda: self._target.__exit__(*exception))

    # --- what comes back

    def _view(self, value: object) -> object:
        """Hands out an attribute. A list or dict stays the target's own and changes with it."""
        if is_value(value):
            return value
        if type(value) is tuple:
            return tuple(map(self._view, value))
        return Remote(self._loop, value, self._awaited)

    def _own(self, value: object) -> object:
        """Hands out a result. A list or dict becomes the caller's own copy."""
        if isinstance(value, list):
            return [self._own(each) for each in value]
        if isinstance(value, dict):
            return {key: self._own(each) for key, each in value.items()}
        if isinstance(value, Iterator):
            return [self._own(each) for each in self._loop.call(lambda: list(value))]
        return self._view(value)


def is_value(value: object) -> bool:
    """Whether a value never changes, so that threads can share it."""
    if isinstance(value, VALUES):
        return True
    if isinstance(value, tuple):
        return type(value) is not tuple
    return dataclasses.is_dataclass(value) and bool(getattr(value, "__dataclass_params__").frozen)  # noqa: B009


def _over(value: object) -> object:
    """An argument as the thread knows it: a Remote becomes its target."""
    if isinstance(value, Remote):
        return value._target
    if type(value) is list:
        return list(map(_over, value))
    if type(value) is tuple:
        return tuple(map(_over, value))
    return value


def _over_all(named: dict[str, object]) -> dict[str, object]:
    return {name: _over(value) for name, value in named.items()}
