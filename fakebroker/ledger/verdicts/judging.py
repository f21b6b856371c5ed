"""Judges: asks each check that is wanted, and says whether what it finds fails."""

from __future__ import annotations

from collections.abc import Mapping

from fakebroker.errors import QueryError
from fakebroker.ledger.verdicts.check import LEVELS, Check, Finding, Level, Verdict
from fakebroker.ledger.verdicts.evidence import Evidence, LedgerPort
from fakebroker.ledger.verdicts.table import VERDICTS
from fakebroker.validation import unknown


def verdicts_on(ledger: LedgerPort, which: Mapping[str, object]) -> list[Verdict]:
    """All verdicts, in the order of the table.

    :param which: what a check does, by its name: a level, True for ``fail``, False for ``off``, or a number, which is
        its limit. The name may be written with ``_``.
    :raises QueryError: for a name or a value that means nothing.
    """
    chosen = choices(which)
    evidence = Evidence(ledger)
    return [
        _verdict(check, level, finding)
        for check, level, limit in chosen
        if level != "off"
        for finding in check.find(evidence, limit)
    ]


def choices(which: Mapping[str, object]) -> list[tuple[Check, Level, int]]:
    """Each check with its level and its limit, as asked for.

    :raises QueryError: for a name or a value that means nothing.
    """
    levels: dict[str, Level] = {name: check.level for name, check in VERDICTS.items()}
    limits = {name: check.limit or 0 for name, check in VERDICTS.items()}
    for given, wanted in which.items():
        name = given.replace("_", "-")
        if name not in VERDICTS:
            raise QueryError(unknown("verdict", given, tuple(VERDICTS)))
        if isinstance(wanted, int) and not isinstance(wanted, bool):
            limits[name] = _limit(VERDICTS[name], wanted)
        else:
            levels[name] = _level(name, wanted)
    return [(check, levels[name], limits[name]) for name, check in VERDICTS.items()]


def failing(verdicts: list[Verdict]) -> str:
    """A text about the verdicts that fail; empty if none does."""
    found = [verdict for verdict in verdicts if verdict.fails]
    if not found:
        return ""
    names = dict.fromkeys(verdict.name for verdict in found)
    lines = [f"{len(found)} verdict{'s' if len(found) > 1 else ''} on the clients:", *(f"  {each}" for each in found)]
    return "\n".join([*lines, *(f"{name}: {explanation(VERDICTS[name])}" for name in names)])


def explanation(check: Check) -> str:
    """Why what it finds is a fault."""
    return check.explanation


def summary(check: Check) -> str:
    """What it finds, in a few words."""
    return check.summary.format(limit=check.limit)


def _verdict(check: Check, level: Level, finding: Finding) -> Verdict:
    addresses = dict.fromkeys(each.address for each in finding.moments if each is not None and each.address is not None)
    fails = level == "strict" or (level == "fail" and finding.sure)
    return Verdict(check.name, finding.text, tuple(addresses), finding.connection, fails)


def _level(name: str, wanted: object) -> Level:
    if isinstance(wanted, bool):
        return "fail" if wanted else "off"
    if wanted not in LEVELS:
        raise QueryError(f"{name} can be {', '.join(map(repr, LEVELS[:-1]))} or {LEVELS[-1]!r}, not {wanted!r}")
    return wanted


def _limit(check: Check, wanted: int) -> int:
    if check.limit is None:
        raise QueryError(f"{check.name} counts nothing, so it has no limit: give it {', '.join(map(repr, LEVELS))}")
    if wanted < 1:
        raise QueryError(f"the limit of {check.name} is a whole number from 1, not {wanted!r}")
    return wanted
