"""The journal's memory is bounded, whatever it is filled with: all that an entry holds counts, as it is in memory."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable, Iterator
from itertools import count, islice

from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from fakebroker.errors import AMQPError
from fakebroker.journal import Journal
from fakebroker.journal.entries import EntryItem, Raw
from fakebroker.values import Int16, Table
from fakebroker.wire.batch import CommandBatch
from fakebroker.wire.command import Command, Content, Malformed
from fakebroker.wire.reader import Reader
from fakebroker.wire.spec import load
from fakebroker.wire.writer import encode

SPEC = load("0-9-1")
LIMIT = 1_000_000


def published(body: bytes = b"", headers: Table | None = None) -> Command:
    return SPEC.command(1, "basic.publish", Content.make({"headers": headers}, body))


def small_fields(number: int, amount: int) -> Table:
    """The table that takes most memory for its octets."""
    return {f"{number:x}{field:x}": Int16(field) for field in range(amount)}


def as_received(commands: Iterator[Command]) -> Iterator[bytes | EntryItem]:
    """The octets, and what a reader makes of them, once the broker has looked at the headers."""
    reader = Reader(SPEC)
    for command in commands:
        octets = encode(command, 0)
        yield octets
        for event in reader.feed(octets):
            assert isinstance(event, Command)
            if event.content is not None:
                assert event.content.properties is not None
            yield event


def with_octets(items: Iterator[Malformed | Raw]) -> Iterator[bytes | EntryItem]:
    for item in items:
        yield item.data
        yield item


def declared(arguments: Callable[[int], Table]) -> Iterator[Command]:
    for number in count():
        yield SPEC.command(1, "queue.declare", queue="q" * 200, arguments=arguments(number))


class Bounds(SynchronousTestCase):
    """What the journal holds of many entries, measured, is not much more than its limit."""

    def assert_bounded(self, items: Iterator[bytes | EntryItem | CommandBatch], amount: int) -> None:
        journal = Journal(Clock(), max_octets=LIMIT)
        list(islice(items, 20))  # what is made once is no matter
        tracemalloc.start()
        self.addCleanup(tracemalloc.stop)
        for item in islice(items, 2 * amount):
            if isinstance(item, bytes):
                journal.octets += len(item)
            elif isinstance(item, CommandBatch):
                journal.add_batch(1, "in", *item)
            else:
                journal.add(1, "in", item)
        del item
        self.assertGreater(journal.forgotten, 0)
        held = tracemalloc.get_traced_memory()[0]
        self.assertLess(held, 1.25 * LIMIT)
        self.assertGreater(held, LIMIT / 8)

    def test_bodies(self) -> None:
        self.assert_bounded(as_received(published(b"%d" % number * 10_000) for number in count()), 200)

    def test_messages_of_nearly_nothing(self) -> None:
        self.assert_bounded(as_received(published(b"%d" % number) for number in count()), 2500)

    def test_a_long_header(self) -> None:
        long: Iterator[Table] = ({"h": "x" * 20_000 + str(number)} for number in count())
        self.assert_bounded(as_received(published(headers=headers) for headers in long), 100)

    def test_a_long_table_of_small_fields(self) -> None:
        self.assert_bounded(as_received(published(headers=small_fields(number, 1000)) for number in count()), 150)

    def test_small_tables_of_small_fields(self) -> None:
        self.assert_bounded(as_received(published(headers=small_fields(number, 30)) for number in count()), 2000)

    def test_arguments_of_a_declaration(self) -> None:
        self.assert_bounded(as_received(declared(lambda number: {"x": "x" * 20_000 + str(number)})), 200)

    def test_arguments_that_are_a_table_of_small_fields(self) -> None:
        self.assert_bounded(as_received(declared(lambda number: {"x": small_fields(number, 300)})), 100)

    def test_arguments_that_are_an_array_of_empty_arrays(self) -> None:
        self.assert_bounded(as_received(declared(lambda number: {"x": [[] for _ in range(500)]})), 100)

    def test_what_a_client_says_of_itself(self) -> None:
        commands = (
            SPEC.command(0, "connection.start-ok", client_properties=small_fields(number, 200)) for number in count()
        )
        self.assert_bounded(as_received(commands), 100)

    def test_malformed_octets(self) -> None:
        error = AMQPError("frame-error", "cannot decode")
        self.assert_bounded(with_octets(Malformed(1, error, b"%d" % number * 20_000) for number in count()), 200)

    def test_what_rules_wrote(self) -> None:
        self.assert_bounded(with_octets(Raw(b"%d" % number * 20_000) for number in count()), 200)

    def test_batches(self) -> None:
        def batches() -> Iterator[bytes | CommandBatch]:
            for number in count():
                bodies = [b"%d" % each for each in range(1000 * number, 1000 * number + 40)]
                yield b"".join(bodies)
                yield CommandBatch(published(), bodies)

        self.assert_bounded(batches(), 1000)
