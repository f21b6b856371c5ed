"""The options of ``fakebroker serve``, and how each value is read."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator
from contextlib import suppress

from fakebroker.liberties import chooser_of

UNITS = {"": 1, "k": 1024, "m": 1024**2, "g": 1024**3}
"""Octets by the last letter of a size."""

LONGEST = 2_147_483
"""The most seconds that a system call waits: poll counts milliseconds in 32 bits."""

FLAWS = ("untrusted", "expired", "wrong-host", "cut", "too-old")
"""The TLS failures that the command line can ask for."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of ``fakebroker serve``."""
    _add_place(parser)
    _add_content(parser)
    _add_tls(parser)


def _add_place(parser: argparse.ArgumentParser) -> None:
    place = parser.add_argument_group("where")
    place.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    place.add_argument(
        "--port", type=port_number, default=0, help="port to listen on; 0, the default, takes one that is free"
    )
    place.add_argument(
        "--port-file", metavar="FILE", help="write the port's number to this file when it can be connected to"
    )
    place.add_argument(
        "--control-port",
        type=port_number,
        metavar="PORT",
        help="serve HTTP too, RabbitMQ's management API and the control of the broker, on this port of the same host; "
        "0 takes one that is free, and the log tells which",
    )
    place.add_argument(
        "--control-name",
        action="append",
        default=[],
        metavar="NAME",
        help="a host name, beside localhost and IP addresses, by which HTTP clients may call the broker; "
        "can be given more than once",
    )


def _add_content(parser: argparse.ArgumentParser) -> None:
    content = parser.add_argument_group("what")
    content.add_argument(
        "--seed",
        type=whole_number,
        default=os.environ.get("FAKEBROKER_SEED") or "0",
        metavar="N",
        help="where names that the broker makes up come from (default: FAKEBROKER_SEED in the environment, else 0)",
    )
    _add_liberties(content)
    add_users(content)
    content.add_argument("--faults", metavar="FILE", help="rules in JSON: what goes wrong, and when")
    content.add_argument("--journal", metavar="FILE", help="record what is said, for `fakebroker transcript FILE`")
    _add_ledger(content)
    content.add_argument(
        "--loopback-user",
        action="append",
        default=[],
        metavar="NAME",
        help="let this user in from this machine only, as RabbitMQ does with guest; can be given more than once",
    )
    content.add_argument(
        "--max-connections",
        type=count,
        metavar="N",
        help="refuse more open connections to a vhost than this, with 530 as RabbitMQ does",
    )
    content.add_argument(
        "--max-memory",
        type=size,
        metavar="SIZE",
        help="block publishers while messages and the like take more memory than this, such as 64M, as RabbitMQ's "
        "memory alarm does; and keep less of the journal",
    )


def _add_ledger(content: argparse._ArgumentGroup) -> None:
    content.add_argument(
        "--ledger",
        action="store_true",
        help="keep a ledger of what becomes of each message: GET /fakebroker/ledger at the control port",
    )
    content.add_argument(
        "--tell-verdicts", action="store_true", help="keep a ledger; tell in the log at the end what clients did wrong"
    )


def _add_liberties(content: argparse._ArgumentGroup) -> None:
    content.add_argument(
        "--liberties",
        type=liberties,
        default=os.environ.get("FAKEBROKER_LIBERTIES") or None,
        metavar="SEED",
        help="where a RabbitMQ may do this or that, it is done as this seed says, or a list of choices such as "
        "channels.3=1; 17:confirms,reads takes these liberties alone (default: FAKEBROKER_LIBERTIES in the "
        "environment, else the same order each time)",
    )


def add_users(content: argparse._ArgumentGroup) -> None:
    """Declare the options that say who and what is there from the beginning."""
    content.add_argument(
        "--user",
        type=user,
        metavar="NAME:PASSWORD",
        help="who is there from the beginning, and may do everything, instead of guest:guest (default: "
        "RABBITMQ_DEFAULT_USER and RABBITMQ_DEFAULT_PASS in the environment)",
    )
    content.add_argument(
        "--vhost",
        metavar="NAME",
        help="the vhost that is there from the beginning (default: RABBITMQ_DEFAULT_VHOST in the environment, else /)",
    )
    content.add_argument(
        "--definitions",
        metavar="FILE",
        help="users, vhosts, queues and so on, as RabbitMQ exports them in JSON; there are no others then, not even "
        "guest and /",
    )
    content.add_argument(
        "--strict-definitions",
        action="store_true",
        help="refuse definitions of which RabbitMQ would pass over a part, such as a binding to what is not there",
    )
    content.add_argument(
        "--url-user",
        metavar="NAME",
        help="whom the URL names (default: the first user of the definitions who can log in)",
    )


