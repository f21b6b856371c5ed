"""``/fakebroker/ledger``: what became of each message, and what each connection did."""

from __future__ import annotations

from fakebroker.control.http.endpoint import Answer, Call
from fakebroker.control.http.fakebroker.reading import conflict, own, read_number
from fakebroker.ledger.ledger import Ledger
from fakebroker.ledger.message import PublishedMessage

_NUMBERS = ("number", "connection", "channel")
_TEXTS = ("body", "message_id", "correlation_id", "exchange", "routing_key", "vhost", "queue", "state", "place")
PARAMETERS = (*_TEXTS, *_NUMBERS)
"""The parameters that a query may have."""


def kept_ledger(call: Call) -> Ledger:
    """The ledger.

    :raises Refusal: 409 when the broker keeps none.
    """
    if not call.broker.keeps_ledger:
        raise conflict("this broker keeps no ledger: start it with --ledger")
    return call.broker.ledger


def _fitting(call: Call) -> list[PublishedMessage]:
    wanted: dict[str, object] = {name: call.query[name] for name in _TEXTS if name in call.query}
    wanted.update({name: read_number(call.query[name], f"a {name}") for name in _NUMBERS if name in call.query})
    return kept_ledger(call).of(**wanted)


def _ledger(call: Call) -> object:
    return kept_ledger(call).to_json(_fitting(call))


def _text(call: Call) -> Answer:
    text = "".join(f"{message}\n" for message in _fitting(call))
    return Answer(text, headers={"content-type": "text/plain; charset=utf-8"})


ENDPOINTS = (
    own("/fakebroker/ledger", get=_ledger, query=PARAMETERS),
    own("/fakebroker/ledger/text", get=_text, query=PARAMETERS),
)
