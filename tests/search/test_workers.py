"""Cases that are run in several processes, one of which fails, is slow, or can't be trusted."""

from __future__ import annotations

import os
import resource
import threading
from collections.abc import Callable
from unittest import TestCase, mock

from fakebroker.predicates.addresses import Address
from fakebroker.search.case import Case
from fakebroker.search.endless import limited_memory
from fakebroker.search.outcome import Kind, Outcome
from fakebroker.search.workers import outcomes, usual_jobs

CASES = [Case.of(Address(1, "out", "basic.deliver", number), "reset") for number in range(1, 9)]
FIRST, THIRD = CASES[0], CASES[2]


def passes(case: Case) -> Outcome:
    return Outcome(case, Kind.PASSED)


def at_third(function: Callable[[], object]) -> Callable[[Case], Outcome]:
    """Runs cases; something happens at the third one."""

    def run(case: Case) -> Outcome:
        if case == THIRD:
            function()
        return passes(case)

    return run


class Workers(TestCase):
    def test_an_error_of_the_search_itself_is_told_of_its_case_and_the_others_go_on(self) -> None:
        def fail() -> None:
            raise ValueError("a bug")

        for jobs in (1, 2):
            told = list(outcomes(CASES, at_third(fail), jobs))
            self.assertEqual([each.case for each in told], CASES)
            self.assertEqual([(each.kind, each.why) for each in told if each.kind is not Kind.PASSED],
                             [(Kind.BROKEN, "ValueError: a bug")])  # fmt: skip

    def test_a_process_that_does_not_answer_is_killed_and_the_others_go_on(self) -> None:
        def wait() -> None:
            threading.Event().wait(30)

        told = list(outcomes(CASES, at_third(wait), 2, patience=2))
        self.assertEqual([each.case for each in told], CASES)
        self.assertEqual([(each.kind, each.error) for each in told if each.kind is not Kind.PASSED],
                         [(Kind.HUNG, "it did not end, and was killed")])  # fmt: skip

    def test_an_outcome_that_is_long_arrives_whole(self) -> None:
        told = list(outcomes(CASES, lambda case: Outcome(case, Kind.FAILED, "long", output="x" * 3_000_000), 2))
        self.assertEqual([(each.case, len(each.output)) for each in told], [(case, 3_000_000) for case in CASES])

    def test_who_wants_no_more_outcomes_ends_the_processes_with_what_they_do(self) -> None:
        def slow(case: Case) -> Outcome:
            if case != FIRST:
                threading.Event().wait(30)
            return Outcome(case, Kind.PASSED, output=str(os.getpid()))

        some = outcomes(CASES, slow, 2)
        process = int(next(some).output)
        some.close()  # type: ignore[attr-defined]
        with self.assertRaises(ProcessLookupError):
            os.kill(process, 0)

    def test_where_other_threads_run_one_process_works(self) -> None:
        done = threading.Event()
        thread = threading.Thread(target=done.wait)
        thread.start()
        self.assertEqual(usual_jobs(), 1)
        done.set()
        thread.join()

    def test_memory_has_no_limit_where_the_system_does_not_tell_how_much_there_is(self) -> None:
        before = resource.getrlimit(resource.RLIMIT_DATA)
        with limited_memory():
            self.assertNotEqual(resource.getrlimit(resource.RLIMIT_DATA), before)
        with mock.patch("fakebroker.search.endless.Path.read_text", side_effect=FileNotFoundError), limited_memory():
            self.assertEqual(resource.getrlimit(resource.RLIMIT_DATA), before)
        self.assertEqual(resource.getrlimit(resource.RLIMIT_DATA), before)
