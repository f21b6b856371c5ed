"""``fakebroker sweep`` with small programs: what it finds, what it tells, and what it leaves behind."""

from __future__ import annotations

import shlex
import socket
import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

from twisted.internet import reactor
from twisted.internet.defer import inlineCallbacks
from twisted.internet.task import deferLater
from twisted.trial.unittest import TestCase

from fakebroker.control.main import parser
from fakebroker.control.sweep import make_sweep
from fakebroker.search.command_sweep import PlainRunFailed
from fakebroker.search.outcome import Kind
from tests.control.process import ROOT

PROGRAM = (sys.executable, "-S", "-E", str(ROOT / "tests" / "control" / "small_client.py"))
CANCELLED = "1:out:basic.deliver:1 cancel-consumer"
QUIET = "1.5"
"""Real seconds after which a program hangs. One that only waits for a processor goes on sooner."""


def sweeping(kind: str, *options: str):
    """A sweep of a kind of program, with these options."""
    given = ["sweep", "--no-progress", *options, "--", *PROGRAM, *kind.split()]
    return make_sweep(reactor, parser().parse_args(given))


def kinds(report) -> list[Kind]:
    return [outcome.kind for outcome in report.outcomes]


def still_running(processes: list[str]) -> list[str]:
    """Those of the processes that are there, and have not ended."""
    assert processes, "no program has told of its child"
    for _ in range(100):  # one that was killed is there until the system has run it once more
        told = subprocess.run(["ps", "-o", "pid=,stat=", "-p", ",".join(processes)], capture_output=True, text=True)
        found = [line for line in told.stdout.splitlines() if "Z" not in line]
        if not found:
            break
    return found


