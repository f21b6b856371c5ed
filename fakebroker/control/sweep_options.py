"""The options of ``fakebroker sweep``, and how each value is read."""

from __future__ import annotations

import argparse
import os
import shlex
from collections.abc import Callable, Iterator
from typing import Any

from fakebroker.control import options as serve_options
from fakebroker.control.options import count, port_number, seconds, whole_number

TIME_LIMIT, QUIET, HEARTBEAT = 60.0, 20.0, 2

ABOUT_THE_SEARCH = (
    *("faults", "only", "exhaustive", "pairs", "pairs_below", "liberties"),
    *("jobs", "json", "junit", "no_progress", "program"),
)
"""What the line that runs one case again leaves out."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of ``fakebroker sweep``."""
    parser.add_argument(
        "program",
        nargs="+",
        metavar="COMMAND",
        help="the program and its arguments, behind --; it finds the broker by AMQP_URL, or by AMQP_HOST, AMQP_PORT, "
        "AMQP_USER, AMQP_PASSWORD and AMQP_VHOST, in its environment",
    )
    _add_tried(parser)
    _add_run(parser)
    _add_failures(parser)
    _add_broker(parser)
    _add_told(parser)


def _add_tried(parser: argparse.ArgumentParser) -> None:
    tried = parser.add_argument_group("what is tried")
    tried.add_argument(
        "--faults",
        default="network,broker",
        metavar="NAMES",
        help="families (network, broker, protocol) and names of faults, with commas between; a - before one takes it "
        "away: network,-stall or --faults=-stall; all is every one (default: %(default)s)",
    )
    tried.add_argument(
        "--only",
        action="append",
        default=[],
        metavar="CASE",
        help="run this case alone, as a report names it: '2:out:basic.deliver:7 reset'; can be given more than once",
    )
    tried.add_argument(
        "--exhaustive",
        action="store_true",
        help="try all of a long row of crossings that are alike, and all that are like one that hung",
    )
    tried.add_argument(
        "--pairs", type=count, default=0, metavar="N", help="try so many pairs of faults too, drawn by the seed"
    )
    tried.add_argument(
        "--pairs-below", type=count, default=0, metavar="N", help="try all pairs of faults, if there are no more than N"
    )
    tried.add_argument(
        "--liberties", type=count, default=0, metavar="N", help="try so many runs too in which nothing goes wrong, but "
        "the broker takes the liberties that RabbitMQ may take, each by another seed"
    )  # fmt: skip
    tried.add_argument(
        "--seed",
        type=whole_number,
        default=os.environ.get("FAKEBROKER_SEED") or "0",
        metavar="N",
        help="which pairs are drawn, and what names the broker makes up (default: FAKEBROKER_SEED in the environment, "
        "else 0)",
    )


def _add_run(parser: argparse.ArgumentParser) -> None:
    run = parser.add_argument_group("how it is run")
    run.add_argument(
        "--jobs",
        type=_at_least_one,
        default=None,
        metavar="N",
        help="how many runs work at once (default: as many as there are processors). Those that only wait are not "
        "counted; with 1 there is never more than one",
    )
    run.add_argument(
        "--before",
        metavar="CMD",
        help="a command of the shell's that is run before COMMAND each time, such as one that declares queues; nothing "
        "goes wrong with it",
    )
    run.add_argument(
        "--healthy",
        metavar="CMD",
        help="a command of the shell's that is tried, before all others, until it succeeds",
    )
    run.add_argument(
        "--time-limit",
        type=seconds,
        default=TIME_LIMIT,
        metavar="SECONDS",
        help="how long a run may take (default: %(default)g, or three times what the run without a fault takes)",
    )
    run.add_argument(
        "--quiet",
        type=seconds,
        default=QUIET,
        metavar="SECONDS",
        help="a run hangs when for so long nothing but heartbeats passes, nothing is printed, and the broker has "
        "nothing to do (default: %(default)g, or three times the longest silence of the run without a fault)",
    )


