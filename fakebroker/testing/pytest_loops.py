"""The event loop in virtual time of a pytest test that is a coroutine, whoever runs the test.

============== =========================================== =========================================================
runs it        when                                        where the loop comes from
============== =========================================== =========================================================
anyio          the fixture ``anyio_backend`` is asked for, anyio's runner is made before any other fixture needs it,
               by the mark ``anyio`` for example           with our loop
pytest-asyncio the test has the mark ``asyncio``, which    its runner is made with our loop
               the mode ``auto`` gives to each
fakebroker     else                                        the same where pytest-asyncio is there, else a new one
============== =========================================== =========================================================

Tests that share a loop of pytest-asyncio have a :class:`SharedLoop`.
"""

from __future__ import annotations

import asyncio
import functools
import inspect
import sys
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from selectors import SelectorKey
from time import monotonic
from types import MethodType
from typing import Any, TypeAlias, cast

import pytest

from fakebroker.testing.aio import VirtualLoop, finish
from fakebroker.testing.clock import LONGEST_WAIT

Fixture: TypeAlias = "pytest.FixtureDef[Any]"
Options: TypeAlias = Mapping[str, Any]
"""Of a loop: ``seed``, ``limit`` and ``epoch``."""

RUNNERS = {f"_{scope}_scoped_runner": scope for scope in ("function", "class", "module", "package", "session")}
"""pytest-asyncio's fixtures that make event loops, and the scope of each loop."""

LOOP = pytest.StashKey[VirtualLoop]()
"""The loop of a test."""


class SharedLoop(VirtualLoop):
    """A loop that several tests share: in virtual time while a broker is in memory, and in real time before and after,
    because other tests and their fixtures may wait for what is real.
    """

    _real: float | None = None
    """The real time of the last look at it; None since time was virtual."""

    def time(self) -> float:
        """Seconds, which never go back."""
        if len(self.simulation.network):
            self._real = None
        else:
            now = monotonic()
            self.simulation.clock.advance(0.0 if self._real is None else now - self._real)
            self._real = now
        return super().time()

    def _idle(self, timeout: float | None) -> list[tuple[SelectorKey, int]]:
        if len(self.simulation.network):
            return super()._idle(timeout)
        return self._virtual.real.select(timeout)


def loop_of(request: pytest.FixtureRequest, options: Options) -> VirtualLoop:
    """The loop of a test.

    :param request: of a fixture with the scope of the test.
    :raises pytest.fail.Exception: when the loop keeps real time.
    """
    item = request.node
    if LOOP not in item.stash:
        loop = _find_loop(request, item, options)
        if not isinstance(loop, VirtualLoop):
            raise pytest.fail.Exception(_real(item, loop), pytrace=False)
        loop.simulation.limit = loop.time() + options.get("limit", LONGEST_WAIT)
        item.stash[LOOP] = loop
    return cast(VirtualLoop, item.stash[LOOP])


def _find_loop(request: pytest.FixtureRequest, item: pytest.Function, options: Options) -> asyncio.AbstractEventLoop:
    if is_anyio(item):
        return _anyio_loop(request, options)
    if asyncio_plugin(item.config) is None:
        return _own_loop(item, options)
    try:
        runner = request.getfixturevalue(f"_{loop_scope(item)}_scoped_runner")
    except pytest.FixtureLookupError:
        pytest.fail(f"this version of pytest-asyncio has no event loop that could be replaced: {ASYNCIO}")
    loop: asyncio.AbstractEventLoop = runner.get_loop()
    return loop


@contextmanager
def set_up(fixture: Fixture, request: pytest.FixtureRequest, item: pytest.Function, options: Options) -> Iterator[None]:
    """Around the setup of a fixture, for a test whose loop is in virtual time: what is asynchronous runs in that loop.

    :param item: the test that asks for the fixture.
    """
    plugin = asyncio_plugin(item.config)
    with pytest.MonkeyPatch.context() as patch:
        if plugin is not None and fixture.argname in RUNNERS:
            kind = VirtualLoop if fixture.scope == "function" else SharedLoop
            patch.setattr(plugin, "Runner", _runner_class(plugin.Runner, functools.partial(kind, **options)))
        elif not (inspect.iscoroutinefunction(fixture.func) or inspect.isasyncgenfunction(fixture.func)):
            pass
        elif is_anyio(item):
            if fixture.scope == "function":
                _anyio_loop(request, options)  # anyio would make one for this fixture
        elif plugin is not None and (is_asyncio(item) or hasattr(fixture.func, "_force_asyncio_fixture")):
            _check_scope(fixture, item)
        else:
            patch.setattr(fixture, "func", _synchronous(fixture, request, options))
        yield


def call(item: pytest.Function) -> bool:
    """Run a test that is a coroutine and that no other plugin runs.

    :returns: whether it was run.
    """
    if LOOP not in item.stash or is_anyio(item) or not inspect.iscoroutinefunction(item.obj):
        return False
    arguments = {name: item.funcargs[name] for name in inspect.signature(item.obj).parameters if name in item.funcargs}
    item.stash[LOOP].run_until_complete(item.obj(**arguments))
    return True


def is_anyio(item: pytest.Function) -> bool:
    """Whether anyio's plugin runs a test."""
    return "anyio_backend" in item.fixturenames


def is_asyncio(item: pytest.Function) -> bool:
    """Whether pytest-asyncio runs a test, where it is used."""
    return item.get_closest_marker("asyncio") is not None


def asyncio_plugin(config: pytest.Config) -> Any:
    """pytest-asyncio's module; None where it is not used."""
    module = sys.modules.get("pytest_asyncio.plugin")
    return module if module is not None and config.pluginmanager.is_registered(module) else None


