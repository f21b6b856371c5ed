"""Run a program again and again, and each time let something else go wrong.

First it is run against a broker of its own, with no fault. All that crosses between the program and the broker is
counted. Then it is run once more for each crossing and each fault that can happen there, each time against a new
broker, and what becomes of it is told: which runs failed, which hung, and which messages were lost.

The program may be written in any language. It ends by itself, with exit status 0 when all went well.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, cast

from fakebroker.control import sweep_options
from fakebroker.control.command_error import CommandError
from fakebroker.errors import FakeBrokerError
from fakebroker.printable import printable

if TYPE_CHECKING:
    from twisted.internet.interfaces import IReactorCore, IReactorFromThreads
    from twisted.python.failure import Failure

    from fakebroker.fake import FakeBroker
    from fakebroker.faults.named import NamedFault
    from fakebroker.ledger.verdicts import Verdict
    from fakebroker.search.case import Case
    from fakebroker.search.command_sweep import CommandSweep
    from fakebroker.search.reactor import Reactor
    from fakebroker.search.report import Report

SUMMARY = "let all go wrong that can, in a program of any language"

SIGNALS = (signal.SIGTERM, signal.SIGINT)

COULD_NOT_RUN = 2
"""The exit code when nothing can be said: the program fails without any fault, or an option is wrong."""

WIDEST = 120
"""The widest line of a report, however wide the terminal is."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of ``fakebroker sweep``."""
    parser.usage = "fakebroker sweep [options] -- COMMAND ..."
    parser.epilog = (
        "exit status: 0 where nothing was found, 1 where something was, 2 where it could not run.\n"
        "examples:\n"
        "  fakebroker sweep -- python consumer.py\n"
        "  fakebroker sweep --faults network --time-limit 20 -- node worker.js\n"
        "  fakebroker sweep --only '1:out:basic.deliver:2 reset' -- python consumer.py\n"
    )
    sweep_options.add_arguments(parser)


def run(options: argparse.Namespace) -> int:
    """Sweep; returns the exit code."""
    from twisted.internet import reactor

    _writable("--json", options.json)
    _writable("--junit", options.junit)
    try:
        sweep = make_sweep(reactor, options)
    except FakeBrokerError as error:
        raise CommandError(str(error), COULD_NOT_RUN) from None
    report = _swept(reactor, sweep)
    _tell(report, options)
    if report.found:
        return 1
    if options.only:
        _check_only(report)
    return COULD_NOT_RUN if report.groups or sweep.stopped else 0


def _check_only(report: Report) -> None:
    """Whoever names a case wants to see it: a run in which it did not come is no answer."""
    from fakebroker.search.outcome import Kind

    for outcome in report.outcomes:
        if outcome.kind is Kind.NOT_APPLICABLE:
            raise CommandError(f"{outcome.case}: {outcome.why}", COULD_NOT_RUN)


def make_sweep(reactor: Reactor, options: argparse.Namespace) -> CommandSweep:
    """Make the sweep that the options ask for.

    :raises FakeBrokerError: for an option that makes no sense.
    """
    import shlex

    from fakebroker.control.sweep_site import SweepSite
    from fakebroker.search.command_judge import AllowedExit, CommandJudge
    from fakebroker.search.command_run import Work
    from fakebroker.search.command_sweep import CommandSweep, Tried
    from fakebroker.search.progress import Progress

    served = sweep_options.for_server(options)
    if options.port and (options.jobs or 1) > 1:
        raise CommandError("--jobs has no effect beside --port: only one broker can have it", COULD_NOT_RUN)
    jobs = 1 if options.port else options.jobs or os.cpu_count() or 1
    choice = Tried(_faults(options), _cases(options), options.exhaustive, options.pairs, options.seed, jobs,
                   options.liberties, options.pairs_below)  # fmt: skip
    judge = CommandJudge([AllowedExit.parse(each) for each in options.allow_exit], _verdicts(options))
    stream = open(os.devnull, "w") if options.no_progress else sys.stderr  # noqa: SIM115, PTH123
    return CommandSweep(
        reactor,
        shlex.join(options.program),
        Work(options.program, options.before, options.healthy, options.time_limit, options.quiet),
        choice,
        judge,
        lambda: SweepSite(reactor, served, options.heartbeat),
        sweep_options.again(options),
        Progress(stream, reactor.seconds),
    )


def _faults(options: argparse.Namespace) -> Sequence[NamedFault]:
    from fakebroker.faults.named import chosen

    return chosen(options.faults)


