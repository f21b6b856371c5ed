"""Weak sets that keep the order in which things were put in. FastStream has its subscribers in one.

A ``WeakSet`` has the order of its members' addresses, which is another in each process.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any
from weakref import WeakSet

from fakebroker.testing.virtual.ordered_set import OrderedSet
from fakebroker.testing.virtual.patches import Patches
from fakebroker.testing.virtual.simulation import current


def install_orders(patches: Patches) -> None:
    """Let weak sets that are made in a block keep the order of their members."""
    patches.attribute(WeakSet, "__init__", ORDERLY)


def _orderly(real: Callable[..., None]) -> Callable[..., None]:
    @wraps(real)
    def init(self: Any, data: Iterable[Any] | None = None) -> None:
        real(self)
        if current() is not None:
            self.data = OrderedSet()
        if data is not None:
            self.update(data)

    return init


ORDERLY = _orderly(WeakSet.__init__)
"""What stands for ``WeakSet.__init__`` in a block."""
