"""The pytest plugin: a broker for each test that asks for one, and the conversation in the report of a failed test.
Neither Twisted nor asyncio is imported before a fixture is used.
"""

from __future__ import annotations

import functools
import inspect
import os
import sys
import unittest
from collections.abc import Collection, Generator, Iterator
from typing import TYPE_CHECKING, Any, cast

import pytest

if TYPE_CHECKING:
    from fakebroker.fake import FakeBroker
    from fakebroker.search.pytest_items import Sweep
    from fakebroker.search.report import Report
    from fakebroker.search.run import ScenarioWorld
    from fakebroker.search.swept import Again
    from fakebroker.testing.background.running import RunningBroker
    from fakebroker.testing.memory_broker import MemoryBroker
    from fakebroker.testing.searched import Hooks

BROKERS = pytest.StashKey["list[FakeBroker | RunningBroker]"]()
"""The brokers of one test."""

OVER_TCP = ("port", "host", "seed", "virtual_time", "tls", "ledger", "liberties")
IN_MEMORY = ("port", "host", "seed", "tls", "ledger", "modules", "limit", "epoch", "liberties")
"""The options of ``running()`` and of ``memory()``."""

OPTIONS = tuple(dict.fromkeys((*OVER_TCP, *IN_MEMORY, "strict_faults")))
"""The options of the mark: all of these, and whether every rule must act."""

AIO, MEMORY = "fakebroker_aio", "fakebroker_memory"

FAILED = pytest.StashKey[bool]()
"""Whether the test has failed."""

HOOKS: pytest.StashKey[Hooks] = pytest.StashKey()
"""What one run of a search wants to be told of."""

FAULT = "FAKEBROKER_FAULT"


def pytest_addoption(parser: pytest.Parser) -> None:
    """The options of the command line, and those in the configuration."""
    parser.addini(
        "fakebroker_strict_faults",
        "whether a test fails in which a rule of its broker has never acted (the mark's strict_faults goes before it)",
        type="bool",
        default=False,
    )
    parser.addini(
        "fakebroker_ledger",
        "whether the brokers of all tests keep a ledger of what becomes of each message (the mark's ledger goes before "
        "it)",
        type="bool",
        default=False,
    )
    group = parser.getgroup("fakebroker")
    _add_sweep(parser, group)
    group.addoption(
        "--fakebroker-seed",
        type=int,
        default=None,
        metavar="N",
        help="where the names and chances of every test's broker come from "
        "(default: FAKEBROKER_SEED in the environment, else 0)",
    )


