"""The journal: everything that has passed, as it passed, and how to query it."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain
from pathlib import Path

from fakebroker.clock import Time
from fakebroker.errors import raise_it
from fakebroker.journal.entries import Direction, Entry, EntryItem
from fakebroker.journal.numbering import Numbering
from fakebroker.journal.query import Query, Search, assert_count, check_number, query
from fakebroker.journal.record import dumps, record_of
from fakebroker.journal.seen import TELLING, Connections
from fakebroker.journal.stored import Stored, items, name_of, plain
from fakebroker.journal.text import render
from fakebroker.predicates.addresses import Address, Numbered
from fakebroker.private import write_private
from fakebroker.values import Value, weight
from fakebroker.wire.command import Command
from fakebroker.wire.spec import Method

MAX_ENTRIES = 50_000
MAX_OCTETS = 64 * 1024 * 1024

SAME_TIME = 0.0001
"""Entries share one time when fewer seconds than this lie between them. So a burst needs less memory."""

DELIVERIES = ("basic.deliver", "basic.get-ok")

CHUNKS = 16
"""How many chunks the journal keeps. It forgets a whole chunk at a time, so that adding an entry is one append."""

ENTRY = 500
"""Octets of memory that an entry takes besides the item's own octets."""

BODY = 48
"""Octets of memory that a body takes besides its own octets, where several commands are one entry."""


def _long_octets(method: Method, args: Sequence[Value]) -> int:
    return sum([weight(args[place]) for place in method.long_fields if args[place]])


