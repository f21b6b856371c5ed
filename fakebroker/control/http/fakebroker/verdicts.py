"""``/fakebroker/verdicts``: what the clients did wrong, as far as the ledger tells."""

from __future__ import annotations

from fakebroker.control.http.endpoint import Call, bad_request
from fakebroker.control.http.fakebroker.ledger import kept_ledger
from fakebroker.control.http.fakebroker.reading import own
from fakebroker.errors import QueryError
from fakebroker.ledger.verdicts import LEVELS, VERDICTS
from fakebroker.ledger.verdicts.judging import summary


def _verdicts(call: Call) -> object:
    """The verdicts. Each parameter is a level, with the names of verdicts that are to have it, or ``all``."""
    ledger = kept_ledger(call)
    which: dict[str, object] = {}
    for level in LEVELS:
        for name in call.query[level].split(",") if level in call.query else ():
            which.update(dict.fromkeys(VERDICTS, level) if name == "all" else {name: level})
    try:
        found = ledger.verdicts(**which)
    except QueryError as error:
        raise bad_request(str(error)) from None
    return {"clean": not any(each.fails for each in found), "verdicts": [each.to_json() for each in found]}


def _table(call: Call) -> object:
    return [
        {"name": each.name, "summary": summary(each), "explanation": each.explanation, "level": each.level}
        for each in VERDICTS.values()
    ]


ENDPOINTS = (
    own("/fakebroker/verdicts", get=_verdicts, query=LEVELS),
    own("/fakebroker/verdicts/known", get=_table),
)
