"""What the journal knows of each connection at one of its entries: who it is, and what its consumers read."""

from __future__ import annotations

import copy
from collections.abc import Iterable

from fakebroker.journal.entries import Entry, Lost
from fakebroker.predicates.facts import Introduced
from fakebroker.wire.command import Command

TELLING = (
    *("connection.start-ok", "connection.open"),
    *("basic.consume", "basic.consume-ok", "basic.cancel", "basic.cancel-ok"),
    *("queue.declare", "queue.declare-ok", "channel.close"),
)
"""The commands that change what is known."""


class Seen(Introduced):
    """One connection."""

    def __init__(self) -> None:
        super().__init__()
        self._queues: dict[tuple[int, str], str] = {}
        self._asked: dict[int, list[tuple[str, str]]] = {}  # consumers not yet granted, by channel: tag and queue
        self._declared: dict[int, str] = {}  # the last queue of a channel: what it calls ""
        self._cancelled: tuple[int, str] | None = None  # by the command noted last, which is still about its queue

    def queue_of(self, channel: int, consumer_tag: str) -> str | None:
        """The queue that a consumer reads; None when there is no such consumer."""
        return self._queues.get((channel, consumer_tag))

    def note(self, command: Command, from_client: bool) -> None:
        """Take note of what a command says."""
        if self._cancelled is not None:
            self._queues.pop(self._cancelled, None)
            self._cancelled = None
        if command.name not in TELLING:
            return
        self.take_note(command)
        channel, args = command.channel, command.args
        if command.name == "basic.consume":
            self._consume(channel, args.consumer_tag, args.queue or self._declared.get(channel, ""), args.no_wait)
        elif command.name == "basic.consume-ok":
            self._granted(channel, args.consumer_tag)
        elif command.name == "basic.cancel" and from_client:
            self._cancelled = (channel, args.consumer_tag) if args.no_wait else None
        elif command.name in ("basic.cancel", "basic.cancel-ok"):
            self._queues.pop((channel, args.consumer_tag), None)
        elif command.name == "queue.declare-ok" or (command.name == "queue.declare" and args.no_wait):
            self._declared[channel] = args.queue or self._declared.get(channel, "")
        elif command.name == "channel.close":
            self._asked.pop(channel, None)
            self._declared.pop(channel, None)
            self._queues = {key: queue for key, queue in self._queues.items() if key[0] != channel}

    def _consume(self, channel: int, tag: str, queue: str, granted: bool) -> None:
        if granted:
            self._queues[channel, tag] = queue
        else:
            self._asked.setdefault(channel, []).append((tag, queue))

    def _granted(self, channel: int, tag: str) -> None:
        """The broker answers in order, and makes up a tag for who gave none."""
        asked = self._asked.get(channel, [])
        for each in asked:
            if each[0] in (tag, ""):
                self._queues[channel, tag] = each[1]
                del asked[: asked.index(each) + 1]
                return


class Connections:
    """All connections. :meth:`note` is to be called with every entry in turn, or with those that tell something."""

    def __init__(self) -> None:
        self._seen: dict[int, Seen] = {}

    def copy(self) -> Connections:
        """The same, to go on from here."""
        return copy.deepcopy(self)

    def note(self, entry: Entry) -> Seen:
        """Take note of what an entry says, and give what is known of its connection."""
        number = entry.connection
        if isinstance(entry.item, Lost):
            return self._seen.pop(number, None) or Seen()
        seen = self._seen.get(number)
        if seen is None:
            seen = self._seen[number] = Seen()
        if isinstance(entry.item, Command):
            seen.note(entry.item, entry.direction == "in")
        return seen

    def note_all(self, entries: Iterable[Entry]) -> None:
        """Take note of what entries say."""
        for entry in entries:
            self.note(entry)
