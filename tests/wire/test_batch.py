"""Batches are read and written as their commands would be one by one."""

from __future__ import annotations

from unittest import TestCase

from hypothesis import strategies as st

from fakebroker.wire.batch import AT_ONCE, CommandBatch, encode_batch
from fakebroker.wire.command import Command, Content
from fakebroker.wire.reader import Reader
from fakebroker.wire.spec import load
from fakebroker.wire.writer import encode
from tests.properties import given
from tests.wire.strategies import VERSIONS

SPEC = load("0-9-1")


def publishes(*bodies: bytes, key: str = "q") -> bytes:
    """The octets of messages to one queue."""
    return b"".join(
        encode(SPEC.command(1, "basic.publish", Content.make({}, body), routing_key=key), 0) for body in bodies
    )


class Reading(TestCase):
    def setUp(self) -> None:
        self.reader = Reader(SPEC, batches=True)

    def read(self, octets: bytes) -> CommandBatch:
        """The batch that comes next."""
        self.reader.take_in(octets)
        event = self.reader.next()
        assert isinstance(event, CommandBatch)
        return event

    def test_what_differs_in_its_body_only_is_one_batch(self) -> None:
        octets = publishes(b"one", b"three", b"seven")
        batch = self.read(octets + publishes(b"two", key="other"))
        self.assertEqual([b"one", b"three", b"seven"], batch.bodies)
        self.assertEqual(list(Reader(SPEC).feed(octets)), list(batch.unbatched()))

    def test_what_has_no_body_is_in_no_batch_with_what_has_one(self) -> None:
        self.assertEqual([b"", b""], self.read(publishes(b"", b"", b"x")).bodies)

    def test_it_is_no_longer_than_what_may_pass_at_once(self) -> None:
        octets = publishes(b"x" * 100)
        count = len(self.read(octets * 2 * (AT_ONCE // len(octets))).bodies)
        self.assertEqual(AT_ONCE // len(octets), count)

    def test_one_that_may_not_pass_comes_again_command_by_command(self) -> None:
        octets = publishes(b"one", b"two", b"six")
        batch = self.read(octets + publishes(b"ten", key="other"))
        self.reader.put_back(batch.unbatched())
        self.assertEqual(len(octets) + len(publishes(b"ten", key="other")), self.reader.octets)
        events = list(iter(self.reader.next, None))
        self.assertEqual(list(Reader(SPEC).feed(octets + publishes(b"ten", key="other"))), events)
        self.assertEqual(0, self.reader.octets)


class Writing(TestCase):
    @given(
        st.lists(st.sampled_from([b"", b"a", b"four", b"x" * 300]), min_size=1, max_size=6),
        st.sampled_from([0, 12, 64, 4096]),
        st.sampled_from(VERSIONS),
        examples=100,
    )
    def test_they_are_the_bytes_of_each(self, bodies: list[bytes], frame_max: int, version: str) -> None:
        method = load(version).methods["basic.deliver"]
        args = method.make("consumer", 7, False, "exchange", "key")
        content = Content.make({"priority": 1}, bodies[0])
        batch = CommandBatch(Command(3, method, args, content), bodies)
        one_by_one = [
            Command(3, method, args._replace(delivery_tag=7 + number), content.with_body(body))
            for number, body in enumerate(bodies)
        ]
        self.assertEqual(one_by_one, list(batch.unbatched()))
        self.assertEqual(b"".join(encode(each, frame_max) for each in one_by_one), encode_batch(batch, frame_max))
