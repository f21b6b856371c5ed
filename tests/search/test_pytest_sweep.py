"""pytest runs sweeps: of tests that are marked, and of all that have a broker in memory."""

from __future__ import annotations

from tests.testing.pytest_project import Project

MARKED = """
from fakebroker import sweep

@sweep(allow=pika.exceptions.AMQPError, faults="reset,delay")
def test_it(fakebroker_memory):
    publish(fakebroker_memory.url, b"one")
"""
FIXTURES = """
from pathlib import Path

def note(what):  # runs may be in processes of their own
    with Path("made").open("a") as file:
        file.write(what)

@pytest.fixture(scope="module")
def once():
    note("1")

@pytest.fixture
def connection(fakebroker_memory, once):
    note("+")
    connection = pika.BlockingConnection(pika.URLParameters(fakebroker_memory.url))
    yield connection
    connection.close()

def test_it(connection):
    connection.channel()
"""
COROUTINE = """
import aio_pika
from fakebroker import sweep

@sweep(faults="cancel-consumer", allow=ConnectionError)
async def test_it(fakebroker_aio):
    async with await aio_pika.connect(fakebroker_aio.url) as connection:
        channel = await connection.channel()
        queue = await channel.declare_queue("jobs")
        await channel.default_exchange.publish(aio_pika.Message(b"job"), "jobs")
        async with queue.iterator() as jobs:
            async for job in jobs:
                await job.ack()
                break
"""
SKIPPED = """
from fakebroker import sweep

@sweep(faults="delay")
def test_never(fakebroker_memory):
    pytest.skip("not today")

@sweep(faults="reset,delay")
def test_where_it_connects(fakebroker_memory):
    try:
        publish(fakebroker_memory.url, b"one")
    except pika.exceptions.AMQPError:
        pytest.skip("nobody there")
"""
PLAIN = "def test_it(fakebroker_memory):\n    publish(fakebroker_memory.url, b'one')\n"


class Sweeps(Project):
    def test_a_marked_test_passes_where_all_ends_are_allowed(self) -> None:
        status, told = self.pytest(MARKED)
        self.assertEqual(status, 0, told)
        self.assertIn("1 passed", told)

    def test_it_fails_with_the_report_where_one_is_not(self) -> None:
        status, told = self.pytest(MARKED.replace("allow=pika.exceptions.AMQPError, ", ""))
        self.assertEqual(status, 1)
        self.assertIn("failed: StreamLostError", told)
        self.assertIn("in publish", told)
        self.assertIn("again: pytest --fakebroker-fault='1:in:queue.declare:1 reset' 'test_it.py::test_it'", told)
        self.assertNotIn("INTERNALERROR", told)

    def test_the_case_that_it_names_fails_alone(self) -> None:
        text = MARKED.replace("allow=pika.exceptions.AMQPError, ", "")
        status, told = self.pytest(text, "--fakebroker-fault=1:in:queue.declare:1 reset")
        self.assertEqual(status, 1)
        self.assertIn("2 runs: 1 passed, 1 failed", told)
        status, told = self.pytest(text, FAKEBROKER_FAULT="1:in:queue.declare:1 delay")
        self.assertEqual(status, 0, told)

    def test_a_coroutine_that_hangs(self) -> None:
        status, told = self.pytest(COROUTINE, plugins=("pytest_asyncio.plugin",))
        self.assertEqual(status, 1, told)
        self.assertIn("hung: it is not over when the limit of virtual time is reached", told)
        self.assertIn("smallest: 1:out:basic.consume-ok:1 cancel-consumer", told)

    def test_each_test_with_a_broker_in_memory_is_swept_when_asked_for(self) -> None:
        options = ("--fakebroker-sweep", "--fakebroker-faults=reset")
        self.assertIn("1 passed", self.pytest(PLAIN)[1])
        status, told = self.pytest(PLAIN, *options)
        self.assertIn("kinds of failure", told)
        status, told = self.pytest(PLAIN, *options, "-o", "fakebroker_allow=pika.exceptions.AMQPError OSError")
        self.assertEqual(status, 0, told)

    def test_one_that_is_skipped_is_skipped_and_where_something_goes_wrong_it_could_not_run(self) -> None:
        status, told = self.pytest(SKIPPED, "-rs")
        self.assertEqual(status, 0, told)
        self.assertIn("1 passed, 1 skipped", told)
        self.assertIn("not today", told)
        self.assertNotIn("nobody there", told)

    def test_fixtures_are_new_in_each_run_but_for_those_of_a_wider_scope(self) -> None:
        status, told = self.pytest(FIXTURES, "--fakebroker-sweep", "--fakebroker-faults=delay")
        self.assertEqual(status, 0, told)
        made = (self.folder / "made").read_text()
        self.assertEqual((made.count("1"), made[0]), (1, "1"))
        self.assertGreater(made.count("+"), 12)

    def test_what_is_wrong_is_told_in_the_test(self) -> None:
        for text, options, wrong in (
            (PLAIN, ("--fakebroker-sweep", "--fakebroker-faults=rest"), "there is no fault 'rest'; did you mean"),
            (PLAIN, ("--fakebroker-fault=1:in:connect:1 rset",), "there is no fault 'rset'; did you mean 'reset'"),
            (PLAIN, ("--fakebroker-sweep", "-o", "fakebroker_allow=pika.Nothing"), "there is no error 'pika.Nothing'"),
            ("from fakebroker import sweep\n@sweep()\ndef test_it():\n    pass", (), "this one uses neither"),
        ):
            status, told = self.pytest(text, *options)
            self.assertEqual(status, 1)
            self.assertIn(wrong, told)
            self.assertNotIn("INTERNALERROR", told)
            self.assertNotIn("During handling", told)
