"""What a broker or a virtual host has several of, each with a name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TypeVar, overload

T = TypeVar("T")
D = TypeVar("D")


class ByName(Mapping[str, T]):
    """By name, in the order in which they came; a loop over them goes on when one comes or goes meanwhile."""

    def __init__(self) -> None:
        self._by_name: dict[str, T] = {}

    def __getitem__(self, name: str) -> T:
        return self._by_name[name]

    @overload
    def get(self, name: str, default: None = None, /) -> T | None: ...

    @overload
    def get(self, name: str, default: T | D, /) -> T | D: ...

    def get(self, name: str, default: T | D | None = None, /) -> T | D | None:
        """The one of that name, or the default: asked for with each message, and Mapping's own way is long."""
        return self._by_name.get(name, default)

    def __iter__(self) -> Iterator[str]:
        return iter(list(self._by_name))

    def __len__(self) -> int:
        return len(self._by_name)