class SweepsOfPrograms(TestCase):
    timeout = 60

    def temporary(self) -> Path:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        return Path(folder.name)

    @inlineCallbacks
    def test_a_failure_is_told_with_its_place_and_its_conversation(self):
        report = yield sweeping("careful", "--only", "1:out:basic.deliver:1 reset").run()
        for text in (
            "1. failed: exit status 1: ConnectionResetError: [Errno",
            "at small_client.py:",
            "smallest: 1:out:basic.deliver:1 reset (crossing",
            "rule 1: Reset()  on basic.deliver",
            f"again: fakebroker sweep --only '1:out:basic.deliver:1 reset' -- {sys.executable} -S -E ",
            "2 runs: 1 passed, 1 failed, 1 kind of failure",
        ):
            self.assertIn(text, str(report))

    @inlineCallbacks
    def test_each_crossing_is_tried_with_each_fault_that_can_act_there(self):
        report = yield sweeping("careful", "--faults", "reset,nack", "--allow-exit", "any").run()
        self.assertFalse(report.found, str(report))
        tried = [str(outcome.case) for outcome in report.outcomes if outcome.kind is Kind.PASSED]
        self.assertEqual([case for case in tried if case.endswith("nack")], ["1:out:basic.ack:1 nack"])
        self.assertEqual(len([case for case in tried if case.endswith("reset")]), len(report.points) - 1)
        self.assertEqual(report.reasons(Kind.NOT_APPLICABLE)["it is no confirm"], len(report.points) - 1)

    @inlineCallbacks
    def test_all_pairs_are_tried_where_they_are_no_more_than_the_option_says(self):
        for most, pairs in (("1", 1), ("0", 0)):
            options = ("--faults", "nack,redeliver", "--pairs-below", most, "--allow-exit", "any")
            report = yield sweeping("careful", *options).run()
            self.assertEqual(len([each for each in report.outcomes if len(each.case.faults) == 2]), pairs)

    @inlineCallbacks
    def test_a_case_whose_crossing_does_not_come_has_not_passed(self):
        report = yield sweeping("careful", "--only", "1:out:basic.deliver:9 reset").run()
        self.assertEqual(kinds(report), [Kind.PASSED, Kind.NOT_APPLICABLE])
        self.assertEqual(report.outcomes[1].why, "its crossing did not come in that run")

    @inlineCallbacks
    def test_an_exit_status_is_allowed_for_the_fault_that_is_named_alone(self):
        cases = ("--only", "1:in:basic.ack:1 reset", "--only", "1:in:basic.ack:1 close")
        for allowed, found in (("3", 2), ("1:close", 1), ("1:network", 0), ("any", 0)):
            report = yield sweeping("careful", *cases, "--allow-exit", allowed).run()
            self.assertEqual(report.count(Kind.FAILED), found, allowed)

    @inlineCallbacks
    def test_a_message_that_is_lost_silently_is_found(self):
        report = yield sweeping("careless", "--only", "1:in:basic.publish:1 reset", "--verdicts", "none").run()
        (failure,) = report.failures
        self.assertEqual(failure.error, "exit status 0, but a message is lost: its publish never reached the broker")
        self.assertIn("b'order 1'", failure.verdicts[0])

    @inlineCallbacks
    def test_a_verdict_on_the_program_is_a_failure(self):
        report = yield sweeping("patient", "--only", "no fault", "--verdicts", "no-prefetch").run()
        self.assertEqual(kinds(report), [Kind.VERDICT])
        self.assertIn("no-prefetch: connection 1: ", report.failures[0].error)

    @inlineCallbacks
    def test_a_verdict_that_is_no_failure_is_told(self):
        report = yield sweeping("patient", "--only", "1:in:connect:1 delay", "--verdicts", "none").run()
        self.assertEqual(report.notes, [])
        sweep = sweeping("patient", "--only", "1:in:connect:1 delay")
        sweep.judge = replace(sweep.judge, verdicts=lambda broker: broker.ledger.verdicts(no_prefetch="tell"))
        report = yield sweep.run()
        self.assertFalse(report.found)
        (note,) = [note for note in report.notes if "no-prefetch" in note]
        self.assertIn("no failure, but told, in the run without any fault and 1 more: no-prefetch: ", note)

    @inlineCallbacks
    def test_a_hang_is_told_long_before_the_time_limit(self):
        report = yield sweeping("patient", "--only", CANCELLED, "--quiet", QUIET).run()
        (hung,) = report.failures
        self.assertIs(hung.kind, Kind.HUNG)
        self.assertRegex(
            hung.error, "^nothing but heartbeats has passed for [0-9.]+ s, and the broker has nothing to do$"
        )
        self.assertEqual(hung.place, "the end of the conversation: basic.cancel to the client")
        self.assertLess(hung.seconds, 20)

    @inlineCallbacks
    def test_while_a_rule_is_due_nothing_hangs(self):
        report = yield sweeping("careful", "--only", "1:out:basic.deliver:1 delay", "--quiet", QUIET).run()
        self.assertEqual(kinds(report), [Kind.PASSED, Kind.PASSED])

    @inlineCallbacks
    def test_the_time_limit_ends_what_goes_on_and_on(self):
        report = yield sweeping("patient", "--only", CANCELLED, "--time-limit", "2").run()
        self.assertRegex(report.failures[0].error, "^it was still running after [0-9.]+ s$")

    @inlineCallbacks
    def test_what_a_program_that_hangs_has_started_ends_with_it(self):
        file = self.temporary() / "children"
        yield sweeping(f"parent {file}", "--only", CANCELLED, "--quiet", QUIET).run()
        self.assertEqual(still_running(file.read_text().split()), [])

    @inlineCallbacks
    def test_once_one_has_hung_few_others_like_it_are_tried(self):
        report = yield sweeping("many", "--faults", "cancel-consumer", "--quiet", QUIET, "--jobs", "4").run()
        hung = [str(outcome.case) for outcome in report.failures if "basic.deliver" in str(outcome.case)]
        self.assertEqual(hung, [f"1:out:basic.deliver:{number} cancel-consumer" for number in (1, 3, 6)])
        self.assertEqual(
            report.reasons(Kind.SKIPPED), {"3 like it were tried, and the first of them has hung": 3}, str(report)
        )

    @inlineCallbacks
    def test_an_order_that_rabbitmq_may_choose_is_found_and_can_be_had_again(self):
        report = yield sweeping("whole", "--faults", "delay", "--only", "liberties reads.1=1").run()
        [failure] = report.failures
        self.assertEqual("liberties reads.1=1", str(failure.case))
        self.assertIn("again: fakebroker sweep --only 'liberties reads.1=1' -- ", report.as_text())

    @inlineCallbacks
    def test_so_many_seeds_are_tried_as_the_option_says(self):
        report = yield sweeping("careful", "--faults", "delay", "--liberties", "3", "--seed", "5").run()
        tried = [outcome.case.liberties for outcome in report.outcomes if outcome.case.liberties]
        self.assertEqual(["5", "6", "7"], tried)
        self.assertIn("3 without a fault, with liberties by seed", report.as_text())

    @inlineCallbacks
    def test_a_fixed_port_is_used_for_one_run_after_the_other(self):
        with socket.socket() as spare:
            spare.bind(("127.0.0.1", 0))
            port = spare.getsockname()[1]
        cases = [text for number in (1, 2) for text in ("--only", f"1:out:basic.deliver:{number} close")]
        sweep = sweeping(f"at {port}", "--port", str(port), *cases)
        report = yield sweep.run()
        self.assertEqual(kinds(report), [Kind.PASSED, Kind.FAILED, Kind.FAILED], str(report))
        self.assertEqual(sweep.choice.jobs, 1)

    @inlineCallbacks
    def test_nothing_goes_wrong_with_the_set_up(self):
        set_up = " ".join((*PROGRAM, "careful"))
        report = yield sweeping("careful", "--before", set_up, "--faults", "reset").run()
        self.assertEqual(sorted({point.connection for point in report.points}), [2])
        self.assertIn(f"--before '{set_up}' --only '2:in:connect:1 reset'", str(report))

    @inlineCallbacks
    def test_a_health_check_is_tried_until_it_succeeds(self):
        file = self.temporary() / "tries"
        check = f'echo >> {file}; test "$(wc -l < {file})" -ge 3'
        yield sweeping("careful", "--healthy", check, "--only", "no fault").run()
        self.assertEqual(len(file.read_text().splitlines()), 3)

    @inlineCallbacks
    def test_what_fails_without_any_fault_can_not_be_swept(self):
        for kind, options, told in (
            ("stranger", (), "the command says nothing to the broker"),
            ("unhappy", (), "the run without any fault fails: exit status 3: I am unhappy"),
            ("careful", ("--before", "exit 4"), "can't begin: what is run before has ended with exit status 4"),
            ("careful", ("--before", "sleep 600", "--time-limit", "0.1"), "what is run before has not ended in 0.1 s"),
            ("careful", ("--healthy", "exit 1", "--time-limit", "0.1"), "health check has not succeeded in 0.1 s"),
            ("patient forever", ("--quiet", "0.2"), "does not end: nothing but heartbeats has passed for 0.2 s"),
        ):
            error = yield self.assertFailure(sweeping(kind, *options).run(), PlainRunFailed)
            self.assertIn(told, str(error))

    @inlineCallbacks
    def test_one_that_is_stopped_tells_what_it_has_found(self):
        file = self.temporary() / "children"
        sweep = sweeping(f"parent {file}", "--faults", "reset,cancel-consumer", "--jobs", "1")
        done = sweep.run()
        sweep.progress.note = lambda outcome: sweep.stop() if outcome.kind is Kind.FAILED else None
        report = yield done
        self.assertEqual(report.count(Kind.FAILED), 1)
        self.assertIn("it was ended early", report.notes)
        self.assertIn("the sweep was ended before", report.reasons(Kind.SKIPPED))
        self.assertEqual(still_running(file.read_text().split()), [])

    @inlineCallbacks
    def test_one_that_is_stopped_at_its_beginning_has_tried_nothing(self):
        file = self.temporary() / "children"
        sweep = sweeping(f"parent {file}", "--healthy", f"exec sleep 600 & echo $! > {file}; wait")
        done = sweep.run()
        while not (file.exists() and file.read_text()):
            yield deferLater(reactor, 0.01)
        sweep.stop(grace=0)
        report = yield done
        self.assertEqual((report.outcomes, report.notes), ([], ["it was ended early, before anything was tried"]))
        self.assertEqual(still_running(file.read_text().split()), [])

    @inlineCallbacks
    def test_a_program_that_is_gone_could_not_run(self):
        program = self.temporary() / "program"
        program.write_text(f"#!/bin/sh\nrm {program}\nexec {shlex.join((*PROGRAM, 'careful'))}\n")
        program.chmod(0o700)
        given = parser().parse_args(["sweep", "--no-progress", "--only", "1:in:connect:1 delay", "--", str(program)])
        report = yield make_sweep(reactor, given).run()
        self.assertEqual(kinds(report), [Kind.PASSED, Kind.BROKEN])
        self.assertIn("could not run: FileNotFoundError: ", str(report))
