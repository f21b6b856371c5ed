"""The programs say what is wrong with them. ``python -m tests.programs`` sweeps them all, which takes minutes."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path
from unittest import SkipTest, TestCase

from fakebroker.faults.named import NAMED, chosen
from fakebroker.ledger.verdicts.table import VERDICTS
from tests.programs.__main__ import judged, sweep
from tests.programs.catalogue import PROGRAMS, Program

OTHER_WORDS = ("lost", "hung", "exit status 1", "exit status", "AMQPConnectorStackTimeout")


def named(name: str) -> Program:
    [program] = [each for each in PROGRAMS if each.name == name]
    return program


class Programs(TestCase):
    def test_each_says_whether_it_is_wrong_and_how_that_is_found(self) -> None:
        for program in PROGRAMS:
            with self.subTest(program.name):
                self.assertRegex(program.text, r"^(Wrong|Right): [^\n]+\.")
                self.assertEqual(program.is_right, not program.found_by)
                for word in filter(None, program.found_by.split("|")):
                    self.assertIn(word, (*VERDICTS, *OTHER_WORDS))

    def test_there_are_enough_in_each_language(self) -> None:
        wrong = [program for program in PROGRAMS if not program.is_right]
        right = [program for program in PROGRAMS if program.is_right]
        self.assertGreaterEqual(len(wrong), 15)
        self.assertGreaterEqual(len(right), 5)
        self.assertEqual({".py", ".js", ".go", ".java"}, {program.path.suffix for program in wrong})
        self.assertEqual({".py", ".js", ".go", ".java"}, {program.path.suffix for program in right})

    def test_each_names_faults_that_there_are(self) -> None:
        for program in PROGRAMS:
            options = program.options
            if "--faults" in options:
                self.assertTrue(chosen(options[options.index("--faults") + 1]))
        self.assertIn("reset", NAMED)


class Judged(TestCase):
    def test_a_wrong_one_is_found_by_what_it_names(self) -> None:
        program = named("pika_no_confirms")
        self.assertEqual((True, "found: lost"), judged(program, 1, "a message is lost"))
        self.assertFalse(judged(program, 1, "exit status 1")[0])
        self.assertEqual((False, "NOT FOUND"), judged(program, 0, "all is lost"))

    def test_what_is_told_is_found_too_where_it_is_no_failure(self) -> None:
        program = named("pika_ignores_blocked")
        told = "no failure, but told, in 2 cases: published-while-blocked: connection 1"
        self.assertEqual((True, "told: published-while-blocked"), judged(program, 0, told))
        self.assertEqual((False, "NOT FOUND"), judged(program, 0, "--verdicts +published-while-blocked"))

    def test_a_right_one_is_not_to_be_blamed(self) -> None:
        program = named("pika_right")
        self.assertTrue(judged(program, 0, "")[0])
        self.assertEqual((False, "FALSE ALARM"), judged(program, 1, ""))

    def test_what_could_not_be_swept_is_neither(self) -> None:
        for name in ("pika_right", "pika_no_confirms"):
            self.assertTrue(re.match("NOT SWEPT, status 2", judged(named(name), 2, "lost")[1]))


class Swept(TestCase):
    """Some of them, with few cases each."""

    def sweep(self, name: str, *options: str) -> tuple[bool, str]:
        program = named(name)
        if program.missing():
            raise SkipTest(f"{program.missing()} is not installed")
        with tempfile.TemporaryDirectory() as folder:
            status, printed = sweep(program, Path(folder), more=options)
        return judged(program, status, printed)[0], printed

    def test_a_message_that_is_lost_without_confirms_is_found(self) -> None:
        found, printed = self.sweep("pika_no_confirms", "--only", "1:in:basic.publish:2 reset")
        self.assertTrue(found, printed)

    def test_a_job_that_is_lost_behind_its_ack_is_found(self) -> None:
        found, printed = self.sweep("pika_ack_first", "--only", "2:in:basic.publish:1 reset")
        self.assertTrue(found, printed)

    def test_a_batch_that_is_published_again_is_found(self) -> None:
        found, printed = self.sweep("py_amqp_resends", "--only", "1:out:basic.ack:3 reset")
        self.assertTrue(found, printed)

    def test_a_right_worker_is_not_blamed(self) -> None:
        well, printed = self.sweep("pika_right", "--only", "2:out:basic.deliver:2 reset")
        self.assertTrue(well, printed)