def _add_tls(parser: argparse.ArgumentParser) -> None:
    tls = parser.add_argument_group("TLS", "These need trustme: pip install 'fakebroker[tls]'")
    tls.add_argument(
        "--tls", action="store_true", help="speak TLS, with a certificate of an authority made for this run"
    )
    tls.add_argument(
        "--tls-folder",
        metavar="DIR",
        help="write ca.pem, which clients shall trust, and client.pem, a client's certificate and key, to this folder",
    )
    tls.add_argument(
        "--tls-client",
        metavar="NAME",
        help="whose certificate client.pem is (default: guest); EXTERNAL authentication makes it the user",
    )
    tls.add_argument(
        "--tls-verify", action="store_true", help="ask for client certificates, offer EXTERNAL, and refuse a wrong one"
    )
    tls.add_argument(
        "--tls-flaw", choices=FLAWS, metavar="FLAW", help=f"what is wrong with every handshake: {', '.join(FLAWS)}"
    )


NEEDS = {
    "--tls-folder": ("--tls",),
    "--tls-client": ("--tls-folder",),
    "--tls-verify": ("--tls",),
    "--tls-flaw": ("--tls",),
    "--control-name": ("--control-port", "--tls"),
    "--strict-definitions": ("--definitions",),
    "--url-user": ("--definitions",),
    "--ledger": ("--control-port",),
}
"""Options that need another one: each with those of which one must be given."""

EXCLUDES = {"--user": "--definitions", "--vhost": "--definitions"}
"""Options that exclude each other."""


def without_effect(options: argparse.Namespace) -> Iterator[str]:
    """One line for each option that would have no effect."""

    def given(option: str) -> bool:
        value = getattr(options, option[2:].replace("-", "_"))
        return value is not None and value is not False and value != []

    for option, needed in NEEDS.items():
        if given(option) and not any(map(given, needed)):
            yield f"{option} has no effect without {' or '.join(needed)}"
    for option, other in EXCLUDES.items():
        if given(option) and given(other):
            yield f"{option} has no effect beside {other}, which says who and what is there"


def whole_number(text: str) -> int:
    """A whole number; it may be negative."""
    try:
        return int(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number") from None


def liberties(text: str) -> str:
    """A seed, or a list of choices."""
    try:
        chooser_of(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error).partition(": ")[2]) from None
    return text


def user(text: str) -> str:
    """``NAME:PASSWORD``."""
    name, colon, password = text.partition(":")
    if not name or not colon or not password:
        raise argparse.ArgumentTypeError(f"{text!r} is not a name and a password such as app:secret")
    return text


def seconds(text: str) -> float:
    """A time in seconds, above 0."""
    with suppress(ValueError):
        if 0 < float(text) <= LONGEST:
            return float(text)
    raise argparse.ArgumentTypeError(f"{text!r} is not a number of seconds")


def port_number(text: str) -> int:
    """A TCP port, or 0 for any."""
    if text.isascii() and text.isdigit() and len(text) < 10 and int(text) <= 65535:
        return int(text)
    raise argparse.ArgumentTypeError(f"{text!r} is not a port: a number from 0 to 65535")


def count(text: str) -> int:
    """A whole number, from 0."""
    if text.isascii() and text.isdigit():
        return int(text)
    raise argparse.ArgumentTypeError(f"{text!r} is not a number from 0")


def size(text: str) -> int:
    """Octets: a number, or one with K, M or G."""
    number, unit = (text[:-1], text[-1:].lower()) if text[-1:].isalpha() else (text, "")
    if number.isascii() and number.isdigit() and unit in UNITS:
        return int(number) * UNITS[unit]
    raise argparse.ArgumentTypeError(f"{text!r} is not a size such as 1000000, 512K, 64M or 1G")
