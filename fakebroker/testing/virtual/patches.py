"""What a block replaces in this process, and puts back."""

from __future__ import annotations

from collections.abc import Callable

from fakebroker.testing.virtual.simulation import Simulation

_MISSING = object()


class Patches:
    """Replaces attributes and functions, and puts back what was there. Whatever is put in asks ``current()`` who
    calls: in a thread that takes part in no simulation it does what the original does."""

    def __init__(self) -> None:
        self._undo: list[tuple[object, str, object]] = []

    def attribute(self, owner: object, name: str, new: object) -> None:
        """Replace one attribute of a module or of a Python class. A class meets it through all its subclasses and
        instances, those that were made before too."""
        self._undo.append((owner, name, vars(owner).get(name, _MISSING)))
        setattr(owner, name, new)

    def everywhere(self, old: Callable[..., object], new: object) -> None:
        """Replace a function or a class wherever a module has it: ``time.sleep``, and ``sleep`` of each module that
        did ``from time import sleep``, now or while the block runs."""
        raise NotImplementedError

    def undo(self) -> None:
        """Put everything back, the last first."""
        while self._undo:
            owner, name, old = self._undo.pop()
            if old is _MISSING:
                delattr(owner, name)
            else:
                setattr(owner, name, old)


def install(simulation: Simulation) -> Patches:
    """Replace all that blocking code waits with, or draws chance from."""
    return Patches()
