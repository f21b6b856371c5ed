"""The pytest plugin: a broker for each test that asks for one, and the conversation in the report of a failed test.
Twisted is not imported before a fixture is used.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from fakebroker.fake import FakeBroker
    from fakebroker.testing.background.running import RunningBroker
    from fakebroker.testing.memory_broker import MemoryBroker

BROKERS = pytest.StashKey["list[FakeBroker | RunningBroker]"]()
"""The brokers of one test."""


OPTIONS = ("port", "host", "seed", "virtual_time", "tls", "strict_faults")
"""The options of the mark: those of ``running()``, and whether every rule must act."""

FAILED = pytest.StashKey[bool]()
"""Whether the test has failed."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """``--fakebroker-seed``, and ``fakebroker_strict_faults`` in the configuration."""
    parser.addini(
        "fakebroker_strict_faults",
        "whether a test fails in which a rule of its broker has never acted (the mark's strict_faults goes before it)",
        type="bool",
        default=False,
    )
    parser.getgroup("fakebroker").addoption(
        "--fakebroker-seed",
        type=int,
        default=None,
        metavar="N",
        help="where the names and chances of every test's broker come from "
        "(default: FAKEBROKER_SEED in the environment, else 0)",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Declare the mark that gives options to the fixture."""
    config.addinivalue_line(
        "markers",
        "fakebroker(**options): given to fakebroker.running() by the fixture `fakebroker`, such as virtual_time=True; "
        "for each fixture, strict_faults=True makes it an error when a rule has never acted",
    )


@pytest.fixture
def fakebroker(request: pytest.FixtureRequest) -> Iterator[RunningBroker]:
    """A broker on a free port, in a thread of its own, new for each test: ``fakebroker.url``."""
    from fakebroker.testing.background.running import running

    options = {"seed": _seed(request), **_options(request)}
    strict = options.pop("strict_faults")
    with running(**options) as broker:
        _remember(request, broker)
        yield broker
        _check_faults(request, broker, strict)


@pytest.fixture
def fakebroker_memory(request: pytest.FixtureRequest) -> Iterator[MemoryBroker]:
    """A broker in memory, on virtual time, for Twisted code: ``fakebroker_memory.endpoint()``."""
    from fakebroker.testing.memory_broker import MemoryBroker

    broker = MemoryBroker(_seed(request))
    errors: list[Exception] = []
    broker.on_error.append(errors.append)
    _remember(request, broker)
    yield broker
    broker.result(broker.stop())
    for error in errors:  # raised here, because without trial nobody looks into the log
        raise error
    _check_faults(request, broker, _options(request)["strict_faults"])


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Refuse a mark that would have no effect."""
    for mark in item.iter_markers("fakebroker"):
        if mark.args:
            given = ", ".join(map(repr, mark.args))
            wrong = f"the mark fakebroker takes options by name, such as virtual_time=True, not {given}"
            pytest.fail(wrong, pytrace=False)
        for name in mark.kwargs:
            if name not in OPTIONS:
                from fakebroker.validation import near

                pytest.fail(f"the mark fakebroker has no option {name!r}{near(name, OPTIONS)}", pytrace=False)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[object]) -> Generator[None, Any, None]:
    """Add the conversation to the report of a test that fails."""
    report = (yield).get_result()
    if report.failed:
        item.stash[FAILED] = True
        for broker in item.stash.get(BROKERS, []):
            again = f"pytest --fakebroker-seed={broker.seed} '{item.nodeid}'"
            idle = broker.faults.never_acted()
            if idle:
                report.sections.append(("fakebroker: what did not go wrong", idle))
            text = f"{broker.journal.transcript()}\nto run exactly this again:\n    {again}"
            report.sections.append((f"fakebroker: what passed (seed {broker.seed})", text))


def _options(request: pytest.FixtureRequest) -> dict[str, Any]:
    """The options of a test's marks, the nearest mark last."""
    options: dict[str, Any] = {"strict_faults": request.config.getini("fakebroker_strict_faults")}
    for mark in reversed(list(request.node.iter_markers("fakebroker"))):
        options.update(mark.kwargs)
    return options


def _check_faults(request: pytest.FixtureRequest, broker: FakeBroker | RunningBroker, strict: bool) -> None:
    """Fail a test that has passed, when one of its rules has never acted."""
    if strict and not request.node.stash.get(FAILED, False):
        idle = broker.faults.never_acted()
        if idle:
            pytest.fail(idle, pytrace=False)


def _seed(request: pytest.FixtureRequest) -> int:
    from fakebroker.testing.report import seed

    given: int | None = request.config.getoption("--fakebroker-seed")
    return seed() if given is None else given


def _remember(request: pytest.FixtureRequest, broker: FakeBroker | RunningBroker) -> None:
    request.node.stash.setdefault(BROKERS, []).append(broker)