def _add_failures(parser: argparse.ArgumentParser) -> None:
    failures = parser.add_argument_group("what is a failure")
    failures.add_argument(
        "--allow-exit",
        action="append",
        default=[],
        metavar="STATUS[:FAULT]",
        help="an exit status that is none, besides 0, or `any`; behind a colon the fault or the family for which it is "
        "none: 3:down; can be given more than once",
    )
    failures.add_argument(
        "--verdicts",
        metavar="NAMES",
        help="which verdicts on the client are failures: names with commas between; +NAME and -NAME change the usual "
        "ones (--verdicts=-NAME); all, or none",
    )


def _add_broker(parser: argparse.ArgumentParser) -> None:
    broker = parser.add_argument_group("the broker, a new one for each run")
    broker.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    broker.add_argument(
        "--port",
        type=port_number,
        default=0,
        help="port to listen on, for a program that can't be told; there is one run after the other then (default: one "
        "that is free)",
    )
    broker.add_argument(
        "--heartbeat",
        type=count,
        default=HEARTBEAT,
        metavar="SECONDS",
        help="the heartbeat that the broker offers: clients notice by it that a connection is dead; 0 is none "
        "(default: %(default)s, where RabbitMQ has 60)",
    )
    serve_options.add_users(broker)
    broker.add_argument("--tls", action="store_true", help="speak TLS; the file with the authority's certificate is "
                        "named by AMQP_CA_FILE in the environment, a client's by AMQP_CLIENT_FILE")  # fmt: skip
    broker.add_argument("--tls-verify", action="store_true", help="ask for the client's certificate, too")
    broker.add_argument("--http", action="store_true", help="serve RabbitMQ's management API too; its URL is in "
                        "AMQP_HTTP_URL in the environment")  # fmt: skip


def _add_told(parser: argparse.ArgumentParser) -> None:
    told = parser.add_argument_group("what is told")
    told.add_argument("--json", metavar="FILE", help="write the report as JSON to this file; - is stdout, alone")
    told.add_argument("--junit", metavar="FILE", help="write the report as JUnit XML to this file")
    told.add_argument("--no-progress", action="store_true", help="do not tell how far it is")


def _at_least_one(text: str) -> int:
    if text.isascii() and text.isdigit() and int(text):
        return int(text)
    raise argparse.ArgumentTypeError(f"{text!r} is not a number from 1")


def for_server(options: argparse.Namespace) -> argparse.Namespace:
    """The options of ``fakebroker serve`` for the broker of one run."""
    parser = argparse.ArgumentParser()
    serve_options.add_arguments(parser)
    made = parser.parse_args([])
    for name in ("host", "port", "seed", "user", "vhost", "definitions", "strict_definitions", "url_user", "tls",
                 "tls_verify"):  # fmt: skip
        setattr(made, name, getattr(options, name))
    made.control_port = 0 if options.http else None
    return made


def again(options: argparse.Namespace) -> Callable[[object], str]:
    """A function that tells the line with which one case is run again.

    :param options: those that were given.
    """
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    given = list(_given(parser, options))
    command = shlex.join(options.program)
    return lambda case: " ".join([*("fakebroker sweep", *given), f"--only '{case}'", "--", command])


def _given(parser: argparse.ArgumentParser, options: argparse.Namespace) -> Iterator[str]:
    """The options that are not as they usually are, as they are written."""
    for action in parser._actions:
        value: Any = getattr(options, action.dest, None)
        usual = parser.get_default(action.dest)
        if isinstance(usual, str) and callable(action.type):
            usual = action.type(usual)
        if action.dest in ABOUT_THE_SEARCH or action.dest == "help" or value == usual:
            continue
        for each in value if isinstance(value, list) else [value]:
            option, text = action.option_strings[0], shlex.quote(str(each))
            # What begins with a - would be taken for an option.
            yield option if each is True else f"{option}{'=' if text.startswith('-') else ' '}{text}"