class Journal:
    """What the clients of one broker have sent and seen. When there is too much, the oldest entries are forgotten.

    Many entries are kept, and few are looked at. So adding one is a single append of plain values, and the command is
    made again when somebody looks. The commands of a batch stay one entry until then.

    :param clock: the source of the entries' times, which count from now.
    :param max_entries: how many entries are kept. When there are more, a sixteenth of them is forgotten.
    :param max_octets: how many octets of memory all entries may take. The last entry is kept in any case.
    """

    # Slots refuse attributes that do not exist, as Sealed does, but cost nothing when an entry is added.
    __slots__ = (
        *("before", "forgotten", "max_entries", "max_octets", "octets", "report"),
        *("_chunk", "_count", "_enough", "_enough_octets", "_full", "_kept", "_kept_octets", "_numbering"),
        *("_last", "_seconds", "_start", "_watchers"),
    )

    def __init__(self, clock: Time, max_entries: int = MAX_ENTRIES, max_octets: int = MAX_OCTETS) -> None:
        self.forgotten = 0
        """How many entries have been forgotten."""
        self.before = Connections()
        """What was known of each connection before the oldest entry that is kept."""
        self._numbering = Numbering()
        self.limit(max_entries, max_octets)
        self._seconds = clock.seconds
        self._start = self._last = clock.seconds()
        self._chunk: list[Stored] = []
        self._count = 0  # of the entries in the chunk
        self.octets = 0
        """Octets that came in and went out since the chunk began. The link adds to it: asking each command for its size
        would take longer."""
        self._full: deque[tuple[list[Stored], int, int]] = deque()
        self._kept = 0
        self._kept_octets = 0
        self.report: Callable[[Exception], None] = raise_it
        """Called with the error of a watcher that has raised; the watcher sees no more entries."""
        self._watchers: list[Callable[[Entry], None]] = []

    def limit(self, max_entries: int | None = None, max_octets: int | None = None) -> None:
        """Change the limits; None leaves a limit as it is."""
        if max_entries is not None:
            check_number("max_entries", max_entries, 1)
            self.max_entries = max_entries
        if max_octets is not None:
            check_number("max_octets", max_octets, 0)
            self.max_octets = max_octets
        # The limits of one chunk. They are worked out here, since each command that passes is held against them.
        self._enough = -(-min(self.max_entries, self.max_octets // ENTRY) // CHUNKS)
        self._enough_octets = -(-self.max_octets // CHUNKS)

    def __len__(self) -> int:
        return self._kept + self._count

    def __iter__(self) -> Iterator[Entry]:
        self._numbering.catch_up(self._chunk)
        stored = [entry for chunk, _, _ in self._full for entry in chunk] + self._chunk
        return chain.from_iterable(map(self._entries, stored))

    # --- writing

    def add(self, connection: int, direction: Direction | Numbered, item: EntryItem) -> None:
        """Add an entry. Every command comes here: it asks what ``_time`` and ``_added`` ask without calling them.

        :param direction: with its number, for what was counted when it arrived; see :meth:`arrived`.
        """
        time = self._seconds()
        if time - self._last < SAME_TIME:
            time = self._last
        else:
            self._last = time
        self._count += 1
        if type(item) is Command:
            channel, method, args, content = item
            if content is not None:
                self._chunk.append(
                    (time, connection, direction, channel, method.key, args[:], content.header, content.body)
                )
            else:
                self._chunk.append((time, connection, direction, channel, method.key, args[:]))
                if method.long_fields:
                    self.octets += _long_octets(method, args)
        else:
            self._chunk.append((time, connection, direction, *plain(item)))
        if self._watchers or self._count >= self._enough or self.octets >= self._enough_octets:
            self._added()

    def add_batch(self, connection: int, direction: Direction, first: Command, bodies: Sequence[bytes]) -> None:
        """Add an entry for each command of a batch.

        :param bodies: those of all, the first one's included.
        """
        channel, method, args, content = first
        assert content is not None, "what has no content is in no batch"
        time, key = self._time(), method.key
        stored = time, connection, direction, channel, key, args[:], content.header, tuple(bodies)
        if len(bodies) > self._enough:
            for each in items(stored):
                self.add(connection, direction, each)
        else:
            self._count += len(bodies)
            self._chunk.append(stored)
            self._added()

    def _time(self) -> float:
        time = self._seconds()
        if time - self._last < SAME_TIME:
            return self._last
        self._last = time
        return time

    def _added(self) -> None:
        if self._watchers:
            self._numbering.catch_up(self._chunk)
            self._show(self._chunk[-1])
        if self._count >= self._enough or self.octets >= self._enough_octets:
            self._next_chunk()

    def arrived(self, connection: int, name: str) -> Numbered:
        """Give a number to what goes to the client, before it is added: rules may keep it back."""
        self._numbering.catch_up(self._chunk)
        return self._numbering.count(connection, "out", name)

    def latest(self) -> Numbered:
        """The number of the last crossing that was added."""
        return self._numbering.catch_up(self._chunk)

    def crossed(self, connection: int, direction: str, name: str) -> int:
        """How many items of this name have crossed, in this direction of a connection that has not ended."""
        self._numbering.catch_up(self._chunk)
        return self._numbering.counted(connection, direction, name)

    def has_crossed(self, address: Address) -> bool:
        """Whether something has crossed there. Of a connection that has ended, only what is kept is known."""
        count = self.crossed(address.connection, address.direction, address.name)
        return count >= address.occurrence or any(entry.address == str(address) for entry in self)

    @property
    def crossings(self) -> int:
        """How many items have crossed in all. Those that have been forgotten count, too."""
        self._numbering.catch_up(self._chunk)
        return self._numbering.crossings

    def _show(self, stored: Stored) -> None:
        for entry in self._entries(stored):
            for watcher in list(self._watchers):
                try:
                    watcher(entry)
                except Exception as error:
                    if watcher in self._watchers:
                        self._watchers.remove(watcher)
                    self.report(error)

    def _next_chunk(self) -> None:
        self._numbering.next_chunk(self._chunk)
        octets = self.octets + ENTRY * len(self._chunk) + BODY * self._count
        self._full.append((self._chunk, self._count, octets))
        self._kept += self._count
        self._kept_octets += octets
        self._chunk, self._count, self.octets = [], 0, 0
        while len(self._full) > 1 and (self._kept > self.max_entries or self._kept_octets > self.max_octets):
            chunk, count, octets = self._full.popleft()
            self._numbering.forget(chunk)
            self._remember(chunk)
            self._kept -= count
            self._kept_octets -= octets
            self.forgotten += count

    def _remember(self, chunk: Iterable[Stored]) -> None:
        """Remember what entries have told of their connections, before they are forgotten."""
        telling = [stored for stored in chunk if len(stored) < 6 or name_of(stored) in TELLING]
        self.before.note_all(chain.from_iterable(map(self._entries, telling)))

    def _entries(self, stored: Stored) -> Iterator[Entry]:
        time, connection, direction = stored[:3]
        number, occurrence = None, 0
        if type(direction) is Numbered:
            direction, number, occurrence = direction
        time -= self._start
        for item in items(stored):
            yield Entry(time, connection, direction, item, number, occurrence)
            if number is not None:
                number, occurrence = number + 1, occurrence + 1

    def clear(self) -> None:
        """Forget all entries. Who is connected and who consumes is remembered, and times go on counting."""
        self._numbering.next_chunk(self._chunk)
        for chunk in (*(full[0] for full in self._full), self._chunk):
            self._numbering.forget(chunk)
            self._remember(chunk)
        self._numbering.clear()
        self._chunk, self._count, self.octets, self._kept, self._kept_octets = [], 0, 0, 0, 0
        self._full.clear()
        self.forgotten = 0

    def watch(self, watcher: Callable[[Entry], None]) -> Callable[[], None]:
        """Have a function called with each new entry. It is called while things are going on, and must only look.

        If it raises, it is not called any more, and the test is told of the error. What passes is not disturbed.

        :returns: a function that ends the watching.
        """
        if not callable(watcher):
            raise TypeError(f"what watches is a function that takes an entry, not {watcher!r}")
        self._watchers.append(watcher)

        def end() -> None:
            if watcher in self._watchers:
                self._watchers.remove(watcher)

        return end

    # --- asking

    def find(self, name: str | None = None, direction: Direction | None = None, **predicates: object) -> list[Entry]:
        """Find the commands that fit, the oldest first.

        :param name: a command's name, such as ``"basic.publish"``, or another name that rules have, such as
            ``"basic.*"`` for all commands of a class, or ``"heartbeat"``. None for any command.
        :param direction: ``"in"`` is from a client, ``"out"`` is to a client; None for both.
        :param predicates: the same as rules have: ``connection``, ``client``, ``user``, ``vhost``, ``channel``,
            ``queue``, any argument of the method, any property of the message, or ``body``. Each is given a value to
            be equal to, a function that returns whether a value fits, or a test such as
            ``fakebroker.faults.like("orders.*")``.
        :raises QueryError: when nothing can ever fit: there is no such command, it never goes in this direction, or it
            has no such argument.
        """
        return self._found(query(() if name is None else (name,), direction, predicates))

    def published(self, **predicates: object) -> list[Entry]:
        """The messages that clients have published: ``published(routing_key="jobs")[0].body``."""
        return self.find("basic.publish", "in", **predicates)

    def delivered(self, **predicates: object) -> list[Entry]:
        """The messages that clients were sent, by ``basic.deliver`` or ``basic.get-ok``."""
        return self._found(query(DELIVERIES, "out", predicates))

    def returned(self, **predicates: object) -> list[Entry]:
        """The messages that were returned to their publishers."""
        return self.find("basic.return", "out", **predicates)

    def methods(self, direction: Direction | None = None, **predicates: object) -> list[str]:
        """The names of the commands that fit, in order: ``methods("out", connection=1, name=like("basic.*"))``."""
        return [entry.name for entry in self._found(query((), direction, predicates))]

    # --- asserting

    def assert_published(self, count: int | None = None, **predicates: object) -> list[Entry]:
        """Assert that messages have been published. The AssertionError shows which came nearest.

        :param count: how many must fit; None for at least one.
        :returns: those that fit.
        """
        return self._assert(query(("basic.publish",), "in", predicates), count)

    def assert_delivered(self, count: int | None = None, **predicates: object) -> list[Entry]:
        """Assert that messages have been delivered, as :meth:`assert_published` does."""
        return self._assert(query(DELIVERIES, "out", predicates), count)

    def assert_command(
        self, name: str, direction: Direction | None = None, count: int | None = None, **predicates: object
    ) -> list[Entry]:
        """Assert that commands have passed. The AssertionError shows which came nearest.

        :param count: how many must fit, 0 for none; None for at least one.
        :returns: those that fit.
        """
        return self._assert(query((name,), direction, predicates), count)

    def assert_methods(self, expected: list[str], direction: Direction | None = None, **predicates: object) -> None:
        """Assert that exactly these commands have passed, in this order. The error shows where they first differ."""
        from fakebroker.journal.compare import difference

        for name in expected:
            query((name,), direction, {})
        actual = self.methods(direction, **predicates)
        if actual != expected:
            raise AssertionError("other methods passed than expected\n" + difference(expected, actual))

    def _assert(self, query: Query, count: int | None) -> list[Entry]:
        if count is not None:
            check_number("count", count, 0)
        found = self._found(query)
        assert_count(query, found, count, list(self), self.before)
        return found

    def _found(self, query: Query) -> list[Entry]:
        search = Search(query, self.before)
        return [entry for entry in self if search.fits(entry)]

    # --- showing

    def transcript(
        self, *, times: bool = True, numbers: bool = True, connection: int | None = None, heartbeats: bool = True
    ) -> str:
        """The conversation as text.

        :param times: whether to show the seconds.
        :param numbers: whether to show the number of each crossing, as rules take it: ``when(crossing=17)``.
        :param connection: the number of the only connection to show; None for all.
        :param heartbeats: whether to show heartbeats.
        """
        if connection is not None:
            check_number("connection", connection, 1)
        records = [record_of(entry) for entry in self if connection is None or entry.connection == connection]
        if not heartbeats:
            records = [record for record in records if record.kind != "heartbeat"]
        return render(records, times=times, numbers=numbers, forgotten=self.forgotten)

    def json_lines(self) -> str:
        """The journal as JSON lines. ``fakebroker.journal.loads`` reads them."""
        return dumps(map(record_of, self))

    def pcap(self) -> bytes:
        """The conversation as a capture file for Wireshark. It has every octet, passwords included."""
        from fakebroker.journal.pcap import capture

        return capture(self)

    def write_pcap(self, path: str | Path) -> None:
        """Write the capture file. Only its owner can read the file, since passwords are in it.

        :raises OSError: when it can't be written.
        """
        write_private(path, self.pcap())
