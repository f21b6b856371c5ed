"""Tells when certain modules have been imported."""

from __future__ import annotations

import sys
from collections.abc import Callable, Collection, Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType


class Arrivals(MetaPathFinder):
    """Stands in ``sys.meta_path``.

    :param names: the modules to look out for.
    :param arrived: called with each of them, when its code has run and before its importer goes on.
    """

    def __init__(self, names: Collection[str], arrived: Callable[[ModuleType], object]) -> None:
        self._names = names
        self._arrived = arrived

    def find_spec(self, name: str, path: Sequence[str] | None, target: ModuleType | None = None) -> ModuleSpec | None:
        """What the finders behind this one find."""
        if name not in self._names:
            return None
        for finder in [each for each in sys.meta_path if each is not self]:
            spec = finder.find_spec(name, path, target)
            if spec is not None:
                self._watch(spec)
                return spec
        return None

    def _watch(self, spec: ModuleSpec) -> None:
        loader = spec.loader
        run = getattr(loader, "exec_module", None)
        if loader is None or run is None:
            return

        def exec_module(module: ModuleType) -> None:
            vars(loader).pop("exec_module", None)
            run(module)
            self._arrived(module)

        vars(loader)["exec_module"] = exec_module
