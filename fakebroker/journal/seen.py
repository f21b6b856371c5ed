"""What the journal knows of each connection when it comes to an entry: whose it is, and what its consumers read."""

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
"""The commands that change what is known of a connection."""


class Seen(Introduced):
    """What is known of one connection."""

    def __init__(self) -> None:
        super().__init__()
        self._queues: dict[tuple[int, str], str] = {}
        self._asked: dict[int, list[tuple[str, str]]] = {}  # by channel: tag and queue of consumers without consume-ok
        self._declared: dict[int, str] = {}  # by channel: its last declared queue, which it may call ""
        self._cancelled: tuple[int, str] | None = None  # by the last command, which still asks for its queue

    def queue_of(self, channel: int, consumer_tag: str) -> str | None:
        """The name of the queue that a consumer reads; None when there is no such consumer."""
        return self._queues.get((channel, consumer_tag))

    def note(self, command: Command, from_client: bool) -> None:
        """Remember what a command tells."""
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
        """The broker has sent consume-ok. It answers in order, and makes up a tag for a client that gave none."""
        asked = self._asked.get(channel, [])
        for each in asked:
            if each[0] in (tag, ""):
                self._queues[channel, tag] = each[1]
                del asked[: asked.index(each) + 1]
                return


class Connections:
    """What is known of all connections. Call :meth:`note` with each entry in turn."""

    def __init__(self) -> None:
        self._seen: dict[int, Seen] = {}

    def copy(self) -> Connections:
        """Make a copy, which can go on from here by itself."""
        return copy.deepcopy(self)

    def note(self, entry: Entry) -> Seen:
        """Remember what an entry tells.

        :return: what is known of its connection.
        """
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
        """Remember what several entries tell."""
        for entry in entries:
            self.note(entry)
