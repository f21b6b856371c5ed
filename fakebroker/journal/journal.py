"""The journal: everything that passed, as it passed, and how to ask for it."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain
from pathlib import Path

from fakebroker.clock import Time
from fakebroker.errors import raise_it
from fakebroker.journal.entries import Direction, Entry, EntryItem
from fakebroker.journal.query import Query, Search, assert_count, check_number, query
from fakebroker.journal.record import dumps, record_of
from fakebroker.journal.seen import TELLING, Connections
from fakebroker.journal.stored import Stored, items, name_of, plain
from fakebroker.journal.text import render
from fakebroker.private import write_private
from fakebroker.values import Value, weight
from fakebroker.wire.command import Command, Commands
from fakebroker.wire.spec import Method

MAX_ENTRIES = 50_000
MAX_OCTETS = 64 * 1024 * 1024

SAME_TIME = 0.0001
"""Seconds between two entries that are not worth a time of their own: those of a burst share one number in memory."""

DELIVERIES = ("basic.deliver", "basic.get-ok")

CHUNKS = 16
"""The journal forgets by the chunk, so that adding is one append; this many make up what it keeps."""

ENTRY = 500
"""Octets of memory that an entry takes beside those that came or went."""

BODY = 48
"""Octets of memory that a body takes beside its own, where several commands are one entry."""


def _long_octets(method: Method, args: Sequence[Value]) -> int:
    return sum([weight(args[place]) for place in method.long_fields if args[place]])


class Journal:
    """What the clients of one broker sent and saw; the oldest goes when there is too much.

    Adding is one append: commands are kept in plain values and made and rendered when somebody looks, for many are kept
    and few looked at. Commands that came together as alike stay together.

    :param clock: where the entries' times come from; they count from now.
    :param max_entries: how many are kept at most; a sixteenth of them goes when there are more.
    :param max_octets: how many octets of memory they may take, all told, but that the last one is kept however long.
    """

    # Nobody sets what there is not; and adding, which is done for each message, pays nothing for it.
    __slots__ = (
        *("before", "forgotten", "max_entries", "max_octets", "octets", "report"),
        *("_chunk", "_count", "_enough", "_enough_octets", "_full", "_kept", "_kept_octets"),
        *("_last", "_seconds", "_start", "_watchers"),
    )

    def __init__(self, clock: Time, max_entries: int = MAX_ENTRIES, max_octets: int = MAX_OCTETS) -> None:
        self.forgotten = 0
        """How many entries had to go."""
        self.before = Connections()
        """What was known of the connections before the oldest entry that is kept."""
        self.limit(max_entries, max_octets)
        self._seconds = clock.seconds
        self._start = self._last = clock.seconds()
        self._chunk: list[Stored] = []
        self._count = 0  # of the entries in it
        self.octets = 0
        """What came in and went out since the chunk began; whoever reads and writes adds to it, for asking each command
        costs more."""
        self._full: deque[tuple[list[Stored], int, int]] = deque()
        self._kept = 0
        self._kept_octets = 0
        self.report: Callable[[Exception], None] = raise_it
        """Told of the error of a watcher that raised, and has been dismissed."""
        self._watchers: list[Callable[[Entry], None]] = []

    def limit(self, max_entries: int | None = None, max_octets: int | None = None) -> None:
        """Keep so much from now on; None leaves a limit as it is."""
        if max_entries is not None:
            check_number("max_entries", max_entries, 1)
            self.max_entries = max_entries
        if max_octets is not None:
            check_number("max_octets", max_octets, 0)
            self.max_octets = max_octets
        # What a chunk holds at most, as often as a command passes it is asked.
        self._enough = -(-min(self.max_entries, self.max_octets // ENTRY) // CHUNKS)
        self._enough_octets = -(-self.max_octets // CHUNKS)

    def __len__(self) -> int:
        return self._kept + self._count

    def __iter__(self) -> Iterator[Entry]:
        stored = [entry for chunk, _, _ in self._full for entry in chunk] + self._chunk
        return chain.from_iterable(map(self._entries, stored))

    # --- writing

    def add(self, connection: int, direction: Direction, item: EntryItem | Commands) -> None:
        """Append an entry, or one for each of several commands."""
        if type(item) is Commands and len(item.bodies) > self._enough:
            for each in item.each():
                self.add(connection, direction, each)
            return
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
        elif type(item) is Commands:
            channel, method, args, content, bodies = item
            parts = channel, method.key, args[:], content.header, tuple(bodies)
            self._chunk.append((time, connection, direction, *parts))
            self._count += len(bodies) - 1
        else:
            self._chunk.append((time, connection, direction, *plain(item)))
        if self._watchers:
            self._show(self._chunk[-1])
        if self._count >= self._enough or self.octets >= self._enough_octets:
            self._next_chunk()

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
        octets = self.octets + ENTRY * len(self._chunk) + BODY * self._count
        self._full.append((self._chunk, self._count, octets))
        self._kept += self._count
        self._kept_octets += octets
        self._chunk, self._count, self.octets = [], 0, 0
        while len(self._full) > 1 and (self._kept > self.max_entries or self._kept_octets > self.max_octets):
            chunk, count, octets = self._full.popleft()
            self._remember(chunk)
            self._kept -= count
            self._kept_octets -= octets
            self.forgotten += count

    def _remember(self, chunk: Iterable[Stored]) -> None:
        """Keep of entries that are forgotten what they told of their connections."""
        telling = [stored for stored in chunk if len(stored) < 6 or name_of(stored) in TELLING]
        self.before.note_all(chain.from_iterable(map(self._entries, telling)))

    def _entries(self, stored: Stored) -> Iterator[Entry]:
        time, connection, direction = stored[:3]
        time -= self._start
        for item in items(stored):
            yield Entry(time, connection, direction, item)

    def clear(self) -> None:
        """Forget everything but who is connected and consumes; times go on counting from where they did."""
        for chunk in (*(full[0] for full in self._full), self._chunk):
            self._remember(chunk)
        self._chunk, self._count, self.octets, self._kept, self._kept_octets = [], 0, 0, 0, 0
        self._full.clear()
        self.forgotten = 0

    def watch(self, watcher: Callable[[Entry], None]) -> Callable[[], None]:
        """Have each new entry shown to a function, in the middle of what is going on: it must only take note.

        One that raises sees no more entries; what passes is not disturbed, and the test is told of the error.

        :returns: a function that ends it.
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
        """The commands that fit, oldest first.

        :param name: the command's, ``"basic.publish"``; what a rule may name too, such as all of a class,
            ``"basic.*"``, or ``"heartbeat"``. None for any command.
        :param direction: ``"in"`` from a client, ``"out"`` to one; None for both.
        :param predicates: those that rules have: ``connection``, ``client``, ``user``, ``vhost``, ``channel``,
            ``queue``, any argument of the method, property of the message, or ``body``. Each a value to be equal to,
            a function that says whether a value will do, or a test such as ``fakebroker.faults.like("orders.*")``.
        :raises QueryError: for what nothing can ever fit, as rules refuse it: a name that is none, a way that such a
            command never goes, an argument that it does not have.
        """
        return self._found(query(() if name is None else (name,), direction, predicates))

    def published(self, **predicates: object) -> list[Entry]:
        """The messages that clients published: ``published(routing_key="jobs")[0].body``."""
        return self.find("basic.publish", "in", **predicates)

    def delivered(self, **predicates: object) -> list[Entry]:
        """The messages that clients were sent, by ``basic.deliver`` or ``basic.get-ok``."""
        return self._found(query(DELIVERIES, "out", predicates))

    def returned(self, **predicates: object) -> list[Entry]:
        """The messages that came back to their publishers."""
        return self.find("basic.return", "out", **predicates)

    def methods(self, direction: Direction | None = None, **predicates: object) -> list[str]:
        """The names of the commands that passed, in order: ``methods("out", connection=1, name=like("basic.*"))``."""
        return [entry.name for entry in self._found(query((), direction, predicates))]

    # --- asserting

    def assert_published(self, count: int | None = None, **predicates: object) -> list[Entry]:
        """The messages published that fit, or an AssertionError that shows what came nearest.

        :param count: how many there must be; None for at least one.
        """
        return self._assert(query(("basic.publish",), "in", predicates), count)

    def assert_delivered(self, count: int | None = None, **predicates: object) -> list[Entry]:
        """The messages delivered that fit, or an AssertionError that shows what came nearest."""
        return self._assert(query(DELIVERIES, "out", predicates), count)

    def assert_command(
        self, name: str, direction: Direction | None = None, count: int | None = None, **predicates: object
    ) -> list[Entry]:
        """The commands that fit, or an AssertionError that shows what came nearest.

        :param count: how many there must be, 0 too; None for at least one.
        """
        return self._assert(query((name,), direction, predicates), count)

    def assert_methods(self, expected: list[str], direction: Direction | None = None, **predicates: object) -> None:
        """Assert that just these commands passed, in this order; the error shows where they first differ."""
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

    def transcript(self, *, times: bool = True, connection: int | None = None, heartbeats: bool = True) -> str:
        """The conversation as text.

        :param times: whether to show the seconds.
        :param connection: only this one.
        :param heartbeats: whether to show heartbeats.
        """
        if connection is not None:
            check_number("connection", connection, 1)
        records = [record_of(entry) for entry in self if connection is None or entry.connection == connection]
        if not heartbeats:
            records = [record for record in records if record.kind != "heartbeat"]
        return render(records, times=times, forgotten=self.forgotten)

    def json_lines(self) -> str:
        """The journal as JSON lines; ``fakebroker.journal.loads`` reads them."""
        return dumps(map(record_of, self))

    def pcap(self) -> bytes:
        """The conversation as a capture file that Wireshark opens: every octet, passwords too."""
        from fakebroker.journal.pcap import capture

        return capture(self)

    def write_pcap(self, path: str | Path) -> None:
        """Write the capture file, such that only its owner can read it: passwords are in it.

        :raises OSError: when that can't be done.
        """
        write_private(path, self.pcap())
