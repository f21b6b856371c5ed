"""The rows of a page: one for each entry of the journal, and one for each thing that the broker does by itself."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from fakebroker.journal.record import Record
from fakebroker.report.labels import label
from fakebroker.report.lives import INSIDE, Happening, MessageLives

TO_QUEUES = ("basic.publish", "basic.ack", "basic.nack", "basic.reject")
FROM_QUEUES = ("basic.deliver", "basic.get-ok")
HANDSHAKE = ("protocol-header", "connection.start", "connection.start-ok", "connection.secure", "connection.secure-ok",
             "connection.tune", "connection.tune-ok", "connection.open", "connection.open-ok")  # fmt: skip
LAST = "connection.open-ok"
LIVELY = ("published", "delivered", "got", "returned", "confirmed", "ready")
"""The events that bring a message's name to the row of their crossing, the first of them before the others."""


@dataclass
class PageRow:
    """A line of the drawing.

    :ivar kind: the record's kind, or ``inside`` for what the broker does by itself.
    :ivar queues: the queues at the other end of the arrow; empty for the broker itself.
    :ivar notes: what came of it, told behind the arrow.
    :ivar handshake: whether it is part of a handshake that went as always.
    :ivar rule: what a rule has done to it.
    :ivar ready: how many messages are ready in each queue that has changed with this row.
    """

    time: float
    kind: str
    connection: int = 0
    channel: int = 0
    direction: str = ""
    name: str = ""
    label: str = ""
    number: int | None = None
    address: str | None = None
    queues: list[str] = field(default_factory=list)
    whence: str = ""
    message: int | None = None
    notes: list[str] = field(default_factory=list)
    handshake: bool = False
    rule: str = ""
    ready: dict[str, int] = field(default_factory=dict)
    record: Record | None = None


def rows_of(records: Sequence[Record], lives: MessageLives) -> list[PageRow]:
    """The rows, in the order in which things happened."""
    found = lives.by_address()
    rows = _with_rules([_row(record, found.get(record.address or "", [])) for record in records])
    mark_handshakes(rows)
    return count_ready(_with_insides(rows, lives.happenings), lives)


def _row(record: Record, happenings: Sequence[Happening]) -> PageRow:
    row = PageRow(record.time, record.kind, record.connection, record.channel, record.direction, record.name)
    row.label, row.number, row.address, row.record = label(record), record.number, record.address, record
    for name in LIVELY:
        first = next((each for each in happenings if each.name == name), None)
        if first is not None:
            row.message = first.message
            break
    else:
        row.message = happenings[0].message if happenings else None
    if record.name in TO_QUEUES + FROM_QUEUES:
        row.queues = list(dict.fromkeys(each.queue for each in happenings if each.queue))
    row.notes = [_note(each) for each in happenings if each.name in ("unroutable", "refused", "withheld")]
    row.notes += [_note(each) for each in happenings if each.name in INSIDE]
    return row


def _with_rules(rows: Iterable[PageRow]) -> list[PageRow]:
    """Tell at a crossing which rule has acted on it, where it stands right before the rule."""
    made: list[PageRow] = []
    for row in rows:
        before = made[-1] if made else None
        if row.kind == "rule" and before is not None and before.direction == "in" and not before.rule:
            if (before.connection, before.channel, before.name) == (row.connection, row.channel, row.name):
                before.rule = row.record.text if row.record is not None else row.label
                continue
        made.append(row)
    return made


def _note(happening: Happening) -> str:
    return "no queue" if happening.name == "unroutable" else happening.text


def mark_handshakes(rows: Iterable[PageRow]) -> None:
    """Mark the rows of handshakes that went as always: from the first octet to open-ok, with nothing in between."""
    under_way: dict[int, list[PageRow]] = {}
    for row in rows:
        if row.kind == "opened":
            under_way[row.connection] = [row]
        elif row.connection in under_way:
            part = under_way[row.connection]
            if row.kind not in ("method", "protocol-header") or (row.name or row.kind) not in HANDSHAKE:
                del under_way[row.connection]
                continue
            part.append(row)
            if row.name == LAST:
                for each in part:
                    each.handshake = True
                del under_way[row.connection]


def _with_insides(rows: list[PageRow], happenings: Iterable[Happening]) -> list[PageRow]:
    """Put a row behind each crossing for what the broker did by itself after it."""
    places = {row.address: index for index, row in enumerate(rows) if row.address is not None}
    behind: dict[int, list[PageRow]] = {}
    last = -1
    for each in happenings:
        if each.address in places:
            last = max(last, places[each.address])
            if not each.whence:
                continue
        elif (each.name not in INSIDE and not each.whence) or each.name == "dead-lettered":
            continue
        last = _reached(rows, last, each)
        behind.setdefault(last, []).append(_inside(each))
    made = behind.get(-1, [])
    for index, row in enumerate(rows):
        made.append(row)
        made += behind.get(index, [])
    return made


def _reached(rows: Sequence[PageRow], last: int, happening: Happening) -> int:
    """The row behind which something happened inside the broker: a queue takes back what was with a client when the
    client's connection has ended."""
    while last + 1 < len(rows) and rows[last + 1].time < happening.time:
        last += 1
    if happening.name == "requeued":
        for index in range(last + 1, len(rows)):
            if rows[index].time > happening.time:
                break
            if rows[index].kind == "lost":
                return index
    return last


def _inside(happening: Happening) -> PageRow:
    row = PageRow(happening.time, "inside", name=happening.name, label=happening.text, message=happening.message)
    row.queues, row.whence = [happening.queue] if happening.queue else [], happening.whence
    if happening.whence:
        row.label = f"dead letter from {happening.whence}"
    return row


def count_ready(rows: list[PageRow], lives: MessageLives) -> list[PageRow]:
    """Say at each row how many messages are ready in the queues that it has changed."""
    depth: dict[str, int] = {}
    by_address = lives.by_address()
    inside = iter([each for each in lives.happenings if each.address is None or each.whence])
    for row in rows:
        happenings = by_address.get(row.address or "", []) if row.kind != "inside" else _next(inside, row)
        for each in happenings:
            if each.change and not (each.whence and row.kind != "inside"):
                depth[each.queue] = depth.get(each.queue, 0) + each.change
                row.ready[each.queue] = depth[each.queue]
    return rows


def _next(happenings: Iterable[Happening], row: PageRow) -> list[Happening]:
    """The happenings up to the one of which the row tells."""
    passed = []
    for each in happenings:
        passed.append(each)
        if (each.name, each.message, each.time) == (row.name, row.message, row.time):
            break
    return passed
