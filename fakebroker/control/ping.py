"""Check that a broker answers: a health check for containers. The exit code is 0 if the broker answers the protocol
header with connection.start, else 1. With a user in the URL it is 0 only if that user can log in to the virtual host in
the URL.
"""

from __future__ import annotations

import argparse
import re
import socket
import struct
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

from fakebroker.control.command_error import CommandError
from fakebroker.control.options import seconds

SUMMARY = "ask a broker whether it answers; exit code 0 or 1"

HEADER = b"AMQP\x00\x00\x09\x01"
START, START_OK, TUNE, TUNE_OK, OPEN, OPEN_OK, CLOSE = (
    struct.pack(">HH", 10, method) for method in (10, 11, 30, 31, 40, 41, 50)
)
"""Class and method ids of the handshake's methods."""

PORTS = {"amqp": 5672, "amqps": 5671}
MOST = 2**20
"""The most octets of a frame: more is not AMQP."""


class PingTarget(NamedTuple):
    """What a URL names."""

    scheme: str
    host: str
    port: int
    user: str | None
    password: str
    vhost: str


class Stranger(Exception):
    """The peer answers, but does not speak AMQP."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of ``fakebroker ping``."""
    parser.add_argument(
        "url",
        nargs="?",
        default="amqp://127.0.0.1:5672",
        metavar="URL",
        help="where it should be, amqp:// or amqps://, and who shall be let in (default: %(default)s)",
    )
    parser.add_argument(
        "--timeout", type=seconds, default=5.0, metavar="SECONDS", help="how long to wait (default: %(default)s)"
    )


def run(options: argparse.Namespace) -> int:
    """Ask; returns 0, or raises when nobody answers or the login is refused."""
    target = _target(options.url)
    where = f"{target.host}:{target.port}"
    try:
        problem = _ask(target, options.timeout)
    except OSError as error:
        raise CommandError(f"{where}: {str(error.strerror or error).lower()}") from None
    except (Stranger, struct.error):
        raise CommandError(f"{where}: what answers is no AMQP 0-9-1 broker") from None
    if problem is not None:
        raise CommandError(f"{where}: {problem}")
    return 0


def _target(url: str) -> PingTarget:
    try:
        parts = urlsplit(url)
        port = parts.port
        (parts.hostname or "").encode("idna")  # raises for what can't be looked up, such as a..b
    except ValueError:
        parts, port = urlsplit(""), None
    if parts.scheme not in PORTS or not parts.hostname:
        shown = re.sub(r"(//[^:@]*):.*@", r"\1:...@", url)  # the password may end up in a CI log
        raise CommandError(f"{shown!r} is not a URL such as amqp://127.0.0.1:5672", 2)
    user = None if parts.username is None else unquote(parts.username)
    vhost = unquote(parts.path[1:]) or "/"
    return PingTarget(
        parts.scheme, parts.hostname, port or PORTS[parts.scheme], user, unquote(parts.password or ""), vhost
    )


def _ask(target: PingTarget, timeout: float) -> str | None:
    """Why the broker refuses; None when it does not."""
    with socket.create_connection((target.host, target.port), timeout) as plain:
        if target.scheme == "amqp":
            return _greet(plain, target)
        import ssl

        # The question is whether the broker answers, not whether it can be trusted.
        context = ssl.create_default_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        with context.wrap_socket(plain, server_hostname=target.host) as secured:
            return _greet(secured, target)


def _greet(connection: socket.socket, target: PingTarget) -> str | None:
    connection.sendall(HEADER)
    if _method(connection)[:4] != START:
        raise Stranger
    return None if target.user is None else _log_in(connection, target)


def _log_in(connection: socket.socket, target: PingTarget) -> str | None:
    """Authenticate and open the virtual host, with the capability that makes the broker tell why it refuses."""
    refused = f"{target.user!r} is not let in"
    _say(connection, START_OK + _introduction(target))
    answer = _method(connection)
    if answer[:4] == TUNE:
        _say(connection, TUNE_OK + answer[4:12])
        _say(connection, OPEN + _short(target.vhost) + b"\0\0")
        answer = _method(connection)
    if answer[:4] == OPEN_OK:
        _say(connection, CLOSE + struct.pack(">H", 200) + _short("") + bytes(4))
        return None
    if answer[:4] == CLOSE:
        code, length = struct.unpack_from(">HB", answer, 4)
        return f"{refused}: {code} {answer[7 : 7 + length].decode('utf-8', 'replace')}"
    return f"{refused}: the broker hung up" if not answer else f"{refused}: the broker wants something else"


def _introduction(target: PingTarget) -> bytes:
    capabilities = _short("authentication_failure_close") + b"t\1"
    properties = _short("capabilities") + b"F" + _long(capabilities)
    response = f"\0{target.user}\0{target.password}".encode()
    return _long(properties) + _short("PLAIN") + _long(response) + _short("en_US")


def _short(text: str) -> bytes:
    octets = text.encode()[:255]
    return bytes([len(octets)]) + octets


def _long(octets: bytes) -> bytes:
    return struct.pack(">I", len(octets)) + octets


def _say(connection: socket.socket, method: bytes) -> None:
    connection.sendall(b"\1\0\0" + _long(method) + b"\xce")


def _method(connection: socket.socket) -> bytes:
    """The payload of the next method frame; empty when the broker hangs up instead."""
    head = _read(connection, 7)
    if not head:
        return b""
    kind, _, size = struct.unpack(">BHI", head.ljust(7, b"\0"))
    if kind != 1 or size > MOST:
        raise Stranger
    return _read(connection, size + 1)[:-1]


def _read(connection: socket.socket, size: int) -> bytes:
    octets = b""
    while len(octets) < size and (more := connection.recv(size - len(octets))):
        octets += more
    return octets
