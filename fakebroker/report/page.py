"""Makes the page: rows, lives and facts as data, packed into one HTML file with its styles and scripts."""

from __future__ import annotations

import base64
import html
import json
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.resources import files

from fakebroker.journal.record import Record, json_form
from fakebroker.report.lives import Form, MessageLives, lives_of
from fakebroker.report.rows import PageRow, rows_of

SCRIPTS = ("drawing.js", "panel.js", "page.js")
LANE_NAME = 24


@dataclass(frozen=True)
class About:
    """What a page says of the run besides its conversation.

    :param title: the test's name.
    :param failure: why it failed; empty when it did not.
    :param again: the command that runs it again.
    :param facts: seed, versions and the like.
    :param verdicts: what the ledger says of the client.
    """

    title: str = "conversation"
    failure: str = ""
    again: str = ""
    facts: Sequence[str] = ()
    verdicts: Sequence[Mapping[str, object]] = field(default=())


def page(records: Iterable[Record], ledger: Form | None = None, about: About | None = None) -> str:
    """Make the page.

    :param records: the journal: ``fakebroker.journal.loads(text)``.
    :param ledger: what ``broker.ledger.to_json()`` gives, where there is one.
    :returns: HTML that needs nothing else: no network, no file beside it.
    """
    about = about or About()
    lives = lives_of(ledger)
    rows = rows_of(list(records), lives)
    data = json.dumps(_data(rows, lives, about), ensure_ascii=True, separators=(",", ":"))
    packed = base64.b64encode(zlib.compress(data.encode(), 9)).decode("ascii")
    assets = files("fakebroker.report").joinpath("assets")
    text = assets.joinpath("page.html").read_text("utf-8")
    for name, value in (
        ("TITLE", html.escape(about.title)),
        ("STYLE", assets.joinpath("page.css").read_text("utf-8")),
        ("SCRIPT", "\n".join(assets.joinpath(name).read_text("utf-8") for name in SCRIPTS)),
        ("DATA", packed),
    ):
        text = text.replace(f"<!--{name}-->", value)
    return text


def _data(rows: Sequence[PageRow], lives: MessageLives, about: About) -> dict[str, object]:
    queues = dict.fromkeys(queue for row in rows for queue in (row.whence, *row.queues) if queue)
    return {
        "title": about.title,
        "failure": about.failure,
        "again": about.again,
        "facts": list(about.facts),
        "verdicts": [dict(each) for each in about.verdicts],
        "connections": _connections(rows),
        "queues": list(queues),
        "rows": [_row(row) for row in rows],
        "messages": {str(number): title for number, title in lives.titles.items()},
        "lives": _lives(lives),
    }


def _connections(rows: Iterable[PageRow]) -> list[dict[str, object]]:
    """Each connection, with the name that its client has given itself."""
    names: dict[int, str] = {}
    for row in rows:
        if row.connection:
            names.setdefault(row.connection, "")
        if row.name == "connection.start-ok" and row.record is not None:
            table = row.record.arguments.get("client_properties")
            given = table if isinstance(table, Mapping) else {}
            name = given.get("connection_name") or given.get("product") or ""
            names[row.connection] = str(name)[:LANE_NAME]
    return [{"number": number, "name": name} for number, name in names.items()]


def _lives(lives: MessageLives) -> dict[str, list[list[object]]]:
    found: dict[str, list[list[object]]] = {}
    for each in lives.happenings:
        found.setdefault(str(each.message), []).append([each.time, each.text, each.address])
    return found


SHORT = {"time": "t", "kind": "k", "connection": "c", "channel": "h", "direction": "d", "name": "m", "label": "l",
         "number": "n", "address": "a", "queues": "q", "whence": "w", "message": "g", "notes": "e",
         "handshake": "f", "rule": "u", "ready": "r"}  # fmt: skip
"""The names of a row's fields in the page."""


def _row(row: PageRow) -> dict[str, object]:
    made: dict[str, object] = {short: value for name, short in SHORT.items() if (value := getattr(row, name)) not in (
        "", None, [], {}, False)}  # fmt: skip
    made["t"] = round(row.time, 6)
    record = row.record
    if record is not None:
        for name, value in (("x", record.arguments), ("p", record.properties), ("b", record.body), ("o", record.data)):
            if value not in (None, {}, b""):
                made[name] = json_form(value)
        if record.text:
            made["s"] = record.text
    return made
