"""Where in this process a function is held: by which modules, classes, default arguments and closures.

The modules are read once, and again when they have changed, so that a block costs little when it is entered.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from operator import is_
from types import BuiltinFunctionType, CellType, FunctionType, MethodType
from typing import NamedTuple, Protocol

LEFT_ALONE = (
    "_pytest pytest pluggy xdist execnet pytest_asyncio pytest_timeout unittest twisted.trial coverage hypothesis "
    "fakebroker faulthandler pydevd _pydev_bundle _pydevd_bundle debugpy pdb bdb cProfile profile"
).split()
"""Modules that time and watch the tests, and fakebroker's own: they keep the real functions, with all below them."""


Function = Callable[..., object]
"""Whatever is called: a function of C or of Python, a bound method, a class."""


Key = int | tuple[int, object]
BOUND = (BuiltinFunctionType, MethodType)


def key_of(value: object) -> Key:
    """What two things have in common that are the same function. A class's method is another object each time that
    it is taken from the class."""
    if isinstance(value, BOUND) and isinstance(value.__self__, type):
        return id(value.__self__), value.__func__ if isinstance(value, MethodType) else value.__name__
    return id(value)


class Site(Protocol):
    """One place that holds a function."""

    def get(self) -> object:
        """What it holds."""

    def put(self, value: object) -> None:
        """Let it hold something else."""


class InDict(NamedTuple):
    """A name of a module, a keyword's default, or a global of a function that was compiled by itself."""

    names: dict[str, object]
    name: str

    def get(self) -> object:
        return self.names.get(self.name)

    def put(self, value: object) -> None:
        self.names[self.name] = value


class InClass(NamedTuple):
    """An attribute of a class."""

    owner: type
    name: str
    static: bool
    """Whether the function lies in a ``staticmethod``."""

    def get(self) -> object:
        value = vars(self.owner).get(self.name)
        return value.__func__ if isinstance(value, staticmethod) else value

    def put(self, value: object) -> None:
        if self.static and callable(value):
            value = staticmethod(value)
        type.__setattr__(self.owner, self.name, value)


class InDefaults(NamedTuple):
    """A default argument."""

    function: FunctionType
    position: int

    def get(self) -> object:
        defaults = self.function.__defaults__ or ()
        return defaults[self.position] if self.position < len(defaults) else None

    def put(self, value: object) -> None:
        defaults = list(self.function.__defaults__ or ())
        defaults[self.position] = value
        self.function.__defaults__ = tuple(defaults)  # type: ignore[misc]  # typeshed has it as read-only


class InCell(NamedTuple):
    """A variable of an outer function: what a decorator or a dataclass's ``__init__`` was given."""

    cell: CellType

    def get(self) -> object:
        return _content(self.cell)

    def put(self, value: object) -> None:
        self.cell.cell_contents = value


class InField(NamedTuple):
    """The default of a dataclass's field."""

    field: object
    name: str

    def get(self) -> object:
        return getattr(self.field, self.name)

    def put(self, value: object) -> None:
        setattr(self.field, self.name, value)


class _Known:
    """What was found in one module."""

    def __init__(
        self, module: object, name: str, names: dict[str, object], sites: Sequence[tuple[object, Site]] = ()
    ) -> None:
        self.module = module
        self.name = name
        self.names = names
        self.size = len(names)
        self.sites = sites


class Index:
    """The sites of some functions in all modules that are loaded."""

    def __init__(self) -> None:
        self.sites: list[tuple[object, Site]] = []
        """Which function, and where."""
        self._wanted: dict[Key, object] = {}
        self._standing_in: dict[Key, object] = {}
        self._modules: tuple[object, ...] = ()
        self._known: list[_Known] = []
        self._names: list[dict[str, object]] = []
        self._sizes: list[int] = []
        self._places: dict[int, int] = {}

    def look_for(self, pairs: list[tuple[object, object]]) -> None:
        """Look for functions. Where one is new, all modules are read again.

        :param pairs: each function, and what stands for it meanwhile: a module that is imported meanwhile holds that.
        """
        if any(key_of(old) not in self._wanted for old, _ in pairs):
            self._modules, self._known = (), []
        self._wanted.update((key_of(old), old) for old, _ in pairs)
        self._standing_in.update((key_of(new), old) for old, new in pairs)

    def forget(self, functions: list[object]) -> None:
        """These stand for others no more."""
        for each in functions:
            self._standing_in.pop(key_of(each), None)

    def refresh(self) -> None:
        """Read the modules that have come, and those that have got more or fewer names."""
        modules = tuple(sys.modules.values())
        if len(modules) != len(self._modules) or not all(map(is_, modules, self._modules)):
            self._read_new()
            self._modules = modules
        elif list(map(len, self._names)) != self._sizes:
            self._known = [each if each.size == len(each.names) else self._read(each) for each in self._known]
        else:
            return
        self._names = [known.names for known in self._known]
        self._sizes = [known.size for known in self._known]
        self._places = {id(known.module): place for place, known in enumerate(self._known)}
        self.sites = [site for known in self._known for site in known.sites]

    def expect(self, module: object, more: int) -> None:
        """A module has so many more names, which hold nothing that is looked for: it need not be read again."""
        place = self._places.get(id(module))
        if place is not None and self._known[place].module is module:
            self._sizes[place] += more
            self._known[place].size += more

    def _read_new(self) -> None:
        before = {id(known.module): known for known in self._known}
        self._known = []
        for name, module in list(sys.modules.items()):
            names = getattr(module, "__dict__", None)
            if isinstance(names, dict) and not is_left_alone(name):
                known = before.get(id(module))
                if known is None or known.size != len(names):
                    known = self._read(_Known(module, name, names))
                self._known.append(known)

    def _read(self, known: _Known) -> _Known:
        wanted = {**self._wanted, **self._standing_in}
        return _Known(known.module, known.name, known.names, list(_Scan(wanted).module(known.name, known.names)))


