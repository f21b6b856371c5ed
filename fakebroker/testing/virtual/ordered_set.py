"""A set whose order is that in which things came. Python's own goes by addresses, which differ from run to run."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TypeVar

T = TypeVar("T")


class OrderedSet(set[T]):
    """What ``set`` stands for in modules of clients that walk over sets of functions or of futures."""

    def __init__(self, things: Iterable[T] = ()) -> None:
        super().__init__()
        self._order: dict[T, None] = {}
        self.update(things)

    def add(self, thing: T, /) -> None:
        super().add(thing)
        self._order[thing] = None

    def update(self, *others: Iterable[T]) -> None:
        for other in others:
            for thing in other:
                self.add(thing)

    def discard(self, thing: object, /) -> None:
        super().discard(thing)
        self._order.pop(thing, None)  # type: ignore[arg-type]

    def remove(self, thing: T, /) -> None:
        super().remove(thing)
        self._order.pop(thing, None)

    def pop(self) -> T:
        """The one that came first."""
        for thing in self:
            self.remove(thing)
            return thing
        raise KeyError("pop from an empty set")

    def clear(self) -> None:
        super().clear()
        self._order.clear()

    def __iter__(self) -> Iterator[T]:
        return iter(self._order)

    def copy(self) -> OrderedSet[T]:
        return OrderedSet(self)

    __copy__ = copy

    def difference_update(self, *others: Iterable[object]) -> None:
        gone = set().union(*others)
        for thing in [thing for thing in self if thing in gone]:
            self.remove(thing)

    def intersection_update(self, *others: Iterable[object]) -> None:
        self.difference_update(set(self).difference(set(self).intersection(*others)))

    def symmetric_difference_update(self, other: Iterable[T]) -> None:
        things = dict.fromkeys(other)
        both = [thing for thing in things if thing in self]
        self.update(things)
        self.difference_update(both)
