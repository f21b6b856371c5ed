"""``/fakebroker/journal``: everything that passed between the clients and the broker."""

from __future__ import annotations

from collections.abc import Callable

from fakebroker.control.http.endpoint import Answer, Call, bad_request
from fakebroker.control.http.fakebroker.reading import own, read_flag, read_number
from fakebroker.control.http.stream import SendText, Stream
from fakebroker.errors import QueryError
from fakebroker.journal import Entry, dumps
from fakebroker.journal.query import Search, query
from fakebroker.journal.record import record_of, to_json

_NUMBERS = ("connection", "channel", "delivery_tag", "reply_code")
_TEXTS = (
    *("client", "user", "vhost", "exchange", "routing_key", "queue"),
    *("consumer_tag", "message_id", "correlation_id", "body"),
)
_PREDICATES = (*_NUMBERS, *_TEXTS)
PARAMETERS = ("name", "direction", *_PREDICATES)
"""The parameters that a query may have."""


def _fits(call: Call) -> Callable[[Entry], bool]:
    """Makes a function that says whether an entry fits the query. It must be called with each entry in order. Without a
    query every entry fits."""
    wanted: dict[str, object] = {name: call.query[name] for name in _TEXTS if name in call.query}
    wanted.update({name: read_number(call.query[name], f"a {name}") for name in _NUMBERS if name in call.query})
    direction = call.query.get("direction")
    name = call.query.get("name")
    try:
        asked = query(() if name is None else (name,), direction, wanted)
    except QueryError as error:
        raise bad_request(str(error)) from None
    if name is None and set(wanted) <= {"connection"}:
        return lambda entry: _of(entry, direction, wanted.get("connection"))
    return Search(asked, call.broker.journal.before).fits


def _of(entry: Entry, direction: str | None, connection: object) -> bool:
    """A query that names no command and no field also wants opens, losses, heartbeats and rules."""
    return (direction is None or entry.direction == direction) and connection in (None, entry.connection)


def _query(call: Call) -> object:
    fits = _fits(call)
    return [to_json(record_of(entry)) for entry in call.broker.journal if fits(entry)]


def _line(entry: Entry) -> str:
    return dumps([record_of(entry)])[:-1]


def _stream(call: Call) -> Stream:
    """Streams each entry when it is made. With ``history=true`` the entries so far come first. A reset ends the
    stream."""
    fits = _fits(call)
    journal = call.broker.journal
    passed = [entry for entry in journal if fits(entry)]
    history = passed if read_flag(call, "history") else []

    def subscribe(send: SendText, end: Callable[[], None]) -> Callable[[], None]:
        call.broker.on_reset.append(end)
        unwatch = journal.watch(lambda entry: send(_line(entry)) if fits(entry) else None)

        def unsubscribe() -> None:
            unwatch()
            call.broker.on_reset.remove(end)

        return unsubscribe

    return Stream(subscribe, map(_line, history))


def _transcript(call: Call) -> Answer:
    connection = call.query.get("connection")
    text = call.broker.journal.transcript(
        times=read_flag(call, "times", True),
        numbers=read_flag(call, "numbers", True),
        connection=None if connection is None else read_number(connection, "a connection"),
        heartbeats=read_flag(call, "heartbeats", True),
    )
    return Answer(text, headers={"content-type": "text/plain; charset=utf-8"})


def _capture(call: Call) -> Answer:
    return Answer(call.broker.journal.pcap(), headers={"content-type": "application/vnd.tcpdump.pcap"})


def _clear(call: Call) -> None:
    call.broker.journal.clear()


ENDPOINTS = (
    own("/fakebroker/journal", get=_query, delete=_clear, query=PARAMETERS),
    own("/fakebroker/journal/stream", get=_stream, head=False, query=(*PARAMETERS, "history")),
    own("/fakebroker/journal/transcript", get=_transcript, query=("connection", "times", "numbers", "heartbeats")),
    own("/fakebroker/journal/pcap", get=_capture),
)