@cache
def is_left_alone(name: str) -> bool:
    """Whether a module keeps the real functions."""
    return any(name == each or name.startswith(each + ".") for each in LEFT_ALONE)


class _Scan:
    """Reads one module.

    :param wanted: what is looked for, by the key of what may be met there.
    """

    def __init__(self, wanted: Mapping[Key, object]) -> None:
        self._wanted = wanted
        self._seen: dict[int, object] = {}

    def module(self, module: str, names: dict[str, object]) -> Iterator[tuple[object, Site]]:
        for name, value in list(names.items()):
            yield from self._held(value, lambda name=name: InDict(names, name))  # type: ignore[misc]
            yield from self._inside(value, module, names)

    def _held(self, value: object, site: Callable[[], Site]) -> Iterator[tuple[object, Site]]:
        found = self._wanted.get(id(value))
        if found is None and type(value) in BOUND:
            found = self._wanted.get(key_of(value))
        if found is not None:
            yield found, site()

    def _inside(self, value: object, module: str, names: dict[str, object]) -> Iterator[tuple[object, Site]]:
        """What functions and classes of this module hold."""
        if isinstance(value, (staticmethod, classmethod)):
            value = value.__func__
        if isinstance(value, FunctionType):
            if value.__globals__ is names or value.__module__ == module or value.__closure__:
                yield from self._function(value, names)
        elif isinstance(value, type) and value.__dict__.get("__module__") == module and self._is_new(value):
            yield from self._class(value, module, names)

    def _is_new(self, value: object) -> bool:
        new = id(value) not in self._seen
        self._seen[id(value)] = value
        return new

    def _function(self, function: FunctionType, names: dict[str, object]) -> Iterator[tuple[object, Site]]:
        own = function.__globals__
        if not self._is_new(function) or is_left_alone(str(own.get("__name__"))):  # such as what stands for another
            return
        for position, value in enumerate(function.__defaults__ or ()):
            yield from self._held(value, lambda position=position: InDefaults(function, position))  # type: ignore[misc]
        keywords = function.__kwdefaults__ or {}
        for name, value in keywords.items():
            yield from self._held(value, lambda name=name: InDict(keywords, name))  # type: ignore[misc]
        for cell in function.__closure__ or ():
            value = _content(cell)
            yield from self._held(value, lambda cell=cell: InCell(cell))  # type: ignore[misc]
            if isinstance(value, FunctionType):
                yield from self._function(value, names)
        if own is not names and "__name__" not in own and self._is_new(own):  # compiled by itself, as attrs does
            for name, value in list(own.items()):
                yield from self._held(value, lambda name=name: InDict(own, name))  # type: ignore[misc]

    def _class(self, owner: type, module: str, names: dict[str, object]) -> Iterator[tuple[object, Site]]:
        for name, value in list(vars(owner).items()):
            static = isinstance(value, staticmethod)
            held = value.__func__ if static else value
            yield from self._held(held, lambda name=name, static=static: InClass(owner, name, static))  # type: ignore[misc]
            yield from self._inside(value, module, names)
        for field in vars(owner).get("__dataclass_fields__", {}).values():
            for name in ("default", "default_factory"):
                held = getattr(field, name, None)
                yield from self._held(held, lambda field=field, name=name: InField(field, name))  # type: ignore[misc]


def _content(cell: CellType) -> object:
    try:
        return cell.cell_contents
    except ValueError:  # it is empty
        return None
