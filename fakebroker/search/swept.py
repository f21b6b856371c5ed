"""Tests that are sweeps: what ``@sweep()`` makes of a test method, of a class of tests and of a pytest test."""

from __future__ import annotations

import inspect
import sys
import unittest
from collections.abc import Callable
from typing import TypeVar, cast

from twisted.trial.reporter import TestResult

from fakebroker.fake import FakeBroker
from fakebroker.search.blocking import judge_hang
from fakebroker.search.case import Case
from fakebroker.search.reactive import GRACE, due
from fakebroker.search.report import Report
from fakebroker.search.run import Left, Load, Run, ScenarioWorld
from fakebroker.testing.case import BrokerTestCase, SynchronousBrokerTestCase
from fakebroker.testing.clock import NeverSettles
from fakebroker.testing.report import LIBERTIES
from fakebroker.testing.searched import MARK, Hooks, RunCase, RunResult, open_clients

FAULT = "FAKEBROKER_FAULT"
"""The environment variable that has a sweep run exactly one case."""

Again = Callable[[Case], str]

T = TypeVar("T")

OURS = (SynchronousBrokerTestCase, BrokerTestCase)


class TestWorld:
    """Runs a test, which makes its broker itself."""

    ledger = False
    """Whether the brokers keep a ledger."""


class CaseWorld(TestWorld):
    """Runs a test of a test case, as a new object each time.

    :param kind: the test case's class.
    :param method: the name of the test.
    """

    name = "test case"
    ends_the_program = False

    def __init__(self, kind: type[SynchronousBrokerTestCase | BrokerTestCase], method: str) -> None:
        self.kind = kind
        self._method = method

    def run(self, load: Load) -> Run:
        """Run it once."""
        run, case, result = Run(), self.kind(self._method), TestResult()  # type: ignore[no-untyped-call]
        left = Left()

        def begin(broker: FakeBroker) -> None:
            run.broker = broker
            load(broker)

        def end(broker: FakeBroker) -> None:
            run.over()
            left.connections = [f"connection {number}" for number in open_clients(broker)]

        case._hooks = Hooks(begin, end, self.ledger)
        case.run(result)
        told = [getattr(failure, "value", failure) for _, failure in (*result.failures, *result.errors)]
        run.told = [each if isinstance(each, BaseException) else RuntimeError(str(each)) for each in told]
        run.skipped = str(result.skips[0][1]) if result.skips and not told else ""
        self._look(case, left)
        run.left = left
        run.error = next((each for each in run.told if isinstance(each, NeverSettles)), None)
        judge_hang(run)
        return run

    def _look(self, case: object, left: Left) -> None:
        clock = getattr(case, "clock", None)
        if clock is None:
            return
        try:
            if clock.calls:
                clock.advance(GRACE)
        except NeverSettles as error:
            left.calls.append(str(error).partition(";")[0])
        left.calls += due(clock)


def in_trial(test: str) -> Again:
    """How to run one case of a test again."""
    return lambda case: f"{variable(case)} python -m twisted.trial {test}"


def in_pytest(node: str) -> Again:
    """The same where pytest runs it."""

    def again(case: Case) -> str:
        if case.liberties and not case.faults:
            return f"{variable(case)} pytest '{node}'"
        return f"pytest --fakebroker-fault='{case}' '{node}'"

    return again


def variable(case: Case) -> str:
    """The environment's variable that means a case."""
    if case.liberties and not case.faults:
        return f"{LIBERTIES}='{case.liberties}'"
    return f"{FAULT}='{case}'"


class Swept:
    """A test that is a sweep.

    :param sweep: runs a sweep: called with its title, the world that runs the test, and a function that tells how to
        run one case again.
    """

    def __init__(self, sweep: Callable[[str, ScenarioWorld, Again], Report]) -> None:
        self.sweep = sweep

    def run_instead(self, case: RunCase, result: RunResult) -> None:
        """Run all cases of a test, and tell a test runner of them as of one test."""
        result.startTest(case)
        try:
            skip, reason = case.getSkip()
            if skip:
                raise unittest.SkipTest(str(reason))
            node = getattr(result, "nodeid", "")
            again = in_pytest(node) if node else in_trial(case.id())
            world = CaseWorld(cast("type[BrokerTestCase]", type(case)), case._testMethodName)
            self.sweep(case.id(), world, again).assert_nothing_found()
        except unittest.SkipTest as error:
            result.addSkip(case, str(error))
        except AssertionError:
            result.addFailure(case, sys.exc_info())
        except Exception:
            result.addError(case, sys.exc_info())
        else:
            result.addSuccess(case)
        finally:
            result.stopTest(case)


class _Marked:
    """A test method, until its class is made: then the class gets the method itself, marked."""

    def __init__(self, function: object, swept: Swept) -> None:
        self._function = function
        self._swept = swept

    def __set_name__(self, owner: type, name: str) -> None:
        check_class(owner)
        setattr(self._function, MARK, self._swept)
        setattr(owner, name, self._function)


def mark(thing: T, swept: Swept) -> T:
    """Make a test, or all tests of a class, a sweep.

    :raises TypeError: when it is neither.
    """
    if isinstance(thing, type):
        check_class(thing)
        setattr(thing, MARK, swept)
        return thing
    if not inspect.isfunction(thing):
        raise TypeError(f"@sweep() is for a test method, a class of tests or a pytest test, and not for {thing!r}")
    if is_method(thing):
        return cast(T, _Marked(thing, swept))
    setattr(thing, MARK, swept)
    return thing


def is_method(thing: object) -> bool:
    """Whether a function is a method of a class that is being made."""
    return inspect.isfunction(thing) and next(iter(inspect.signature(thing).parameters), "") == "self"


def check_class(kind: type) -> None:
    """Check that the tests of a class can be run by a sweep.

    :raises TypeError: when they make their brokers themselves, where no sweep could reach them.
    """
    if issubclass(kind, unittest.TestCase) and not issubclass(kind, OURS):
        names = " or ".join(each.__name__ for each in OURS)
        raise TypeError(f"@sweep() on {kind.__qualname__}: such a test case is derived from {names}; "
                        "sweep(scenario) sweeps a function that is called with the broker")  # fmt: skip