def _add_sweep(parser: pytest.Parser, group: pytest.OptionGroup) -> None:
    parser.addini(
        "fakebroker_allow",
        "the errors with which a test may end that --fakebroker-sweep runs, such as pika.exceptions.AMQPError",
        type="args",
        default=[],
    )
    group.addoption(
        "--fakebroker-sweep",
        action="store_true",
        help=f"run each test that uses {MEMORY} or {AIO} again for each crossing of its conversation and each fault",
    )
    group.addoption(
        "--fakebroker-faults",
        default=None,
        metavar="NAMES",
        help="the faults and families of faults that --fakebroker-sweep tries (default: network,broker)",
    )
    group.addoption(
        "--fakebroker-explore",
        type=int,
        nargs="?",
        const=1000,
        default=None,
        metavar="RUNS",
        help=f"run each test that uses {MEMORY} or {AIO} so many times (default: 1000), each time in another of the "
        "orders that a RabbitMQ may choose",
    )
    group.addoption(
        "--fakebroker-fault",
        default=None,
        metavar="CASE",
        help="run exactly one case of a sweep, such as '2:out:basic.deliver:7 reset'; FAKEBROKER_FAULT does the same",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Declare the mark that gives options to the fixture."""
    config.addinivalue_line(
        "markers",
        "fakebroker(**options): given to fakebroker.running() by the fixture `fakebroker`, such as virtual_time=True, "
        "and to fakebroker.memory() by the fixtures `fakebroker_memory` and `fakebroker_aio`, such as tls=True; "
        "for each fixture, strict_faults=True makes it an error when a rule has never acted",
    )
    case = config.getoption("--fakebroker-fault")
    if case is not None:
        before = os.environ.get(FAULT)
        _set_fault(case)
        config.add_cleanup(functools.partial(_set_fault, before))


def _set_fault(case: str | None) -> None:
    if case is None:
        os.environ.pop(FAULT, None)
    else:
        os.environ[FAULT] = case


@pytest.fixture
def fakebroker(request: pytest.FixtureRequest) -> Iterator[RunningBroker]:
    """A broker on a free port, in a thread of its own, new for each test: ``fakebroker.url``."""
    from fakebroker.testing.background.running import running

    options, strict = _options(request.node, OVER_TCP)
    with running(**options) as broker:
        _remember(request, broker)
        yield broker
        _check_faults(request, broker, strict)


@pytest.fixture
def fakebroker_memory(request: pytest.FixtureRequest) -> Iterator[MemoryBroker]:
    """A broker in memory, in virtual time, for code of any kind: ``fakebroker_memory.url`` for what connects by itself,
    ``fakebroker_memory.endpoint()`` for Twisted code. A test that is a coroutine has what ``fakebroker_aio`` is."""
    if _is_coroutine(request.node):
        yield request.getfixturevalue(AIO)
        return
    from fakebroker.testing.virtual.memory import memory

    options, strict = _options(request.node, IN_MEMORY)
    with memory(**options) as broker:
        _remember(request, broker)
        yield broker
        _over(request, broker)
    _check_faults(request, broker, strict)


@pytest.fixture
def fakebroker_aio(request: pytest.FixtureRequest) -> Iterator[MemoryBroker]:
    """A broker in memory for a test that is a coroutine. The test, and its asynchronous fixtures, run in an event loop
    in virtual time."""
    if not _is_coroutine(request.node):
        pytest.fail(f"{AIO} is for tests that are `async def`; {MEMORY} serves this one", pytrace=False)
    from fakebroker.testing.pytest_loops import loop_of
    from fakebroker.testing.virtual.memory import memory

    options, strict = _options(request.node, IN_MEMORY)
    loop, block = loop_of(request, _loop_options(request.node)), memory(**options)
    broker = loop.run_until_complete(block.__aenter__())
    _remember(request, broker)
    yield broker
    _over(request, broker)
    loop.run_until_complete(block.__aexit__(None, None, None))
    _check_faults(request, broker, strict)


@pytest.hookimpl(hookwrapper=True, tryfirst=True)
def pytest_fixture_setup(
    fixturedef: pytest.FixtureDef[Any], request: pytest.FixtureRequest
) -> Generator[None, None, None]:
    """For a test in virtual time, run what is asynchronous in its loop."""
    item = request._pyfuncitem
    # The loop that tests share is made when the first of them begins, whichever it is.
    shared = fixturedef.scope != "function" and fixturedef.argname.endswith("_scoped_runner")
    if not (any(map(_is_virtual, request.session.items)) if shared else _is_virtual(item)):
        yield
        return
    from fakebroker.testing.pytest_loops import set_up

    with set_up(fixturedef, request, item, {"seed": _seed(item)} if shared else _loop_options(item)):
        yield


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item, nextitem: pytest.Item | None) -> bool | None:
    """Run a test that is a sweep."""
    sweep = _swept(item)
    if sweep is None or not isinstance(item, pytest.Function):
        return None
    from fakebroker.search.pytest_items import ItemWorld, run_item

    run_item(item, nextitem, sweep, ItemWorld(item, HOOKS, (BROKERS, FAILED)))
    return True


def _swept(item: pytest.Item) -> Sweep | None:
    """What runs the sweep that a test is; None when it is to run as any other. unittest's tests run theirs by
    themselves."""
    if _is_unittest(item) or not _is_in_memory(item):
        return None
    marked, config = _mark(item), item.config
    if marked is not None:
        return cast("Sweep", marked.sweep)
    runs = config.getoption("--fakebroker-explore")
    if runs is not None:
        return _exploration(item, runs)
    if not (config.getoption("--fakebroker-sweep") or config.getoption("--fakebroker-fault")):
        return None
    faults = config.getoption("--fakebroker-faults") or "network,broker"

    def sweep(title: str, world: ScenarioWorld, again: Again) -> Report:
        from fakebroker.search.judge import named_errors
        from fakebroker.search.sweep import swept_with

        allowed = named_errors(config.getini("fakebroker_allow"))
        swept = swept_with(faults=faults, seed=_seed(item), allow=allowed)
        return swept.sweep(title, world, again)

    return sweep


def _exploration(item: pytest.Item, runs: int) -> Sweep:
    def explore(title: str, world: ScenarioWorld, again: Again) -> Report:
        from fakebroker.search.explore import explored_with

        explored = explored_with(runs=runs, seed=_seed(item), allow=item.config.getini("fakebroker_allow"))
        return explored.sweep(title, world, again)

    return explore


def _mark(item: pytest.Item) -> Any:
    """What ``@sweep()`` has left on a test or its class; None where it was not used."""
    searched = sys.modules.get("fakebroker.testing.searched")  # else nothing is marked
    return None if searched is None else searched.mark_of(getattr(item, "obj", None), getattr(item, "cls", None))


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """Run a test in virtual time that no other plugin runs."""
    if not _is_virtual(pyfuncitem):
        return None
    from fakebroker.testing.pytest_loops import call

    return call(pyfuncitem) or None


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Refuse a mark that would have no effect, and a loop that can't be in virtual time."""
    for mark in item.iter_markers("fakebroker"):
        if mark.args:
            given = ", ".join(map(repr, mark.args))
            wrong = f"the mark fakebroker takes options by name, such as virtual_time=True, not {given}"
            pytest.fail(wrong, pytrace=False)
        for wrong in filter(None, (_wrong_option(item, name) for name in mark.kwargs)):
            pytest.fail(wrong, pytrace=False)
    if not _is_unittest(item) and not _is_in_memory(item) and _mark(item) is not None:
        pytest.fail(f"@sweep() is for tests that use {MEMORY} or {AIO}, and this one uses neither", pytrace=False)
    if _is_virtual(item) and _is_unittest(item):
        pytest.fail(
            "unittest makes the event loop of this test, in real time: "
            "inherit from fakebroker.testing.aio.VirtualTestCase, and leave the fixture out",
            pytrace=False,
        )


def _wrong_option(item: pytest.Item, name: str) -> str | None:
    """What is wrong with an option of the mark; None for nothing."""
    if name not in OPTIONS:
        from fakebroker.validation import near

        return f"the mark fakebroker has no option {name!r}{near(name, OPTIONS)}"
    over_tcp, in_memory = "fakebroker" in _fixtures(item), _is_in_memory(item)
    if in_memory and not over_tcp and name not in (*IN_MEMORY, "strict_faults"):
        return f"{name}= is an option of fakebroker alone: in memory, time is always virtual"
    if over_tcp and not in_memory and name not in (*OVER_TCP, "strict_faults"):
        return f"{name}= is an option of {MEMORY} and {AIO}, not of fakebroker"
    return None


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[object]) -> Generator[None, Any, None]:
    """Add the conversation to the report of a test that fails, and leave out how the wait works in which it failed."""
    if call.excinfo is not None and BROKERS in item.stash:
        for name, module in list(sys.modules.items()):
            if name.startswith("fakebroker.testing.virtual."):
                vars(module)["__tracebackhide__"] = True  # which pytest looks for
    report = (yield).get_result()
    if report.failed:
        item.stash[FAILED] = True
        for broker in item.stash.get(BROKERS, []):
            liberties = broker.liberties
            taken = "" if liberties is None else f"FAKEBROKER_LIBERTIES='{liberties}' "
            again = f"{taken}pytest --fakebroker-seed={broker.seed} '{item.nodeid}'"
            idle = broker.faults.never_acted()
            if idle:
                report.sections.append(("fakebroker: what did not go wrong", idle))
            if broker.keeps_ledger and len(broker.ledger):
                report.sections.append(("fakebroker: what became of each message", broker.ledger.shown()))
            text = f"{broker.journal.transcript()}\nto run exactly this again:\n    {again}"
            report.sections.append((f"fakebroker: what passed (seed {broker.seed})", text))