def _cases(options: argparse.Namespace) -> list[Case]:
    from fakebroker.faults.named import NAMED
    from fakebroker.search.case import Case
    from fakebroker.validation import unknown

    cases = [Case.parse(each) for each in options.only]
    for case in cases:
        for address, fault in case.faults:
            if fault not in NAMED:
                raise CommandError(f"--only {str(case)!r}: {unknown('fault', fault, NAMED)}", COULD_NOT_RUN)
            NAMED[fault].rules(address)  # raises when it can never act there
    return cases


def _verdicts(options: argparse.Namespace) -> Callable[[FakeBroker], list[Verdict]]:
    """A function that tells the verdicts on a broker's clients."""
    from fakebroker.ledger.verdicts.judging import verdicts_on
    from fakebroker.search.verdict_choice import chosen_verdicts

    levels = {} if options.verdicts is None else chosen_verdicts(options.verdicts)
    return lambda broker: verdicts_on(broker.ledger, levels)


def _swept(reactor: IReactorCore, sweep: CommandSweep) -> Report:
    """Run the reactor until the sweep has ended, by itself or by a signal.

    :raises CommandError: when it could not run.
    """
    from twisted.logger import (
        FileLogObserver,
        FilteringLogObserver,
        LogLevel,
        LogLevelFilterPredicate,
        formatEventAsClassicLogText,
        globalLogBeginner,
    )

    severe = LogLevelFilterPredicate(LogLevel.error)
    log = FilteringLogObserver(FileLogObserver(sys.stderr, formatEventAsClassicLogText), [severe])
    globalLogBeginner.beginLoggingTo([log], redirectStandardIO=False)
    results: list[Report | Failure] = []

    def ended(result: Report | Failure) -> None:
        results.append(result)
        reactor.stop()

    _take_signals(reactor, sweep)
    reactor.callWhenRunning(lambda: sweep.run().addBoth(ended))
    try:
        reactor.run(installSignalHandlers=False)  # type: ignore[call-arg]
    finally:
        sweep.progress.end()
        if not results:
            sweep.stop(0)
    return _judged(results[0])


def _take_signals(reactor: IReactorCore, sweep: CommandSweep) -> None:
    """Have a signal end the sweep, and a second one end its programs at once."""

    def taken(number: int, frame: object) -> None:
        grace = 0.0 if sweep.stopped else 1.0
        cast("IReactorFromThreads", reactor).callFromThread(sweep.stop, grace)

    for number in SIGNALS:
        signal.signal(number, taken)


def _judged(result: Report | Failure) -> Report:
    """The report; or why there is none."""
    from twisted.python.failure import Failure

    if not isinstance(result, Failure):
        return result
    error: BaseException = cast(BaseException, result.value)
    if isinstance(error, CommandError):
        raise error
    output = getattr(error, "output", "").rstrip()
    if output:
        print(printable(output, keep="\n\t"), file=sys.stderr)
    if isinstance(error, FakeBrokerError):
        raise CommandError(str(error), COULD_NOT_RUN)
    if isinstance(error, OSError):
        raise CommandError(f"cannot run {error.filename or 'it'}: {error.strerror or error}".lower(), COULD_NOT_RUN)
    cause = getattr(error, "socketError", None)
    if cause is not None:
        raise CommandError(f"cannot listen on port {getattr(error, 'port', '')}: {cause}".lower(), COULD_NOT_RUN)
    raise error


def _tell(report: Report, options: argparse.Namespace) -> None:
    """Print the report, and write the files that were asked for."""
    if options.json == "-":
        json.dump(report.to_json(), sys.stdout, indent=1)
        print()
    else:
        terminal = sys.stdout.isatty()
        width = min(WIDEST, shutil.get_terminal_size().columns) if terminal else None
        sys.stdout.write(report.as_text(width, color=terminal and not os.environ.get("NO_COLOR")))
        if options.json is not None:
            _write("--json", options.json, json.dumps(report.to_json(), indent=1) + "\n")
    if options.junit is not None:
        _write("--junit", options.junit, report.junit())


def _writable(option: str, name: str | None) -> None:
    """Find out before the sweep, and not after it, that a report can't be written."""
    folder = Path(name).parent if name is not None else None
    if folder is not None and not folder.is_dir():
        raise CommandError(f"{option} {name}: there is no folder {str(folder)!r}", COULD_NOT_RUN)


def _write(option: str, name: str, text: str) -> None:
    try:
        Path(name).write_text(text, encoding="utf-8")
    except OSError as error:
        raise CommandError(f"{option} {name}: {str(error.strerror or error).lower()}", COULD_NOT_RUN) from None
