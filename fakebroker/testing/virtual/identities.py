"""What clients tell of the process that they run in: its number, its host, how busy it is, addresses of objects.

These differ from run to run. Where a client is known to send them, or to put things in their order, a block has others,
which are the same in each run. ``os.getpid`` is the real one for everybody else.
"""

from __future__ import annotations

import os
import socket
import sys
import threading
import uuid
from collections.abc import Callable
from functools import wraps
from types import ModuleType

from fakebroker.testing.virtual.arrivals import Arrivals
from fakebroker.testing.virtual.chance import chance_of
from fakebroker.testing.virtual.ordered_set import OrderedSet
from fakebroker.testing.virtual.patches import Patches
from fakebroker.testing.virtual.simulation import current
from fakebroker.testing.virtual.sites import Function

PROCESS = 1
"""The number of the process, for those that tell it to the broker."""

HOST = "localhost"
"""The name of this machine."""

TELL_THE_PROCESS = frozenset(
    """
    celery.app.trace celery.concurrency.base celery.concurrency.solo celery.concurrency.thread celery.events.dispatcher
    celery.utils.nodenames celery.worker.consumer.consumer celery.worker.worker kombu.common
    oslo_messaging._drivers.impl_rabbit oslo_messaging._drivers.amqpdriver oslo_messaging._drivers.common
    """.split()
)
"""The modules of clients that send the number of their process."""

UNORDERED = """
    aio_pika.queue aio_pika.robust_channel aio_pika.tools aiormq.base aiormq.channel celery.events.dispatcher
    celery.worker.consumer.consumer celery.worker.consumer.gossip kombu.asynchronous.hub
    """.split()
"""The modules of clients that walk over a set, and so do things in the order of addresses."""


def install_identities(patches: Patches) -> None:
    """Let clients tell what is the same in each run."""
    for real, replacement in REPLACED:
        patches.everywhere(real, replacement)
    for name in CLIENTS:
        if isinstance(sys.modules.get(name), ModuleType):
            CLIENTS[name](sys.modules[name], patches)
    patches.entry(sys.meta_path, Arrivals(CLIENTS, lambda module: CLIENTS[module.__name__](module, patches)))


def _getpid(real: Callable[[], int]) -> Function:
    @wraps(real)
    def getpid() -> int:
        tells = current() is not None and _caller() in TELL_THE_PROCESS
        return PROCESS if tells else real()

    return getpid


def _caller() -> object:
    """The module that has called a function that was replaced."""
    frame = sys._getframe(2)
    while frame.f_back is not None and str(frame.f_globals.get("__name__")).startswith("fakebroker."):
        frame = frame.f_back
    return frame.f_globals.get("__name__")


def _constant(real: Callable[[], object], value: object) -> Function:
    @wraps(real)
    def constant() -> object:
        return real() if current() is None else value

    return constant


REPLACED: tuple[tuple[Function, Function], ...] = (
    (os.getpid, _getpid(os.getpid)),
    (socket.gethostname, _constant(socket.gethostname, HOST)),
    *([(os.getloadavg, _constant(os.getloadavg, (0.0, 0.0, 0.0)))] if hasattr(os, "getloadavg") else []),
)


def number(thing: object) -> int:
    """What stands for ``id``: things are numbered as they are asked about."""
    simulation = current()
    return id(thing) if simulation is None else chance_of(simulation).number(thing)


def _kombu_common(module: ModuleType, patches: Patches) -> None:
    real = module.generate_oid

    def generate_oid(node_id: int, process_id: int, thread_id: int, instance: object) -> object:
        if current() is None:
            return real(node_id, process_id, thread_id, instance)
        thread = number(threading.current_thread()) if thread_id else 0
        return str(uuid.uuid3(uuid.NAMESPACE_OID, f"{node_id:x}-{process_id:x}-{thread:x}-{number(instance):x}"))

    patches.attribute(module, "generate_oid", generate_oid)
    patches.attribute(module, "_node_id", None)


def _addresses(module: ModuleType, patches: Patches) -> None:
    patches.attribute(module, "id", number)


def _sets(module: ModuleType, patches: Patches) -> None:
    patches.attribute(module, "set", OrderedSet)


def _celery_steps(module: ModuleType, patches: Patches) -> None:
    """The parts of a worker lie in sets of names, whose order differs with PYTHONHASHSEED. They start in that order."""
    real = module.Blueprint.claim_steps

    @wraps(real)
    def claim_steps(self: object) -> dict[str, object]:
        steps = real(self)
        return steps if current() is None else dict(sorted(steps.items()))

    patches.attribute(module.Blueprint, "claim_steps", claim_steps)


def _celery_names(module: ModuleType, patches: Patches) -> None:
    """celery remembers the host's name."""
    module.gethostname.clear()
    patches.afterwards(module.gethostname.clear)


CLIENTS: dict[str, Callable[[ModuleType, Patches], None]] = {
    "kombu.common": _kombu_common,
    "kombu.asynchronous.timer": _addresses,
    "celery.bootsteps": _celery_steps,
    "celery.utils.nodenames": _celery_names,
    **dict.fromkeys(UNORDERED, _sets),
}
"""What is done to a module of a client, when a block begins or when it is imported in a block."""
