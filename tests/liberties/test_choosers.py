"""Who chooses: by a seed, from a list, and every schedule in turn."""

from __future__ import annotations

import subprocess
import sys
from unittest import TestCase

from fakebroker.liberties import LIBERTIES, Chooser, Listed, Seeded, Systematic, chooser_of, chosen
from tests.liberties.test_taken import confirmed, two_channels


def asked(chooser: Chooser) -> list[int]:
    """What it chooses in a run that asks for this and that."""
    found = []
    for number in range(30):
        found.append(chooser.pick("channels", [f"c{each}" for each in range(number % 3 + 1)]))
        found.append(chooser.choose("reads", 5))
        found.append(chooser.choose("late", 3))
    return found


class Choosers(TestCase):
    def test_a_seed_always_chooses_the_same(self) -> None:
        for seed in range(20):
            self.assertEqual(asked(Seeded(seed)), asked(Seeded(seed)))
            chooser = Seeded(seed)
            asked(chooser)
            self.assertEqual(asked(Seeded(seed)), asked(chooser.again()))
        self.assertGreater(len({str(asked(Seeded(seed))) for seed in range(20)}), 15)

    def test_whatever_a_seed_chooses_its_list_chooses_too(self) -> None:
        for seed in range(20):
            chooser = Seeded(seed, record=True)
            found = asked(chooser)
            self.assertEqual(found, asked(Listed.parse(str(Listed(chooser.choices)))))

    def test_where_nobody_says_otherwise_the_first_is_chosen(self) -> None:
        chooser = Chooser(record=True)
        self.assertEqual({0}, set(asked(chooser)))
        self.assertEqual("none", str(chooser))
        self.assertEqual([], chooser.taken)
        self.assertEqual(asked(chooser), asked(chooser.again()))

    def test_a_list_can_be_taken_again_from_its_beginning(self) -> None:
        chooser = Listed.parse("channels.3=1,reads.2=4")
        first = asked(chooser)
        self.assertNotEqual(first, asked(chooser))
        self.assertEqual(first, asked(chooser.again()))

    def test_what_may_not_be_taken_is_not(self) -> None:
        for seed in range(20):
            found = asked(Seeded(seed, chosen("-channels,-late")))
            self.assertEqual({0}, set(found[::3]) | set(found[2::3]))

    def test_every_schedule_is_tried_once_those_with_few_liberties_first(self) -> None:
        systematic, tried = Systematic(), []
        while wave := systematic.wave():
            (listed,) = wave
            chooser = Listed(listed, record=True)
            first = chooser.choose("late", 3)
            second = chooser.choose("confirms", 2) if first != 1 else 0
            tried.append((first, second))
            systematic.ran(listed, chooser.choices)
        self.assertEqual([(0, 0), (0, 1), (1, 0), (2, 0), (2, 1)], tried)

    def test_another_process_with_another_hash_seed_sees_the_same(self) -> None:
        program = (
            "from tests.liberties.test_taken import two_channels, confirmed\n"
            "print([two_channels(str(s)) + confirmed(str(s)) for s in range(12)])"
        )
        ours = str([two_channels(str(seed)) + confirmed(str(seed)) for seed in range(12)])
        for hash_seed in ("1", "2"):
            environment = {"PYTHONHASHSEED": hash_seed, "PYTHONPATH": ":".join(sys.path)}
            theirs = subprocess.run(
                [sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True
            )
            self.assertEqual(ours, theirs.stdout.strip())


class Given(TestCase):
    def test_a_seed_a_list_and_what_may_be_taken(self) -> None:
        self.assertEqual("7", str(chooser_of(7)))
        self.assertEqual("7", str(chooser_of("7")))
        self.assertEqual("channels.3=1,reads.2=4", str(chooser_of("channels.3=1, reads.2=4")))
        self.assertEqual({"confirms", "reads"}, chooser_of("7:confirms,reads").takes)  # type: ignore[union-attr]
        self.assertEqual(set(LIBERTIES) - {"latency"}, set(chosen("-latency")))
        self.assertEqual("none", str(chooser_of("none")))
        self.assertIsNone(chooser_of(None))

    def test_what_makes_no_sense_is_told(self) -> None:
        for wrong, right in (
            ("chanels.1=2", "did you mean 'channels'?"),
            ("7:chanels", "did you mean 'channels'?"),
            ("hello", "neither a seed nor a list of choices such as 'channels.3=1,reads.2=4'"),
            ("channels.0=1", "neither a seed nor a list of choices"),
        ):
            with self.assertRaises(ValueError) as caught:
                chooser_of(wrong)
            self.assertIn(right, str(caught.exception))
        for strange in (1.5, True, object()):
            with self.assertRaises(TypeError):
                chooser_of(strange)
