"""Tests that are coroutines, in virtual time, by whichever plugin pytest runs them."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from unittest import skipUnless

from tests.testing.pytest_project import Project


def plugin_module() -> object:
    return import_module("pytest_asyncio.plugin") if find_spec("pytest_asyncio") else None


with_asyncio = skipUnless(find_spec("pytest_asyncio"), "needs pytest-asyncio")
with_anyio = skipUnless(find_spec("anyio"), "needs anyio")

CLIENT = """
import asyncio, contextvars, pytest

async def hello(broker):
    reader, writer = await asyncio.open_connection(broker.host, broker.port)
    writer.write(b"AMQP\\0\\0\\x09\\x01")
    assert (await reader.readexactly(7))[:3] == b"\\1\\0\\0"
    return writer

def has_seen(broker):
    return len(broker.journal.find("connection.start")), broker.journal.transcript().count("(x)")

def time():
    return asyncio.get_running_loop().time()
"""

HOUR = """
{mark}
async def test_an_hour(fakebroker_aio):
    writer = await hello(fakebroker_aio)
    assert has_seen(fakebroker_aio) == (1, 0)
    writer.close()
    await asyncio.sleep(3600)
    assert time() == fakebroker_aio.clock.seconds() == 3600
    assert has_seen(fakebroker_aio) == (1, 1)

{mark}
async def test_each_begins_at_0(fakebroker_aio):
    assert time() == 0

{mark}
async def test_whose_broker_is_called_memory(fakebroker_memory):
    (await hello(fakebroker_memory)).close()
    await asyncio.sleep(60)
    assert time() == fakebroker_memory.clock.seconds() == 60

{mark}
async def test_by_both_names_it_is_one(fakebroker_aio, fakebroker_memory):
    assert fakebroker_aio is fakebroker_memory

class TestClass:
    {mark}
    async def test_a_method(self, fakebroker_aio):
        await asyncio.sleep(60)
        assert time() == 60
"""

FIXTURES = """
made = contextvars.ContextVar("made")

{fixture}
async def connection(fakebroker_aio):
    loop = asyncio.get_running_loop()
    writer = await hello(fakebroker_aio)
    await asyncio.sleep(1)
    yield writer
    assert asyncio.get_running_loop() is loop and has_seen(fakebroker_aio) == (1, 0)
    writer.close()
    await asyncio.sleep(60)
    assert time() == 63 and has_seen(fakebroker_aio) == (1, 1)

{fixture}
async def early():
    await asyncio.sleep(1)
    return asyncio.get_running_loop()

class TestClass:
    {fixture}
    async def own(self, connection):
        assert isinstance(self, TestClass)
        return connection

    {mark}
    async def test_they_share_the_loop(self, early, fakebroker_aio, connection, own):
        assert early is asyncio.get_running_loop() and own is connection
        assert time() == 2
        await asyncio.sleep(1)

{mark}
async def test_other_tests_are_in_real_time(early):
    assert not hasattr(early, "simulation") and not hasattr(asyncio.get_running_loop(), "simulation")
"""

ANYIO_BACKEND = """
@pytest.fixture(scope="module")
def anyio_backend():
    return {backend}
