"""The ledger as a page needs it: each message's life, and which life a crossing belongs to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from fakebroker.report.labels import shorten

Form = Mapping[str, Any]
"""A part of the JSON form of a ledger."""

INSIDE = ("requeued", "expired", "dropped", "dead-lettered", "purged", "queue-deleted", "lost")
"""What the broker does with a copy by itself: such events get a row of their own."""

READY = {"ready": 1, "requeued": 1, "delivered": -1, "got": -1, "expired": -1, "dropped": -1, "purged": -1, "lost": -1,
         "queue-deleted": -1}  # fmt: skip
"""How an event changes the number of messages that are ready in its queue."""


@dataclass
class Happening:
    """An event of one message or copy."""

    order: int
    time: float
    name: str
    message: int
    queue: str
    address: str | None
    text: str
    whence: str = ""
    """For the first event of a dead letter: the queue that it comes from."""
    change: int = 0
    """How the number of ready messages in ``queue`` changes."""


@dataclass
class MessageLives:
    """All messages of a ledger, with their events in order."""

    titles: dict[int, str] = field(default_factory=dict)
    happenings: list[Happening] = field(default_factory=list)

    def by_address(self) -> dict[str, list[Happening]]:
        """The events that happened at a crossing, by its address."""
        found: dict[str, list[Happening]] = {}
        for each in self.happenings:
            if each.address is not None:
                found.setdefault(each.address, []).append(each)
        return found


def lives_of(ledger: Form | None) -> MessageLives:
    """Read the JSON form of a ledger: what ``broker.ledger.to_json()`` gives."""
    lives = MessageLives()
    for message in (ledger or {}).get("messages", ()):
        lives.titles[message["number"]] = _title(message)
        lives.happenings += _of_message(message)
    lives.happenings.sort(key=lambda each: each.order)
    return lives


def _title(message: Form) -> str:
    shown = message["body"]
    text = shown if isinstance(shown, str) else "(octets)"
    return shorten(text or "(empty)")


def _of_message(message: Form) -> Iterator[Happening]:
    number = message["number"]
    for event in message["events"]:
        yield _happening(event, number, "", "")
    routed = next((event.get("address") for event in message["events"] if event["name"] == "routed"), None)
    copies: Sequence[Form] = message["copies"]
    for copy in copies:
        cause = copy["cause"]
        whence = "" if cause is None else str(copies[cause]["queue"])
        for index, event in enumerate(copy["events"]):
            made = _happening(event, number, str(copy["queue"]), whence if index == 0 else "")
            if index == 0 and not whence:  # it came to the queue when the publish came to the broker
                made.address = made.address or routed
            yield made


def _happening(event: Form, message: int, queue: str, whence: str) -> Happening:
    name = event["name"]
    change = READY.get(name, 0) if queue else 0
    made = Happening(event["order"], event["time"], name, message, queue, event.get("address"), _text(event, queue))
    made.whence, made.change = whence, change
    return made


def _text(event: Form, queue: str) -> str:
    words = [event["name"].replace("-", " ")]
    if queue:
        words.append(f"in {queue}" if event["name"] == "ready" else f"from {queue}")
    if event.get("connection"):
        words.append(f"by connection {event['connection']}, channel {event.get('channel', 0)}")
    if event.get("tag") is not None:
        words.append(f"tag {event['tag']}")
    words += [flag.replace("_", "-") for flag in ("redelivered", "multiple", "requeue", "no_ack") if event.get(flag)]
    if event.get("detail"):
        words.append(str(event["detail"]))
    if event.get("rule") is not None:
        words.append(f"(rule {event['rule']})")
    if event.get("reached") is False:
        words.append("(the client was not told)")
    return " ".join(words)
