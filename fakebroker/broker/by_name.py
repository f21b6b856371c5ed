"""Queues, exchanges, users and the like, by their names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import ClassVar, TypeVar, overload

from fakebroker.validation import Sealed, unknown

T = TypeVar("T")
D = TypeVar("D")


class ByName(Mapping[str, T], Sealed):
    """By name, in the order in which they came. One may come or go during a loop over them."""

    what: ClassVar[str] = "entry"
    """What one of them is called, in errors."""

    def __init__(self) -> None:
        self._by_name: dict[str, T] = {}

    def __getitem__(self, name: str) -> T:
        try:
            return self._by_name[name]
        except KeyError:
            raise KeyError(unknown(self.what, name, self._by_name)) from None

    @overload
    def get(self, name: str, default: None = None, /) -> T | None: ...

    @overload
    def get(self, name: str, default: T | D, /) -> T | D: ...

    def get(self, name: str, default: T | D | None = None, /) -> T | D | None:
        """The one of that name, or the default. It is asked for with each message, so Mapping's slower way won't do."""
        return self._by_name.get(name, default)

    def __contains__(self, name: object) -> bool:
        if not isinstance(name, str):
            raise TypeError(f"each {self.what} is known by its name, a string, not by {name!r}")
        return name in self._by_name

    def __iter__(self) -> Iterator[str]:
        return iter(list(self._by_name))

    def __len__(self) -> int:
        return len(self._by_name)
