"""What a run comes to: passed, failed, hung, something left behind, a verdict."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from typing import TypeAlias

from fakebroker.fake import FakeBroker
from fakebroker.faults.named import FAMILIES, NAMED
from fakebroker.journal.record import dumps, record_of
from fakebroker.ledger.message import PublishedMessage
from fakebroker.ledger.verdicts import Verdict
from fakebroker.search.case import Case
from fakebroker.search.losses import A_LOSS, losses
from fakebroker.search.outcome import Kind, Outcome
from fakebroker.search.places import held, one_line, place_of
from fakebroker.search.run import Left, Run
from fakebroker.search.verdict_choice import chosen_verdicts
from fakebroker.validation import unknown

Errors: TypeAlias = "type[BaseException] | Sequence[type[BaseException]]"

MOST_LOSSES = 5
"""So many lost messages are named."""

NEVER_ACTED = "nothing went wrong: no rule acted"


@dataclass(frozen=True)
class Judge:
    """Judges runs.

    :param allow: the errors with which a scenario may end.
    :param allow_for: more of them, by the name of a fault or of a family.
    :param ends_the_program: whether an error of the scenario is the end of its program.
    :param left: what the run without a fault leaves behind.
    :param verdicts: what the ledger's checks do, by their names, as ``Ledger.verdicts`` takes it; None for no ledger.
    :param plain: what became of the messages of the run without a fault.
    :param known: the verdicts on the run without a fault, by name: they are told there.
    """

    allow: tuple[type[BaseException], ...] = ()
    allow_for: Mapping[str, tuple[type[BaseException], ...]] = field(default_factory=dict)
    ends_the_program: bool = False
    left: Left = field(default_factory=Left)
    verdicts: Mapping[str, str] | None = None
    plain: Sequence[PublishedMessage] = ()
    known: tuple[str, ...] = ()

    def outcome(self, case: Case, run: Run, acted: bool) -> Outcome:
        """The outcome of a run.

        :param acted: whether something went wrong, as the case has it.
        """
        kind, error, place, verdicts = self._found(case, run)
        if kind is Kind.PASSED:
            idle = case.faults and not acted
            return Outcome(
                case, Kind.NOT_APPLICABLE if idle else kind, why=NEVER_ACTED if idle else "", seconds=run.seconds
            )
        transcript = "" if run.broker is None else dumps(map(record_of, run.broker.journal))
        why = NEVER_ACTED if case.faults and not acted else ""
        return Outcome(case, kind, error, place, verdicts, transcript, why, run.seconds)

    def _found(self, case: Case, run: Run) -> tuple[Kind, str, str, tuple[str, ...]]:
        allowed = self._allowed(case)
        error = run.error
        if run.hung and not is_allowed(error, allowed):
            return Kind.HUNG, run.hung, run.place, ()
        if error is not None and not is_allowed(error, allowed):
            return Kind.FAILED, one_line(error), place_of(error), ()
        if run.wrong is not None:
            return Kind.FAILED, one_line(run.wrong), place_of(run.wrong), ()
        for each in run.unhandled:
            return Kind.FAILED, f"nobody caught: {one_line(each)}", place_of(each), ()
        if error is None or not self.ends_the_program:
            left = run.left.more_than(self.left)
            if left:
                return Kind.LEFT, left, "", ()
        verdicts = self._verdicts(run.broker)
        lost = losses(self.plain, run.broker.ledger.messages) if self.plain and run.broker and error is None else ()
        if lost:
            more = [f"lost: {len(lost) - MOST_LOSSES} more"] if len(lost) > MOST_LOSSES else []
            lines = (*(f"lost: {each}" for each in lost[:MOST_LOSSES]), *more, *verdicts)
            return Kind.FAILED, f"it ends well, {A_LOSS}: {lost[0].why}", "", lines
        return (Kind.VERDICT if verdicts else Kind.PASSED), (verdicts[0] if verdicts else ""), "", verdicts

    def _verdicts(self, broker: FakeBroker | None) -> tuple[str, ...]:
        """The verdicts that fail, each in a line that begins with its name."""
        return tuple(str(each) for each in self._all(broker) if each.fails and each.name not in self.known)

    def told(self, broker: FakeBroker | None) -> list[str]:
        """The verdicts that are no failures: the first of each name."""
        found = {each.name: each for each in reversed(self._all(broker)) if not each.fails}
        return [str(found[name]) for name in sorted(found)]

    def _all(self, broker: FakeBroker | None) -> list[Verdict]:
        if self.verdicts is None or broker is None or not broker.keeps_ledger:
            return []
        return broker.ledger.verdicts(**self.verdicts)

    def _allowed(self, case: Case) -> tuple[type[BaseException], ...]:
        names = [name for _, fault in case.faults for name in (fault, NAMED[fault].family)]
        return (*self.allow, *(each for name in names for each in self.allow_for.get(name, ())))


def is_allowed(error: BaseException | None, allowed: tuple[type[BaseException], ...]) -> bool:
    """Whether an error, or each of those that it holds, is of an allowed type."""
    if error is None or isinstance(error, allowed):
        return error is not None
    inside = held(error)
    return bool(inside) and all(is_allowed(each, allowed) for each in inside)


def errors(name: str, given: object) -> tuple[type[BaseException], ...]:
    """Check the errors that a scenario may end with.

    :raises TypeError: when they are not types of errors.
    """
    types = tuple(given) if isinstance(given, (tuple, list)) else (given,)
    for each in types:
        if not (isinstance(each, type) and issubclass(each, BaseException)):
            raise TypeError(f"{name} is a type of errors such as ConnectionError, or several of them, not {each!r}")
    return types


def verdict_levels(given: object) -> dict[str, str] | None:
    """What the ledger's checks do, as a sweep is told: True for what they do by themselves, False for no ledger, or the
    names of those that are failures, as :func:`~fakebroker.search.verdict_choice.chosen_verdicts` reads them.

    :raises TypeError: for anything else.
    :raises QueryError: when a name is unknown.
    """
    if isinstance(given, bool):
        return {} if given else None
    names = [given] if isinstance(given, str) else given
    if not isinstance(names, (list, tuple)) or not all(isinstance(name, str) for name in names):
        raise TypeError(f"verdicts is True, False, or the names of verdicts, and not {given!r}")
    return chosen_verdicts(",".join(names))


def named_errors(given: object) -> tuple[type[BaseException], ...]:
    """Errors by their dotted names, such as ``pika.exceptions.AMQPError``; types of errors stay as they are.

    :raises ValueError: when there is no such error.
    :raises TypeError: when it is no error.
    """
    each = given if isinstance(given, (list, tuple)) else (given,)
    return errors("allow", [_named(one) if isinstance(one, str) else one for one in each])


def _named(dotted: str) -> object:
    module, _, name = dotted.rpartition(".")
    try:
        return getattr(import_module(module or "builtins"), name)
    except (ImportError, AttributeError) as error:
        raise ValueError(f"there is no error {dotted!r} that could be allowed: {error}") from None


def errors_for(given: Mapping[str, Errors]) -> dict[str, tuple[type[BaseException], ...]]:
    """Check the errors that are allowed for some faults alone.

    :raises TypeError: when they are not types of errors.
    :raises ValueError: when a fault is unknown.
    """
    if not isinstance(given, Mapping):
        raise TypeError(f"allow_for has errors by the names of faults or families, and is not {given!r}")
    for name in given:
        if name not in NAMED and name not in FAMILIES:
            raise ValueError(f"allow_for: {unknown('fault or family', name, (*FAMILIES, *NAMED))}")
    return {name: errors(f"allow_for[{name!r}]", each) for name, each in given.items()}
