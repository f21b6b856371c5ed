"""The names of brokers, which no name server is asked for.

``localhost`` is 127.0.0.1, or ::1 for whoever wants IPv6. A broker with another name gets an address of its own, from
those that are kept for tests of networks (RFC 2544): 198.18.0.1 the first.
"""

from __future__ import annotations

import functools
import socket
from collections.abc import Callable
from typing import Any

from fakebroker.testing.virtual.network import LOOPBACK, Network
from fakebroker.testing.virtual.patches import Patches
from fakebroker.testing.virtual.simulation import current

Function = Callable[..., Any]


def install_names(patches: Patches) -> None:
    """Let those who look up a broker's name find its address."""
    for original, replacement in (
        (socket.getaddrinfo, getaddrinfo),
        (socket.gethostbyname, gethostbyname),
        (socket.gethostbyname_ex, gethostbyname_ex),
        (socket.gethostbyaddr, gethostbyaddr),
    ):
        patches.everywhere(original, replacement)


def _known(host: object) -> Network | None:
    """The network that a broker of this name is in."""
    simulation = current()
    return simulation.network if simulation is not None and simulation.network.knows(host) else None


_getaddrinfo = socket.getaddrinfo
_gethostbyname = socket.gethostbyname
_gethostbyname_ex = socket.gethostbyname_ex
_gethostbyaddr = socket.gethostbyaddr


@functools.wraps(_getaddrinfo)
def getaddrinfo(host: Any, port: Any, family: int = 0, type: int = 0, proto: int = 0, flags: int = 0) -> Any:
    network = _known(host)
    if network is None or flags & socket.AI_NUMERICHOST or type not in (0, socket.SOCK_STREAM):
        return _getaddrinfo(host, port, family, type, proto, flags)
    numeric = network.numeric(host, family == socket.AF_INET6)
    name = _text(host) if flags & socket.AI_CANONNAME else ""
    found = _getaddrinfo(numeric, port, family, socket.SOCK_STREAM, proto, flags & ~socket.AI_CANONNAME)
    return [(*entry[:3], name, entry[4]) for entry in found]


@functools.wraps(_gethostbyname)
def gethostbyname(host: Any, /) -> str:
    network = _known(host)
    return _gethostbyname(host) if network is None else network.numeric(host)


@functools.wraps(_gethostbyname_ex)
def gethostbyname_ex(host: Any, /) -> tuple[str, list[str], list[str]]:
    network = _known(host)
    return _gethostbyname_ex(host) if network is None else (_text(host), [], [network.numeric(host)])


@functools.wraps(_gethostbyaddr)
def gethostbyaddr(host: Any, /) -> tuple[str, list[str], list[str]]:
    network = _known(host)
    if network is None:
        return _gethostbyaddr(host)
    name = "localhost" if _text(host) in LOOPBACK else network.name(host)
    return name, [], [network.numeric(host)]


def _text(host: str | bytes) -> str:
    return host.decode("ascii", "replace") if isinstance(host, bytes) else host
