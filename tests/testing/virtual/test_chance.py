"""Chance in a block: all of it comes from the seed, and chance outside is not disturbed."""

from __future__ import annotations

import os
import random
import secrets
import tempfile
import uuid
from unittest import TestCase

import fakebroker

YEAR_1970 = 0x01B21DD213814000  # RFC 9562: in steps of 100 nanoseconds, since 15 October 1582


def draws() -> list[object]:
    """Chance from everywhere."""
    generator = random.Random()
    return [
        random.random(),
        random.randint(1, 1000),
        random.choice(range(1000)),
        random.sample(range(1000), 3),
        random.gauss(0, 1),
        random.randbytes(4),
        generator.random(),
        random.Random(None).random(),
        random.SystemRandom().random(),
        os.urandom(4),
        secrets.token_hex(4),
        secrets.randbelow(10**9),
        uuid.uuid1(),
        uuid.uuid1(),
        uuid.uuid4(),
        uuid.getnode(),
    ]


def run(seed: int) -> list[object]:
    with fakebroker.memory(seed=seed):
        return draws()


class Seeded(TestCase):
    def test_the_same_seed_draws_the_same(self):
        self.assertEqual(run(7), run(7))

    def test_another_seed_draws_something_else(self):
        for one, other in zip(run(7), run(8), strict=True):
            self.assertNotEqual(one, other)

    def test_no_two_draws_are_alike(self):
        with fakebroker.memory():
            for one, other in zip(draws()[:-1], draws()[:-1], strict=True):
                self.assertNotEqual(one, other)

    def test_what_was_drawn_before_makes_no_difference(self):
        random.seed(1)
        first = run(7)
        random.seed(2)
        uuid.uuid1()
        self.assertEqual(first, run(7))

    def test_a_seed_that_a_client_sets_counts(self):
        random.seed(1)
        expected = random.random()
        with fakebroker.memory():
            random.seed(1)
            self.assertEqual(expected, random.random())

    def test_generators_with_a_seed_are_as_ever(self):
        expected = random.Random(3).random()
        with fakebroker.memory():
            self.assertEqual(expected, random.Random(3).random())

    def test_a_uuid_has_the_brokers_time(self):
        with fakebroker.memory(epoch=0):
            first, second = uuid.uuid1(), uuid.uuid1()
        self.assertEqual([YEAR_1970, YEAR_1970 + 1], [first.time, second.time])


class Outside(TestCase):
    def test_the_course_of_random_goes_on_as_if_there_had_been_no_block(self):
        random.seed(5)
        expected = [random.random() for _ in range(3)]
        random.seed(5)
        outside = [random.random()]
        with fakebroker.memory():
            random.random()
            random.seed(9)
        outside += [random.random(), random.random()]
        self.assertEqual(expected, outside)

    def test_uuids_of_outside_keep_their_time(self):
        before = uuid.uuid1()
        with fakebroker.memory():
            uuid.uuid1()
        self.assertGreaterEqual(uuid.uuid1().time, before.time)

    def test_chance_outside_depends_on_no_seed(self):
        run(7)
        one = os.urandom(8), uuid.uuid4(), random.Random().random()
        run(7)
        self.assertNotEqual(one, (os.urandom(8), uuid.uuid4(), random.Random().random()))

    def test_names_of_temporary_files_do_not_come_from_the_seed(self):
        names = []
        for _ in range(2):
            vars(tempfile)["_name_sequence"] = None
            with fakebroker.memory(seed=7):
                with tempfile.NamedTemporaryFile() as file:
                    names.append(file.name)
        self.assertNotEqual(*names)

    def test_functions_that_were_taken_in_a_block_give_what_they_always_give_after_it(self):
        with fakebroker.memory(seed=7):
            made, node, number = uuid.uuid1, uuid.getnode, random.random
            inside = made().time, node(), number()
        with fakebroker.memory(seed=7):
            self.assertEqual(inside, (made().time, node(), number()))
        self.assertGreater(made().time, inside[0] + 365 * 24 * 3600 * 10**7)
        self.assertNotEqual(inside[1:], (node(), number()))