def loop_scope(item: pytest.Function) -> str:
    """The scope of the loop in which pytest-asyncio runs a test."""
    mark = item.get_closest_marker("asyncio")
    if mark is None:
        return "function"
    told = mark.kwargs.get("loop_scope") or mark.kwargs.get("scope")
    return str(told or item.config.getini("asyncio_default_test_loop_scope"))


def _runner_class(base: Any, new_loop: Callable[[], VirtualLoop]) -> Any:
    """pytest-asyncio's ``Runner``, with our loop in the place of whichever it would make."""

    class Runner(base):  # type: ignore[misc]
        def __init__(self, *, debug: bool | None = None, loop_factory: object = None) -> None:
            super().__init__(debug=debug, loop_factory=new_loop)

        def __enter__(self) -> Any:
            entered = super().__enter__()
            asyncio.set_event_loop(self.get_loop())  # as Runner does with a loop of its own
            return entered

        def close(self) -> None:
            super().close()
            asyncio.set_event_loop(None)

    return Runner


def _anyio_loop(request: pytest.FixtureRequest, options: Options) -> asyncio.AbstractEventLoop:
    """The loop of anyio's runner. It is held until the test ends, so that anyio has no other in between."""
    from anyio.pytest_plugin import extract_backend_and_options, get_runner

    name, backend = extract_backend_and_options(request.getfixturevalue("anyio_backend"))
    if name != "asyncio":
        pytest.fail(f"a broker in memory is for asyncio, and anyio's backend is {name}: {ANYIO}", pytrace=False)
    held = ExitStack()
    ours = {"debug": backend.get("debug"), "loop_factory": functools.partial(VirtualLoop, **options)}
    runner: Any = held.enter_context(get_runner(name, ours))
    request.node.addfinalizer(held.close)
    loop: asyncio.AbstractEventLoop = runner.get_loop()
    return loop


def _own_loop(item: pytest.Item, options: Options) -> VirtualLoop:
    """A new loop, which ends with the test."""
    loop = VirtualLoop(**options)

    def close() -> None:
        try:
            finish(loop)
        finally:
            asyncio.set_event_loop(None)
            loop.close()

    item.addfinalizer(close)
    asyncio.set_event_loop(loop)
    return loop


def _synchronous(fixture: Fixture, request: pytest.FixtureRequest, options: Options) -> Callable[..., object]:
    """A fixture's function that runs its coroutine, or its asynchronous generator up to the ``yield``, in the loop."""
    if fixture.scope != "function":
        wrong = f"the fixture {fixture.argname!r} is a coroutine with the scope {fixture.scope!r}, and the loop of the "
        pytest.fail(f"{wrong}test ends with the test: leave out scope=, or use pytest-asyncio or anyio", pytrace=False)
    loop, function = loop_of(request, options), fixture.func
    if isinstance(function, MethodType) and request.instance is not None:
        function = function.__func__.__get__(request.instance)  # pytest makes an instance for each test

    @functools.wraps(fixture.func)
    def run(**arguments: object) -> object:
        made: Any = function(**arguments)
        if isinstance(made, Coroutine):
            return loop.run_until_complete(made)
        value = loop.run_until_complete(anext(made))
        request.addfinalizer(lambda: loop.run_until_complete(_last(made, fixture.argname)))
        return value

    return run


async def _last(generator: AsyncIterator[object], name: str) -> None:
    async for _ in generator:
        raise RuntimeError(f"the fixture {name!r} yields twice")


def _check_scope(fixture: Fixture, item: pytest.Function) -> None:
    """Refuse a fixture that uses the broker in another loop than the test's: there is no such broker."""
    default = item.config.getini("asyncio_default_fixture_loop_scope")
    default = default if default in RUNNERS.values() else fixture.scope
    scope, tests = getattr(fixture.func, "_loop_scope", None) or default, loop_scope(item)
    if scope != tests and _uses_broker(fixture, item):
        pytest.fail(
            f"the fixture {fixture.argname!r} uses the broker in memory, but runs in pytest-asyncio's loop of the "
            f"{scope}, and the test in that of the {tests}: write @pytest_asyncio.fixture(loop_scope={tests!r}), or "
            f"@pytest.mark.asyncio(loop_scope={scope!r}) for the test",
            pytrace=False,
        )


def _uses_broker(fixture: Fixture, item: pytest.Function) -> bool:
    known = item._fixtureinfo.name2fixturedefs
    names, seen = list(fixture.argnames), {fixture.argname: None}
    while names:
        name = names.pop()
        if name in ("fakebroker_aio", "fakebroker_memory"):
            return True
        if name in known and name not in seen:
            seen[name] = None
            names += known[name][-1].argnames
    return False


ASYNCIO = (
    "write, in conftest.py, def pytest_asyncio_loop_factories(config, item): "
    'return {"virtual": fakebroker.testing.aio.VirtualLoop}'
)
ANYIO = (
    'write, in conftest.py, @pytest.fixture(scope="session") def anyio_backend(): '
    'return "asyncio", {"loop_factory": fakebroker.testing.aio.VirtualLoop}'
)


def _real(item: pytest.Function, loop: asyncio.AbstractEventLoop) -> str:
    """What to do about a loop that was made before the test."""
    wrong = f"the event loop of this test ({type(loop).__name__}) keeps real time. "
    if is_anyio(item):
        return f"{wrong}anyio made it for a fixture of a wider scope: {ANYIO}"
    if not {"fakebroker_aio", "fakebroker_memory"} & {*item.fixturenames}:
        return f"{wrong}It was made before fakebroker_aio was asked for: name that among the test's arguments"
    return f"{wrong}This version of pytest-asyncio has none that could be replaced: {ASYNCIO}"
