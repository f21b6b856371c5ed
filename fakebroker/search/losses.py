"""Messages that the plain run brought to their end, and another run has lost.

Two runs of a program are compared by what became of their messages. A message is known by its exchange, its routing key
and its body. Where the program makes up bodies, a message that only one of the runs has stands for one that only the
other has, if they go the same way.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from fakebroker.ledger.message import Copy, PublishedMessage

Route = tuple[str, str, str]


A_LOSS = "but a message is lost"
"""What the error of a run says that has ended well and lost a message."""


@dataclass
class _Fates:
    """The messages with one body on one route."""

    handled: int = 0
    kept: int = 0
    stored: int = 0
    messages: list[PublishedMessage] = field(default_factory=list)


@dataclass(frozen=True)
class Loss:
    """A message that is lost.

    :param why: what became of it instead, in a few words.
    :param title: which message it is.
    """

    why: str
    title: str

    def __str__(self) -> str:
        return f"{self.title}: {self.why}"


def losses(plain: Iterable[PublishedMessage], other: Iterable[PublishedMessage]) -> list[Loss]:
    """The messages that were handled or stored in the plain run, and are neither in the other.

    A message that still waits in a queue at the end is not lost. One that the plain run left in a queue is not, either,
    if it was in a queue in the other: what the broker has done to it there is not the program's fault. Nor is it lost
    when a rule has deleted its queue.
    """
    before, after = _by_route(plain), _by_route(other)
    found = []
    for route, bodies in before.items():
        now = after.get(route, {})
        strangers = sum(fates.handled + fates.kept for body, fates in now.items() if body not in bodies)
        for body, fates in bodies.items():
            missing = _missing(fates, now.get(body, _Fates()))
            stood_for = min(missing, strangers)
            strangers -= stood_for
            gone = [each for each in now.get(body, _Fates()).messages if not _is_safe(each)]
            for index in range(missing - stood_for):
                message = gone[index] if index < len(gone) else None
                found.append(Loss(_why(message), fates.messages[-1 - index].title.partition(": ")[2]))
    return found


def _missing(plain: _Fates, other: _Fates) -> int:
    handled = max(0, plain.handled - other.handled - other.kept)
    return handled + max(0, plain.kept - max(0, other.stored - plain.handled))


def _by_route(messages: Iterable[PublishedMessage]) -> dict[Route, dict[bytes, _Fates]]:
    found: dict[Route, dict[bytes, _Fates]] = {}
    for message in messages:
        if message.crossing is None and message.rule is not None:  # a rule has made it
            continue
        route = message.vhost, message.exchange, message.routing_key
        fates = found.setdefault(route, {}).setdefault(message.body, _Fates())
        fates.messages.append(message)
        handled = any(_is_handled(copy) or _is_taken(copy) for copy in message.copies)
        fates.handled += handled
        fates.kept += not handled and _is_safe(message)
        fates.stored += bool(message.copies)
    return found


def _is_handled(copy: Copy) -> bool:
    """Whether a client has taken it: it was acked, or it came to the client with no ack needed."""
    return any(
        event.name == "acked" or (event.name in ("delivered", "got") and event.no_ack and event.reached)
        for event in copy.events
    )


def _is_taken(copy: Copy) -> bool:
    """Whether a rule has deleted the queue with the message in it: no program can do anything about that."""
    last = copy.events[-1]
    return last.name == "queue-deleted" and last.rule is not None


def _is_safe(message: PublishedMessage) -> bool:
    return any(_is_handled(copy) or not copy.gone or _went_with_its_queue(copy) for copy in message.copies)


def _went_with_its_queue(copy: Copy) -> bool:
    """Whether a rule has deleted its queue, as an administrator does: no program can keep it then."""
    return copy.events[-1].name == "queue-deleted" and copy.events[-1].rule is not None


def _why(message: PublishedMessage | None) -> str:
    """What became of a message in the run that has lost it; None when there it is not even published."""
    if message is None:
        return "it was never published"
    if message.returned is not None:
        return "it was returned"
    if not message.copies:
        last = next((event for event in reversed(message.fate) if event.name in _NOWHERE), None)
        return "it reached no queue" if last is None else _NOWHERE[last.name]
    last_event = message.copies[-1].events[-1]
    if last_event.name in ("delivered", "got"):
        return "it was sent with no ack needed, and never arrived"
    return f"its last event was: {last_event.name.replace('-', ' ')}"


_NOWHERE = {
    "withheld": "its publish never reached the broker",
    "refused": "the broker refused it",
    "returned": "it was returned",
    "unroutable": "it was routed to no queue",
    "rolled-back": "its transaction was rolled back",
}
