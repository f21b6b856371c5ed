"""What a process is like: every name of some modules, of their classes, and every default argument."""

from __future__ import annotations

import sys
from types import FunctionType, ModuleType

STANDARD = (
    "asyncio _thread _socket builtins concurrent.futures datetime logging multiprocessing os posix queue random "
    "secrets select selectors signal socket ssl subprocess sys tempfile threading time uuid"
).split()
CLIENTS = "aio_pika aiormq amqp amqpstorm billiard celery kombu pamqp pika txamqp vine".split()

Snapshot = dict[tuple[str, ...], object]


def snapshot() -> Snapshot:
    """All that a block may replace. Each thing by its way there."""
    found: Snapshot = {("sys", "meta_path"): tuple(sys.meta_path)}
    for name, module in sorted(sys.modules.items()):
        top = name.partition(".")[0]
        if isinstance(module, ModuleType) and (name in STANDARD or top in ("asyncio", *CLIENTS)):
            for key, value in list(vars(module).items()):
                found[name, key] = value
                _look_inside(found, (name, key), value)
    return found


def _look_inside(found: Snapshot, way: tuple[str, ...], value: object) -> None:
    if isinstance(value, (staticmethod, classmethod)):
        value = value.__func__
        found.update({(*way, "function"): value})
    if isinstance(value, FunctionType):
        defaults = (*(value.__defaults__ or ()), *(value.__kwdefaults__ or {}).values())
        found.update({(*way, f"default {number}"): default for number, default in enumerate(defaults)})
        found.update({(*way, f"cell {number}"): _content(cell) for number, cell in enumerate(value.__closure__ or ())})
    elif isinstance(value, type) and len(way) < 5:
        for key, member in list(vars(value).items()):
            if key not in ("__dict__", "__weakref__"):
                found.update({(*way, key): member})
                _look_inside(found, (*way, key), member)


def _content(cell):
    try:
        return cell.cell_contents
    except ValueError:
        return None


def changes(before: Snapshot, after: Snapshot) -> list[str]:
    """What is another thing than before, or has gone, or has come from fakebroker. Clients import what they need when
    they need it: other names that have come do not count."""
    changed = [way for way, thing in before.items() if after.get(way) is not thing and after.get(way) != thing]
    come = [way for way, thing in after.items() if way not in before and is_ours(thing)]
    return sorted(".".join(way) for way in changed + come)


def is_ours(thing: object) -> bool:
    """Whether fakebroker has made a thing."""
    return str(getattr(thing, "__module__", "")).startswith("fakebroker.")
