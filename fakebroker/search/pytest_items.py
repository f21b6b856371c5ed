"""pytest's tests as scenarios: a test with one of our fixtures is run again, fixtures and all, for each case."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal, cast
from unittest import SkipTest

import pytest

from fakebroker.errors import RuleError
from fakebroker.fake import FakeBroker
from fakebroker.search.blocking import judge_hang
from fakebroker.search.endless import Endless
from fakebroker.search.report import Report
from fakebroker.search.run import Left, Load, Run, ScenarioWorld
from fakebroker.search.swept import Again, TestWorld, in_pytest
from fakebroker.testing.clock import NeverSettles
from fakebroker.testing.pytest_loops import LOOP
from fakebroker.testing.searched import Hooks, open_clients

SKIPS = (pytest.skip.Exception, SkipTest)

When = Literal["setup", "call", "teardown"]

Sweep = Callable[[str, ScenarioWorld, Again], Report]


class _Sibling:
    """Stands for the next test while one is run again: another one of the same class or module. So what has a wider
    scope than the test stays."""

    def __init__(self, item: pytest.Item) -> None:
        self._item = item

    def listchain(self) -> list[object]:
        return list(self._item.listchain()[:-1])


class ItemWorld(TestWorld):
    """Runs a test of pytest.

    :param item: the test.
    :param hooks: where the plugin looks for what a run wants to be told of.
    :param forget: what the plugin keeps of a test, and what a new run must not find.
    """

    name = "pytest"
    ends_the_program = True

    def __init__(
        self, item: pytest.Function, hooks: pytest.StashKey[Hooks], forget: Sequence[pytest.StashKey[Any]]
    ) -> None:
        self._item = item
        self._hooks = hooks
        self._forget = (*forget, LOOP)

    def run(self, load: Load) -> Run:
        """Run it once, with its fixtures."""
        run = Run()

        def begin(broker: FakeBroker) -> None:
            run.broker = broker
            load(broker)

        def end(broker: FakeBroker) -> None:
            run.over()
            run.left = Left(connections=[f"connection {number}" for number in open_clients(broker)])

        self._item.stash[self._hooks] = Hooks(begin, end, self.ledger)
        try:
            errors = self._phases()
        finally:
            for key in (self._hooks, *self._forget):
                if key in self._item.stash:
                    del self._item.stash[key]
        skipped = [each for each in errors if isinstance(each, SKIPS)]
        if skipped:
            run.skipped = str(skipped[0])
            return run
        run.error = next((each for each in errors if isinstance(each, NeverSettles)), errors[0] if errors else None)
        run.unhandled = [each for each in errors[1:] if each is not run.error]
        judge_hang(run)
        return run

    def _phases(self) -> list[BaseException]:
        """Set up, call and tear down, as pytest does, but that nobody is told of it: a report of a failure takes longer
        than the run.

        :returns: what was raised.
        """
        item, hook = self._item, self._item.ihook
        item._initrequest()  # new fixtures
        errors = _raised("setup", lambda: hook.pytest_runtest_setup(item=item))
        if not errors:
            errors = _raised("call", lambda: hook.pytest_runtest_call(item=item))
        sibling = cast(pytest.Item, _Sibling(item))
        errors += _raised("teardown", lambda: hook.pytest_runtest_teardown(item=item, nextitem=sibling))
        return errors


def _raised(when: When, function: Callable[[], object]) -> list[BaseException]:
    call = pytest.CallInfo.from_call(function, when, reraise=(KeyboardInterrupt, Endless))
    return [] if call.excinfo is None else [call.excinfo.value]


def run_item(item: pytest.Function, nextitem: pytest.Item | None, sweep: Sweep, world: ItemWorld) -> None:
    """Run all cases of a test, and tell pytest of them as of one test."""
    item.ihook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)

    def call() -> None:
        try:
            report = sweep(item.nodeid, world, in_pytest(item.nodeid))
        except SkipTest as error:
            raise pytest.skip.Exception(str(error)) from None
        except (AssertionError, RuleError, ValueError) as error:
            raise pytest.fail.Exception(str(error), pytrace=False) from None
        if report.found:
            pytest.fail(str(report), pytrace=False)

    phases: dict[When, Callable[[], None]] = {"setup": _nothing, "call": call, "teardown": _nothing}
    for when, function in phases.items():
        info = pytest.CallInfo.from_call(function, when, reraise=(KeyboardInterrupt,))
        report = item.ihook.pytest_runtest_makereport(item=item, call=info)
        item.ihook.pytest_runtest_logreport(report=report)
    item.session._setupstate.teardown_exact(nextitem)
    item.ihook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)


def _nothing() -> None:
    pass