"""


class Coroutines(Project):
    client = CLIENT

    def passes(self, number: int, text: str, *options: str, plugins: tuple[str, ...] = (), **environment: str) -> None:
        code, out = self.pytest(text, "-Werror", *options, plugins=plugins, **environment)
        self.assertEqual(code, 0, out)
        self.assertIn(f"{number} passed", out)

    def fails(self, told: str, text: str, *options: str, plugins: tuple[str, ...] = ()) -> None:
        code, out = self.pytest(text, "-Werror", *options, plugins=plugins)
        self.assertEqual(code, 1, out)
        self.assertIn(told, " ".join(out.split()))


class WithNoOtherPlugin(Coroutines):
    def test_an_hour_passes_at_once(self) -> None:
        self.passes(5, HOUR.format(mark=""))

    def test_fixtures_run_in_the_loop_of_the_test(self) -> None:
        self.passes(1, FIXTURES.format(mark="", fixture="@pytest.fixture"), "-k", "share")

    def test_a_fixture_that_outlives_the_loop_is_an_error(self) -> None:
        text = (
            "@pytest.fixture(scope='module')\n"
            "async def pool(): return 7\n"
            "async def test_it(pool, fakebroker_aio): pass\n"
        )
        self.fails("the fixture 'pool' is a coroutine with the scope 'module', and the loop", text)

    def test_a_fixture_that_yields_twice_is_an_error(self) -> None:
        text = (
            "@pytest.fixture\n"
            "async def twice(fakebroker_aio):\n"
            "    yield 1\n"
            "    yield 2\n"
            "async def test_it(twice, fakebroker_aio): pass\n"
        )
        self.fails("the fixture 'twice' yields twice", text)

    def test_a_failure_shows_the_conversation(self) -> None:
        text = "async def test_it(fakebroker_aio):\n    await hello(fakebroker_aio)\n    assert False\n"
        code, out = self.pytest(text, "--fakebroker-seed=7")
        self.assertEqual(code, 1, out)
        self.assertIn("fakebroker: what passed (seed 7)", out)
        self.assertIn("<--    0  connection.start", out)
        self.assertIn("pytest --fakebroker-seed=7 'test_it.py::test_it'", out)

    def test_a_wait_in_vain_is_shown_at_the_line_that_waits(self) -> None:
        text = (
            "import time\n"
            "@pytest.mark.fakebroker(limit=60)\n"
            "def test_blocking(fakebroker_memory): time.sleep(61)\n"
            "@pytest.mark.fakebroker(limit=60)\n"
            "async def test_coroutine(fakebroker_aio): await asyncio.sleep(61)\n"
        )
        code, out = self.pytest(text)
        self.assertEqual(code, 1, out)
        self.assertIn("2 failed", out)
        self.assertRegex(out, "NeverSettles: .* did not come within 60 s")
        self.assertNotIn("fakebroker/testing/virtual", out)

    def test_a_mark_gives_options(self) -> None:
        text = (
            "@pytest.mark.fakebroker(port=5699, seed=3)\n"
            "async def test_it(fakebroker_aio):\n"
            "    assert (fakebroker_aio.port, fakebroker_aio.seed) == (5699, 3)\n"
            "    (await hello(fakebroker_aio)).close()\n"
        )
        self.passes(1, text)

    def test_a_rule_that_never_acted_is_an_error_where_one_is_strict(self) -> None:
        text = (
            "from fakebroker.faults import Drop, when\n"
            "@pytest.mark.fakebroker(strict_faults=True)\n"
            "async def test_it(fakebroker_aio):\n"
            "    fakebroker_aio.faults.add(when('basic.get'), Drop())\n"
        )
        self.fails("Failed: rule 1 never acted", text)

    def test_what_was_raised_in_the_broker_fails_the_test(self) -> None:
        text = (
            "def fails(entry): raise ZeroDivisionError('the test\\'s own')\n"
            "async def test_it(fakebroker_aio):\n"
            "    fakebroker_aio.journal.watch(fails)\n"
            "    (await hello(fakebroker_aio)).close()\n"
        )
        self.fails("ZeroDivisionError: the test's own", text)

    def test_a_test_that_is_no_coroutine_is_told_which_fixture_serves_it(self) -> None:
        self.fails(
            "fakebroker_aio is for tests that are `async def`; fakebroker_memory serves this one",
            "def test_it(fakebroker_aio): pass\n",
        )

    def test_an_option_that_would_have_no_effect_is_an_error(self) -> None:
        text = "@pytest.mark.fakebroker(virtual_time=True)\nasync def test_it(fakebroker_aio): pass\n"
        self.fails("virtual_time= is an option of fakebroker alone: in memory, time is always virtual", text)
        text = "@pytest.mark.fakebroker(limit=7)\ndef test_it(fakebroker): pass\n"
        self.fails("limit= is an option of fakebroker_memory and fakebroker_aio, not of fakebroker", text)

    def test_a_test_of_unittest_is_told_what_to_inherit_from(self) -> None:
        text = (
            "import unittest\n"
            "@pytest.mark.usefixtures('fakebroker_aio')\n"
            "class Jobs(unittest.IsolatedAsyncioTestCase):\n"
            "    async def test_it(self): pass\n"
        )
        self.fails("inherit from fakebroker.testing.aio.VirtualTestCase", text)

    def test_a_run_that_uses_no_broker_imports_neither_twisted_nor_asyncio(self) -> None:
        text = "import sys\ndef test_it(): assert 'twisted' not in sys.modules and 'asyncio' not in sys.modules\n"
        self.client = ""
        self.passes(1, text)


@with_asyncio
class WithPytestAsyncio(Coroutines):
    plugin = ("pytest_asyncio.plugin",)
    mark = "@pytest.mark.asyncio"
    fixture = "@__import__('pytest_asyncio').fixture"
    unset = "-oasyncio_default_fixture_loop_scope=function"

    def test_an_hour_passes_at_once(self) -> None:
        self.passes(5, HOUR.format(mark=self.mark), self.unset, plugins=self.plugin)

    def test_in_auto_mode_too(self) -> None:
        self.passes(5, HOUR.format(mark=""), self.unset, "-oasyncio_mode=auto", plugins=self.plugin)

    def test_a_test_without_its_mark_runs_too(self) -> None:
        self.passes(5, HOUR.format(mark=""), self.unset, plugins=self.plugin)
        text = FIXTURES.format(mark="", fixture=self.fixture)
        self.passes(1, text, self.unset, "-k", "share", plugins=self.plugin)

    def test_fixtures_run_in_the_loop_of_the_test(self) -> None:
        text = FIXTURES.format(mark=self.mark, fixture=self.fixture)
        self.passes(2, text, self.unset, plugins=self.plugin)

    def test_in_auto_mode_fixtures_do_too(self) -> None:
        text = FIXTURES.format(mark="", fixture="@pytest.fixture")
        self.passes(2, text, self.unset, "-oasyncio_mode=auto", plugins=self.plugin)

    def test_a_fixture_in_another_loop_is_an_error(self) -> None:
        text = (
            "@pytest.fixture\n"
            "def broker(fakebroker_aio): return fakebroker_aio\n"
            "@__import__('pytest_asyncio').fixture(loop_scope='module')\n"
            "async def connection(broker): return await hello(broker)\n"
            "@pytest.mark.asyncio\n"
            "async def test_it(connection): connection.close()\n"
        )
        told = "the fixture 'connection' uses the broker in memory, but runs in pytest-asyncio's loop of the module, "
        told += "and the test in that of the function: write @pytest_asyncio.fixture(loop_scope='function')"
        self.fails(told, text, self.unset, plugins=self.plugin)

    def test_a_fixture_that_is_asked_for_too_late_is_an_error(self) -> None:
        text = "@pytest.fixture\ndef late(request): return request.getfixturevalue('fakebroker_aio')\n"
        text += f"{self.mark}\nasync def test_it(late): pass\n"
        told = "keeps real time. It was made before fakebroker_aio was asked for: name that among the test's arguments"
        self.fails(told, text, self.unset, plugins=self.plugin)

    @skipUnless(hasattr(plugin_module(), "PytestAsyncioSpecs"), "needs pytest-asyncio 1.4")
    def test_a_loop_of_the_projects_own_gives_way(self) -> None:
        (self.folder / "conftest.py").write_text(
            "import asyncio\n"
            "class Own(asyncio.SelectorEventLoop): pass\n"
            "def pytest_asyncio_loop_factories(config, item): return {'own': Own}\n"
        )
        self.passes(5, HOUR.format(mark=self.mark), self.unset, plugins=self.plugin)


    SHARED = """
