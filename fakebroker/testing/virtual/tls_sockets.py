"""TLS over blocking sockets in virtual time: methods of ``ssl.SSLSocket``, replaced in place.

OpenSSL waits in C. So it is asked never to wait, and what it lacks is waited for here.
"""

from __future__ import annotations

import functools
import ssl
from collections.abc import Callable
from typing import Any

from fakebroker.testing.virtual.patches import Patches
from fakebroker.testing.virtual.simulation import Simulation, current
from fakebroker.testing.virtual.waiting import readable, within, writable

Method = Callable[..., Any]


def install_tls(patches: Patches) -> None:
    """Let TLS sockets live in virtual time."""
    for name in ("do_handshake", "read", "write", "send", "unwrap"):
        patches.attribute(ssl.SSLSocket, name, _waits(getattr(ssl.SSLSocket, name)))


@functools.cache
def _waits(original: Method) -> Method:
    """The method, but what it would wait for in C is waited for in virtual time."""

    @functools.wraps(original)
    def method(self: ssl.SSLSocket, *args: object, **options: object) -> object:
        simulation = current()
        if simulation is None or self._sslobj is None:  # type: ignore[attr-defined]
            return original(self, *args, **options)
        timeout = self.gettimeout()
        if timeout == 0 and not options.get("block", args[:1] == (True,) and original.__name__ == "do_handshake"):
            simulation.turn()
            return _at_once(simulation, self, original, args, options)
        timeout = timeout or None
        left = within(simulation, timeout)
        while True:
            try:
                return _at_once(simulation, self, original, args, options)
            except ssl.SSLWantReadError:
                _wait(readable, simulation, self, left(), original.__name__)
            except ssl.SSLWantWriteError:
                _wait(writable, simulation, self, left(), original.__name__)

    return method


def _wait(
    wait: Callable[[Simulation, ssl.SSLSocket, float | None], None],
    simulation: Simulation,
    sock: ssl.SSLSocket,
    timeout: float | None,
    name: str,
) -> None:
    try:
        wait(simulation, sock, timeout)
    except TimeoutError:
        raise TimeoutError(TEXTS.get(name, "timed out")) from None


TEXTS = {
    "do_handshake": "The handshake operation timed out",
    "read": "The read operation timed out",
    "write": "The write operation timed out",
    "send": "The write operation timed out",
}


def _at_once(
    simulation: Simulation, sock: ssl.SSLSocket, original: Method, args: tuple[object, ...], options: dict[str, object]
) -> object:
    """Do what can be done without waiting, and let the broker have what was written."""
    timeout = sock.gettimeout()
    if timeout != 0:
        sock.settimeout(0)
    try:
        found = original(sock, *args, **options)
        if original.__name__ == "read":
            simulation.outside.answered(sock.fileno())
        return found
    finally:
        if timeout != 0 and sock.fileno() >= 0:
            sock.settimeout(timeout)
        pair = simulation.connections.find(sock.fileno())
        if pair is None:
            if original.__name__ != "read":
                simulation.outside.asked(sock.fileno())
        else:
            simulation.connections.written(pair)
            simulation.turn()
