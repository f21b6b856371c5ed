"""Ask a broker whether it is there: a health check for containers.

Exit code 0 if it answers AMQP's first octets with connection.start, 1 if not.
"""

from __future__ import annotations

import argparse
import socket
from urllib.parse import urlsplit

from fakebroker.control.errors import CommandError

SUMMARY = "ask a broker whether it answers; exit code 0 or 1"

HEADER = b"AMQP\x00\x00\x09\x01"
START = b"\x00\x0a\x00\x0a"
"""Class and method of ``connection.start``."""

PORTS = {"amqp": 5672, "amqps": 5671}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of ``fakebroker ping``."""
    parser.add_argument(
        "url",
        nargs="?",
        default="amqp://127.0.0.1:5672",
        metavar="URL",
        help="where it should be, amqp:// or amqps:// (default: %(default)s)",
    )
    parser.add_argument(
        "--timeout", type=float, default=5.0, metavar="SECONDS", help="how long to wait (default: %(default)s)"
    )


def run(options: argparse.Namespace) -> int:
    """Ask; returns 0, or raises when nobody answers."""
    scheme, host, port = _parts(options.url)
    try:
        answer = _ask(scheme, host, port, options.timeout)
    except OSError as error:
        raise CommandError(f"{host}:{port}: {str(error.strerror or error).lower()}") from None
    if answer[:1] != b"\x01" or answer[7:] != START:
        raise CommandError(f"{host}:{port}: what answers is no AMQP 0-9-1 broker")
    return 0


def _parts(url: str) -> tuple[str, str, int]:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        parts, port = urlsplit(""), None
    if parts.scheme not in PORTS or not parts.hostname:
        raise CommandError(f"{url!r} is not a URL such as amqp://127.0.0.1:5672", 2)
    return parts.scheme, parts.hostname, port or PORTS[parts.scheme]


def _ask(scheme: str, host: str, port: int, seconds: float) -> bytes:
    """The first eleven octets of the answer."""
    with socket.create_connection((host, port), seconds) as plain:
        if scheme == "amqp":
            return _greet(plain)
        import ssl

        # Whether it is there is asked, not whether it is to be trusted.
        context = ssl.create_default_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        with context.wrap_socket(plain, server_hostname=host) as secured:
            return _greet(secured)


def _greet(connection: socket.socket) -> bytes:
    connection.sendall(HEADER)
    answer = b""
    while len(answer) < 11 and (more := connection.recv(11 - len(answer))):
        answer += more
    return answer
