"""Methods of an object, for others to keep that the object itself keeps.

Where two objects hold each other, only the cycle collector frees them, at some time. So these do not hold their object.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any
from weakref import WeakMethod, ref


def weakly(method: Callable[..., object]) -> Callable[..., Any]:
    """A function that calls a method, and does nothing when the object is gone."""
    found = WeakMethod(method)

    def call(*args: object) -> object:
        there = found()
        return None if there is None else there(*args)

    return call


class Methods(Mapping[str, Callable[..., object]]):
    """Some methods of an object by name. When the object is gone, there are none."""

    def __init__(self, thing: object, names: tuple[str, ...]) -> None:
        self._thing = ref(thing)
        self._names = names

    def __getitem__(self, name: str) -> Callable[..., object]:
        thing = self._thing()
        if thing is None or name not in self._names:
            raise KeyError(name)
        method: Callable[..., object] = getattr(thing, name)
        return method

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)
