"""For whose calls a block is: ``memory(modules=...)``."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from types import FrameType

SEEN_THROUGH = sys.stdlib_module_names | {"fakebroker", "twisted", "zope"}
"""These packages call for somebody else: who called them counts."""


class Callers:
    """The packages whose calls are in virtual time.

    :param modules: the names of packages or modules. What is in a package belongs to it.
    :raises TypeError: for anything but names.
    """

    def __init__(self, modules: str | Iterable[str]) -> None:
        self.names = (modules,) if isinstance(modules, str) else tuple(modules)
        for name in self.names:
            if not isinstance(name, str) or not name:
                raise TypeError(f"modules are names of packages, such as 'pika', not {name!r}")
        self._inside = tuple(f"{name}." for name in self.names)

    def has(self, frame: FrameType | None) -> bool:
        """Whether a call is one of theirs. A thread in which Python's own modules alone are at work belongs to who
        started it, and so to them."""
        while frame is not None:
            name = str(frame.f_globals.get("__name__"))
            if name.partition(".")[0] not in SEEN_THROUGH or name in self.names:
                return name in self.names or name.startswith(self._inside)
            frame = frame.f_back
        return True
