"""What a command's run comes to: by its exit status, by whether it came to an end, by what became of its messages."""

from __future__ import annotations

import signal
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from fakebroker.errors import RuleError
from fakebroker.fake import FakeBroker
from fakebroker.faults.named import FAMILIES, NAMED
from fakebroker.journal.entries import Entry, Lost, Opened
from fakebroker.journal.record import dumps, record_of
from fakebroker.ledger.message import PublishedMessage
from fakebroker.ledger.verdicts import Verdict
from fakebroker.search.case import Case
from fakebroker.search.command_run import EndedRun
from fakebroker.search.last_words import last_words
from fakebroker.search.losses import A_LOSS, losses
from fakebroker.search.outcome import Kind, Outcome
from fakebroker.validation import unknown
from fakebroker.wire.command import Command, Heartbeat

NEVER_CAME = "its crossing did not come in that run"

MOST_LOSSES = 5
"""How many lost messages are told one by one."""


@dataclass(frozen=True)
class AllowedExit:
    """An exit status that is no failure.

    :param status: the status; None for any.
    :param fault: the fault or the family for which it is none; empty for all.
    """

    status: int | None
    fault: str = ""

    @classmethod
    def parse(cls, text: str) -> AllowedExit:
        """Read ``1``, ``1:reset`` or ``any:network``.

        :raises RuleError: when it is neither.
        """
        status, _, fault = text.partition(":")
        if status != "any" and not (status.isascii() and status.isdigit() and int(status) < 256):
            raise RuleError(f"{text!r} is not an exit status from 0 to 255, nor any: 3, 3:reset, any:network")
        if ":" in text and fault not in NAMED and fault not in FAMILIES:
            raise RuleError(f"{text!r}: {unknown('fault or family', fault, (*FAMILIES, *NAMED))}")
        return cls(None if status == "any" else int(status), fault)

    def holds(self, status: int, case: Case) -> bool:
        """Whether it allows a case to end with a status."""
        names = [name for _, fault in case.faults for name in (fault, NAMED[fault].family)]
        return self.status in (None, status) and status >= 0 and (not self.fault or self.fault in names)


@dataclass(frozen=True)
class CommandJudge:
    """Judges the runs of a command.

    :param allowed: the exit statuses that are no failure, besides 0.
    :param verdicts: tells the ledger's verdicts on a broker's clients.
    :param plain: the messages of the plain run.
    :param known: the names of the verdicts that the plain run has got, too: they are not the fault's.
    """

    allowed: Sequence[AllowedExit] = ()
    verdicts: Callable[[FakeBroker], Sequence[Verdict]] = lambda _: ()
    plain: Sequence[PublishedMessage] = field(default=())
    known: Sequence[str] = ()

    def outcome(self, case: Case, ended: EndedRun) -> Outcome:
        """The outcome of a case."""
        if ended.broken:
            return Outcome(case, Kind.BROKEN, ended.broken, output=ended.output)
        kind, error, place, verdicts = self._found(case, ended)
        idle = bool(case.faults) and not ended.acted
        why = NEVER_CAME if idle else ""
        if kind is Kind.PASSED:
            return Outcome(case, Kind.NOT_APPLICABLE if idle else kind, why=why, seconds=ended.seconds)
        transcript = dumps(map(record_of, ended.entries))
        return Outcome(case, kind, error, place, verdicts, transcript, why, ended.seconds, ended.output)

    def _found(self, case: Case, ended: EndedRun) -> tuple[Kind, str, str, tuple[str, ...]]:
        if ended.hung:
            return Kind.HUNG, ended.hung, _last_passed(ended.entries[: ended.passed]), ()
        status = ended.status or 0
        verdicts = self._verdicts(ended)
        if status and not any(each.holds(status, case) for each in self.allowed):
            error, place = _told(status, ended.output)
            return Kind.FAILED, error, place, verdicts
        if not status:
            lost = losses(self.plain, ended.broker.ledger.messages)
            if lost:
                more = [f"lost: {len(lost) - MOST_LOSSES} more"] if len(lost) > MOST_LOSSES else []
                lines = (*(f"lost: {each}" for each in lost[:MOST_LOSSES]), *more, *verdicts)
                return Kind.FAILED, f"exit status 0, {A_LOSS}: {lost[0].why}", "", lines
        if verdicts:
            return Kind.VERDICT, verdicts[0], "", verdicts
        return Kind.PASSED, "", "", ()

    def _verdicts(self, ended: EndedRun) -> tuple[str, ...]:
        found = self.verdicts(ended.broker)
        return tuple(str(each) for each in found if each.fails and each.name not in self.known)

    def told(self, ended: EndedRun) -> list[Verdict]:
        """The verdicts on a run that are no failures: the first of each name."""
        if ended.broken:
            return []
        found = {each.name: each for each in reversed(self.verdicts(ended.broker)) if not each.fails}
        return [found[name] for name in sorted(found)]


def verdict_name(line: str) -> str:
    """The name of a verdict that is told in a line."""
    return line.partition(":")[0]


def _told(status: int, output: str) -> tuple[str, str]:
    """The error of a command that has failed, and its place."""
    words = last_words(output)
    if status < 0:
        try:
            name = signal.Signals(-status).name
        except ValueError:
            name = f"signal {-status}"
        return f"{name} has ended it{': ' if words.error else ''}{words.error}", words.place
    return f"exit status {status}{': ' if words.error else ''}{words.error}", words.place


def _last_passed(entries: Sequence[Entry]) -> str:
    """What passed last: a hang is told from another by it."""
    for entry in reversed(entries):
        item = entry.item
        if isinstance(item, Heartbeat):
            continue
        if isinstance(item, Command):
            return (
                f"the end of the conversation: {item.name} to the {'broker' if entry.direction == 'in' else 'client'}"
            )
        if isinstance(item, Opened):
            return "the end of the conversation: a connection that says nothing"
        if isinstance(item, Lost):
            return "the end of the conversation: the end of a connection"
    return ""
