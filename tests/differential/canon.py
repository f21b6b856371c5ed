"""Answers in canonical form: equal where RabbitMQ gives the same answer, and no wider than that.

What is evened out, and why:

- *Frames of different channels*: each channel has a process and a writer of its own; which of them comes first to the
  socket is luck. Answers are sorted by channel, in order within it.
- *Confirms*: whether a server acks three publishings singly or with one ``multiple`` depends on how its processes are
  scheduled. A confirm stands as one entry per publishing. It may come before or after a delivery on the same channel
  (both come from the queue, on different ways): it is put before. Its order against everything else is kept.
- *Deliveries from several queues to one channel at one step*: queues are independent processes. They are put in order
  of the queue, and delivery tags are dealt out anew in that order. Within a queue all is as it came.
- *Consumers cancelled by the server*: in the order of their tags, which says nothing when it has made up the tags.
- *A burst* is many methods at once: replies come from the channel; consume-ok, confirms and deliveries from queues.
  They are compared apart, each in order, confirms sorted. When the channel or the connection fails, it is luck what
  queues had to say before: that is left out.
- ``time`` in x-death, and the server's properties save its capabilities: they say when and where it runs.
- *The order of mechanisms*: two nodes of the same RabbitMQ on one machine announce them in different orders.
- *Heartbeats* come with time, not with steps: they are dropped.
"""

from __future__ import annotations

from typing import Any

from tests.differential.bookkeeping import Channel
from tests.differential.client import Client, Said
from tests.differential.plain import to_plain

_NOTHING: tuple[Any, ...] = (False, 0, "", None, b"", {})
_CONFIRMS = ("basic.ack", "basic.nack")
_OF_QUEUES = ("basic.consume-ok", "basic.cancel-ok")  # which queues send, by way of the channel
_GREETING = ("connection.start", "connection.tune", "connection.open-ok")


def canonical(client: Client, burst: bool) -> list[Any]:
    """All that ``client`` heard since the last time, as plain data; it is taken away from it."""
    said, client.said = client.said, []
    answers: list[Any] = []
    failed = any(one.name in ("connection.close", "channel.close") for one in said)
    for number in sorted({one.channel for one in said}):
        mine = [one for one in said if one.channel == number]
        if number >= 0:
            mine = _by_queue(client.channel(number), mine)
            mine = _of_a_burst(mine, failed) if burst else _confirms_first(mine)
        answers += _shortened([_entry(client.letter, one) for one in mine])
    return answers


def _of_a_burst(said: list[Said], failed: bool) -> list[Said]:
    replies = [one for one in said if one.name not in (*_CONFIRMS, *_OF_QUEUES, "basic.deliver")]
    if failed:
        return replies
    of_queues = [one for one in said if one.name in _OF_QUEUES]
    confirms = [one for one in said if one.name in _CONFIRMS]
    deliveries = [one for one in said if one.name == "basic.deliver"]
    return replies + of_queues + sorted(confirms, key=lambda one: int(one.args["delivery_tag"])) + deliveries


def _confirms_first(said: list[Said]) -> list[Said]:
    """Confirms before the deliveries they came after; nothing else moves."""
    ordered: list[Said] = []
    for one in said:
        at = len(ordered)
        if one.name in _CONFIRMS:
            while at and ordered[at - 1].name == "basic.deliver":
                at -= 1
        ordered.insert(at, one)
    return ordered


def _by_queue(book: Channel, said: list[Said]) -> list[Said]:
    """Deliveries of several queues, put in the queues' order, the places and tags they have between them unchanged."""
    places = [at for at, one in enumerate(said) if one.name == "basic.deliver"]
    queues = {said[at].args.consumer_tag: book.consumers.get(said[at].args.consumer_tag, ("",))[0] for at in places}
    if len(set(queues.values())) < 2:
        return said
    book.raced = True
    tags = sorted(said[at].args.delivery_tag for at in places)
    ordered = sorted((said[at] for at in places), key=lambda one: queues[one.args.consumer_tag])
    renamed = {one.args.delivery_tag: tag for one, tag in zip(ordered, tags, strict=True)}
    book.outstanding.sort(key=lambda tag: renamed.get(tag, tag))
    said = list(said)
    for at, one, tag in zip(places, ordered, tags, strict=True):
        said[at] = one._replace(args=one.args._replace(delivery_tag=tag))
    return said


def _entry(letter: str, one: Said) -> list[Any]:
    args = one.args
    if hasattr(args, "_asdict"):
        args = {name: to_plain(value) for name, value in args._asdict().items() if not _is_nothing(value)}
    if one.name == "connection.start":
        args["server_properties"] = {"capabilities": args["server_properties"].get("capabilities")}
        args["mechanisms"] = sorted(bytes.fromhex(args["mechanisms"]["$x"]).decode().split())
    entry: list[Any] = [f"{letter}{one.channel}" if one.channel >= 0 else letter, one.name]
    content = _timeless(one.content)
    if args or content is not None:
        entry.append(args or {})
    if content is not None:
        entry.append(content)
    return entry


def _is_nothing(value: Any) -> bool:
    return any(value == nothing and type(value) is type(nothing) for nothing in _NOTHING)


def _timeless(content: Any) -> Any:
    """The content with the times of x-death taken out."""
    headers = (content or {}).get("properties", {}).get("headers") or {}
    deaths = headers.get("x-death")
    if not isinstance(deaths, list):
        return content
    evened = [
        {**death, "time": {"$T": 0}} if isinstance(death, dict) and _is_time(death.get("time")) else death
        for death in deaths
    ]
    return {**content, "properties": {**content["properties"], "headers": {**headers, "x-death": evened}}}


def _is_time(value: Any) -> bool:
    return isinstance(value, dict) and value.get("$T", 0) > 1_000_000_000


def _shortened(entries: list[Any]) -> list[Any]:
    """The usual handshake as one entry. (``connection.start`` is looked at where a scenario dials by hand.)"""
    names = tuple(entry[1] for entry in entries[:3])
    if names != _GREETING or entries[1][2] != {"channel_max": 2047, "frame_max": 131072, "heartbeat": 60}:
        return entries
    return [[entries[0][0], "connected"], *entries[3:]]


def in_order_of_names(entries: list[Any]) -> list[Any]:
    """Cancels of consumers whose tags the server made up, in the order they were made up; the rest stays in place."""
    at = [index for index,
        entry in enumerate(entries) if entry[1] == "basic.cancel" and "-#" in entry[2]["consumer_tag"]]
    ordered = sorted((entries[index] for index in at), key=lambda entry: (entry[0], str(entry[2]["consumer_tag"])))
    for index, entry in zip(at, ordered, strict=True):
        entries[index] = entry
    return entries
