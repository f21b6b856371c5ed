"""Clients that wait in real time whatever is done: in C, or in Twisted's reactor. A broker in memory is out of their
reach, and when they try to reach it they are told so by name."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable
from typing import Any, NamedTuple

from fakebroker.testing.virtual.greenlets import refuse_greenlets
from fakebroker.testing.virtual.patches import Patches
from fakebroker.testing.virtual.simulation import current

Method = Callable[..., Any]

ELSEWHERE = (
    "Give Twisted's clients `broker.endpoint()` and `broker.clock`; for other code use `fakebroker.running()`, "
    "a broker that is reached over TCP"
)


class Unreachable(NamedTuple):
    """A method of a library that connects on ways of its own."""

    module: str
    owner: str
    method: str
    name: str
    """What it is called in an error."""

    address: Callable[..., Any]
    """Gives host and port of the method's arguments; None for what is neither."""


def _first(self: object, address: object = None, *args: object, **options: object) -> object:
    return address[:2] if isinstance(address, tuple) else None


def _second(self: object, first: object, host: object = None, port: object = None, *_: object, **__: object) -> object:
    return host, port


def _host_and_port(self: object, host: object = None, port: object = None, *_: object, **__: object) -> object:
    return host, port


def _of_the_object(self: object, *args: object) -> object:
    host, _, port = str(getattr(self, "host", None) or getattr(self, "hostname", None)).partition(":")
    return host, int(port or getattr(self, "port", None) or 5672)


UNREACHABLE = (
    Unreachable("twisted.internet.tcp", "Connector", "__init__", "Twisted's reactor", _host_and_port),
    Unreachable("uvloop", "Loop", "create_connection", "uvloop", _second),
    Unreachable("gevent.socket", "socket", "connect", "gevent", _first),
    Unreachable("gevent.socket", "socket", "connect_ex", "gevent", _first),
    Unreachable("eventlet.greenio.base", "GreenSocket", "connect", "eventlet", _first),
    Unreachable("eventlet.greenio.base", "GreenSocket", "connect_ex", "eventlet", _first),
    Unreachable("librabbitmq", "Connection", "connect", "librabbitmq", _of_the_object),
)


def install_foreign(patches: Patches) -> None:
    """Let those that cannot reach a broker in memory say so.

    :raises RuntimeError: when gevent or eventlet has put its own sockets in the place of Python's.
    """
    refuse_greenlets("sockets")
    for one in UNREACHABLE:
        owner = getattr(sys.modules.get(one.module), one.owner, None)
        if hasattr(owner, one.method):
            patches.attribute(owner, one.method, _refuses(one, getattr(owner, one.method)))
    base = sys.modules.get("twisted.internet.base")
    for owner in [getattr(base, name, None) for name in ("ReactorBase", "_SignalReactorMixin")]:
        if owner is not None and "run" in vars(owner):
            patches.attribute(owner, "run", _does_not_run(owner.run))


@functools.cache
def _refuses(one: Unreachable, original: Method) -> Method:
    @functools.wraps(original)
    def connect(self: object, *args: object, **options: object) -> object:
        simulation = current()
        address = None if simulation is None else one.address(self, *args, **options)
        if simulation is not None and address is not None and simulation.network.find(*address) is not None:
            where = f"{address[0]}:{address[1]}"
            raise RuntimeError(
                f"{one.name} waits in real time, and can't reach the broker in memory at {where}. {ELSEWHERE}"
            )
        return original(self, *args, **options)

    return connect


@functools.cache
def _does_not_run(original: Method) -> Method:
    @functools.wraps(original)
    def run(self: object, *args: object, **options: object) -> object:
        if current() is not None:
            raise RuntimeError(
                "Twisted's reactor waits in real time, and would wait for ever in a block of `fakebroker.memory()`, "
                f"where time moves in memory. {ELSEWHERE}"
            )
        return original(self, *args, **options)

    return run