def _fixtures(item: pytest.Item) -> Collection[str]:
    """The names of the fixtures that a test uses."""
    names: Collection[str] = getattr(item, "fixturenames", ())
    return names


def _is_in_memory(item: pytest.Item) -> bool:
    return AIO in _fixtures(item) or MEMORY in _fixtures(item)


def _is_virtual(item: pytest.Item) -> bool:
    """Whether a test runs in an event loop in virtual time."""
    return _is_in_memory(item) and _is_coroutine(item)


def _is_coroutine(item: pytest.Item) -> bool:
    """Whether a test is a coroutine, or has hypothesis make examples for one."""
    function = getattr(item, "function", None)
    return inspect.iscoroutinefunction(getattr(getattr(function, "hypothesis", None), "inner_test", function))


def _is_unittest(item: pytest.Item) -> bool:
    made_by = getattr(item, "cls", None)
    return isinstance(made_by, type) and issubclass(made_by, unittest.TestCase)


def _options(item: pytest.Item, taken: tuple[str, ...]) -> tuple[dict[str, Any], bool]:
    """The options of a test's marks, the nearest mark last: those that a broker takes, and whether it is strict."""
    options: dict[str, Any] = {"strict_faults": item.config.getini("fakebroker_strict_faults"), "seed": _seed(item)}
    if item.config.getini("fakebroker_ledger") or (HOOKS in item.stash and item.stash[HOOKS].ledger):
        options["ledger"] = True
    for mark in reversed(list(item.iter_markers("fakebroker"))):
        options.update(mark.kwargs)
    return {name: value for name, value in options.items() if name in taken}, options["strict_faults"]


def _loop_options(item: pytest.Item) -> dict[str, Any]:
    return _options(item, ("seed", "limit", "epoch"))[0]


def _check_faults(request: pytest.FixtureRequest, broker: FakeBroker | RunningBroker, strict: bool) -> None:
    """Fail a test that has passed, when one of its rules has never acted."""
    if strict and HOOKS not in request.node.stash and not request.node.stash.get(FAILED, False):
        idle = broker.faults.never_acted()
        if idle:
            pytest.fail(idle, pytrace=False)


def _seed(item: pytest.Item) -> int:
    from fakebroker.testing.report import seed

    given: int | None = item.config.getoption("--fakebroker-seed")
    return seed() if given is None else given


def _remember(request: pytest.FixtureRequest, broker: FakeBroker | RunningBroker) -> None:
    request.node.stash.setdefault(BROKERS, []).append(broker)
    if HOOKS in request.node.stash:
        request.node.stash[HOOKS].begin(broker)


def _over(request: pytest.FixtureRequest, broker: FakeBroker) -> None:
    """A test and its fixtures are over, and its broker is about to stop."""
    if HOOKS in request.node.stash:
        request.node.stash[HOOKS].end(broker)