import pytest_asyncio, time as real
pytestmark = pytest.mark.asyncio(loop_scope="module")

@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def pool():
    started = real.monotonic()
    await asyncio.sleep(0.05)
    assert real.monotonic() - started >= 0.04
    return asyncio.get_running_loop()

async def test_before(pool):
    assert pool is asyncio.get_running_loop()

@pytest.mark.parametrize("number", range(2))
async def test_hours(pool, fakebroker_aio, number):
    before = time()
    assert pool is asyncio.get_running_loop()
    (await hello(fakebroker_aio)).close()
    await asyncio.sleep(20 * 3600)
    assert time() == before + 20 * 3600

async def test_after(pool):
    before, started = time(), real.monotonic()
    assert pool is asyncio.get_running_loop() and before >= 40 * 3600
    await asyncio.sleep(0.05)
    assert real.monotonic() - started >= 0.04
    assert 0.04 <= time() - before < 10
"""

    def test_a_loop_that_tests_share_is_virtual_while_there_is_a_broker(self) -> None:
        self.passes(4, self.SHARED, self.unset, plugins=self.plugin)

    def test_whichever_test_comes_first(self) -> None:
        self.passes(3, self.SHARED, self.unset, "-k", "not before", plugins=self.plugin)


@with_anyio
class WithAnyio(Coroutines):
    plugin = ("anyio.pytest_plugin",)
    mark = "@pytest.mark.anyio"

    def text(self, text: str, backend: str = "'asyncio'") -> str:
        return ANYIO_BACKEND.format(backend=backend) + text.format(mark=self.mark, fixture="@pytest.fixture")

    def test_an_hour_passes_at_once(self) -> None:
        self.passes(5, self.text(HOUR), plugins=self.plugin)

    def test_fixtures_run_in_the_loop_of_the_test(self) -> None:
        self.passes(2, self.text(FIXTURES), plugins=self.plugin)

    def test_options_of_the_backend_do_no_harm(self) -> None:
        self.passes(5, self.text(HOUR, "'asyncio', {'debug': True}"), plugins=self.plugin)

    def test_another_backend_is_an_error(self) -> None:
        text = self.text(HOUR, "'trio'")
        self.fails("a broker in memory is for asyncio, and anyio's backend is trio: write", text, plugins=self.plugin)

    POOL = """
@pytest.fixture(scope="module")
async def pool():
    yield asyncio.get_running_loop()

{mark}
async def test_it(pool, fakebroker_aio):
    assert pool is asyncio.get_running_loop()
    await asyncio.sleep(3600)
"""

    def test_a_loop_that_was_there_before_is_an_error_that_tells_what_to_write(self) -> None:
        self.fails("keeps real time. anyio made it for a fixture of a wider scope: write", self.text(self.POOL),
                   plugins=self.plugin)  # fmt: skip

    def test_and_that_works(self) -> None:
        backend = "'asyncio', {'loop_factory': __import__('fakebroker.testing.aio').testing.aio.VirtualLoop}"
        self.passes(1, self.text(self.POOL, backend), plugins=self.plugin)
