"""What has become of a case."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from fakebroker.search.case import Case


class Kind(enum.Enum):
    """How a case has ended."""

    PASSED = "passed"
    FAILED = "failed"
    HUNG = "hung"
    LEFT = "left behind"
    VERDICT = "verdict"
    NOT_APPLICABLE = "not applicable"
    SKIPPED = "skipped"
    BROKEN = "broken"

    @property
    def found(self) -> bool:
        """Whether this is a finding: something that a test should fail for."""
        return self in (Kind.FAILED, Kind.HUNG, Kind.LEFT, Kind.VERDICT)

    @property
    def ran(self) -> bool:
        """Whether there was a run at all."""
        return self not in (Kind.NOT_APPLICABLE, Kind.SKIPPED)


@dataclass(frozen=True)
class Outcome:
    """How one case has ended.

    :param case: what went wrong where.
    :param kind: how the run ended.
    :param error: what was found, in one line.
    :param place: the file, the line and the function that raised it; empty where that is not known.
    :param verdicts: the texts of the ledger's verdicts, one line each.
    :param transcript: the journal as JSON lines; empty where nothing was found.
    :param why: why there was no run, or why it could not be judged.
    :param seconds: how long it took, in virtual time.
    :param output: the end of what a command has printed.
    :param schedule: what was chosen where RabbitMQ may do this or that, in order.
    """

    case: Case
    kind: Kind
    error: str = ""
    place: str = ""
    verdicts: tuple[str, ...] = ()
    transcript: str = ""
    why: str = ""
    seconds: float = 0.0
    output: str = ""
    schedule: str = ""
