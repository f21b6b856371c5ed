"""The part of a conversation around the crossing where something went wrong."""

from __future__ import annotations

from collections.abc import Sequence

from fakebroker.journal import loads, render
from fakebroker.journal.record import Record
from fakebroker.search.case import Case

BEFORE, AFTER = 6, 12
"""How many entries are shown before the crossing and after it."""

AT_THE_END = 20
"""How many are shown of the end, where nothing went wrong but liberties were taken."""

LAST = 6
"""How many of the last entries are shown, too: that is how it ended."""


def excerpt(transcript: str, case: Case, width: int = 120) -> list[str]:
    """The conversation around the last of a case's crossings, and its end.

    :param transcript: the journal as JSON lines.
    :param width: the most characters of a line.
    :returns: lines; none when nothing is known.
    """
    records = _without_heartbeats(list(loads(transcript)), case)
    if not records:
        return []
    center = _center(records, case)
    before = BEFORE if case.faults or not case.liberties else AT_THE_END
    begin, end = max(0, center - before), min(len(records), center + AFTER + 1)
    begin = 0 if begin <= 2 else begin
    end = len(records) if len(records) - end <= LAST + 2 else end
    last = records[-LAST:] if end < len(records) else []
    head, *lines = render([*records[begin:end], *last], numbers=True).splitlines()
    if last:
        lines.insert(end - begin, _left_out(len(records) - end - len(last)))
    if begin:
        lines.insert(0, _left_out(begin))
    return [line if len(line) <= width else line[: width - 3] + "..." for line in (head, *lines)]


def _without_heartbeats(records: Sequence[Record], case: Case) -> list[Record]:
    """Heartbeats tell nothing, but where a case is about one."""
    wanted = _addresses(case)
    return [record for record in records if record.kind != "heartbeat" or record.address in wanted]


def _left_out(count: int) -> str:
    return f"      ... {count} {'entry' if count == 1 else 'entries'} left out"


def _center(records: Sequence[Record], case: Case) -> int:
    """Where a case's last crossing is; or where a rule has acted first, or the end."""
    wanted = _addresses(case)
    at = [index for index, record in enumerate(records) if record.address in wanted]
    if at:
        return at[-1]
    return next((index for index, record in enumerate(records) if record.kind == "rule"), len(records) - 1)


def _addresses(case: Case) -> list[str]:
    return [str(address) for address, _ in case.faults]
