"""Replaces functions and attributes in this process, and puts them back."""

from __future__ import annotations

import ctypes
import gc
from collections.abc import Callable
from types import FunctionType, MethodType
from typing import Any

from fakebroker.testing.virtual.finishing import finish
from fakebroker.testing.virtual.sites import Function, Index, Site

_MISSING = object()
_index = Index()


class Patches:
    """Replaces attributes and functions, and puts back what was there.

    Whatever is put in asks ``current()`` who calls: in a thread that takes part in no simulation it does what the
    original does. So does a reference to it that somebody keeps when all was put back.
    """

    def __init__(self) -> None:
        self._attributes: list[tuple[object, str, object]] = []
        self._everywhere: dict[int, tuple[object, object]] = {}
        self._afterwards: list[Callable[[], object]] = []
        self._applied = False

    def attribute(self, owner: object, name: str, new: object) -> None:
        """Replace one attribute of a module or of a class, at once. A class meets it through all its subclasses and
        instances, those that were made before too. The class may be one of C."""
        self._attributes.append((owner, name, vars(owner).get(name, _MISSING)))
        _set(owner, name, new)
        if self._attributes[-1][2] is _MISSING:
            _index.expect(owner, 1)

    def entry(self, entries: list[Any], new: object) -> None:
        """Put something at the front of a list, at once. At the end it is taken out again, wherever it is by then."""
        # First: who is interrupted between the two leaves nothing in the list.
        self.afterwards(lambda: entries.remove(new) if new in entries else None)
        entries.insert(0, new)

    def afterwards(self, step: Callable[[], object]) -> None:
        """Take a step when everything is put back. It may be taken twice, where the first is interrupted."""
        self._afterwards.append(step)

    def everywhere(self, old: Function, new: Function) -> None:
        """Replace a function or a class wherever a module has it: ``time.sleep``, and ``sleep`` of each module that
        did ``from time import sleep``, now or while the block runs. So with default arguments, attributes of classes
        and dataclasses, and variables of outer functions.

        Nothing happens before :meth:`apply`.
        """
        if isinstance(new, FunctionType) and not isinstance(old, FunctionType):
            new = MethodType(_call, new)  # a builtin that is an attribute of a class is no method of it; nor is this
        self._everywhere[id(old)] = (old, new)
        if self._applied:
            self._put([old])

    def apply(self) -> None:
        """Put in what :meth:`everywhere` was given."""
        self._applied = True
        self._put([old for old, _ in self._everywhere.values()])

    def _put(self, functions: list[object]) -> None:
        _index.look_for([self._everywhere[id(each)] for each in functions])
        _index.refresh()
        wanted = set(map(id, functions))
        for old, site in _index.sites:
            if id(old) in wanted:
                site.put(self._everywhere[id(old)][1])

    def undo(self) -> None:
        """Put everything back, the last first. It goes on to the end when it is interrupted. In modules that were
        imported meanwhile it puts the originals."""
        finish(self._undo_attributes, self._undo_everywhere, *self._afterwards, self._afterwards.clear)

    def _undo_attributes(self) -> None:
        while self._attributes:
            owner, name, old = self._attributes[-1]
            if old is not _MISSING:
                _set(owner, name, old)
            elif name in vars(owner):
                delattr(owner, name)
                _index.expect(owner, -1)
            self._attributes.pop()

    def _undo_everywhere(self) -> None:
        if self._everywhere:
            _index.refresh()
            for old, site in _index.sites:
                if id(old) in self._everywhere:
                    _put_back(site, *self._everywhere[id(old)])
            _index.forget([new for _, new in self._everywhere.values()])
            self._everywhere.clear()
        self._applied = False


def _put_back(site: Site, old: object, new: object) -> None:
    held = site.get()
    # What is another thing by now was replaced by somebody else, who will put it back himself.
    if held is new or (type(held) is MethodType and held == new):
        site.put(old)


def _set(owner: object, name: str, value: object) -> None:
    """``setattr``, for classes of C too."""
    try:
        setattr(owner, name, value)
    except TypeError:
        if not isinstance(owner, type):
            raise
        # vars(owner) shows its names, and lets nobody write them; it refers to nothing but the dict that it shows.
        [names] = gc.get_referents(vars(owner))
        names[name] = value
        ctypes.pythonapi.PyType_Modified(ctypes.py_object(owner))  # let the interpreter forget what it has looked up


def _call(function: Function, *args: object, **kwargs: object) -> object:
    return function(*args, **kwargs)
