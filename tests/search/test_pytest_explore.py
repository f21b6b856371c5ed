"""pytest runs explorations: of tests that are marked, and of all that have a broker in memory."""

from __future__ import annotations

from tests.testing.pytest_project import Project

RACY = """
def test_it(fakebroker_memory):
    connection = pika.BlockingConnection(pika.URLParameters(fakebroker_memory.url))
    first, second, came = connection.channel(), connection.channel(), []
    for channel, name in ((first, "a"), (second, "b")):
        channel.queue_declare(name)
        channel.basic_consume(name, lambda _, method, properties, body: came.append(body), auto_ack=True)
    for name in "ab":
        first.basic_publish("", name, name.encode())
    while len(came) < 2:
        connection.process_data_events(time_limit=1)
    connection.close()
    assert came == [b"a", b"b"], came
"""
MARKED = "from fakebroker import explore\n\n@explore(runs=16, liberties='late', exhaustive_below=8)" + RACY


class Explorations(Project):
    def test_every_test_with_a_broker_in_memory_is_one_where_the_command_says_so(self) -> None:
        status, told = self.pytest(RACY, "--fakebroker-explore=16")
        self.assertEqual(status, 1, told)
        self.assertIn("schedules: 16 runs", told)
        self.assertIn("failed: AssertionError: [b'b', b'a']", told)
        self.assertNotIn("INTERNALERROR", told)

    def test_the_line_that_it_tells_runs_that_schedule_alone(self) -> None:
        status, told = self.pytest(MARKED)
        self.assertEqual(status, 1, told)
        again = told.partition("again: FAKEBROKER_LIBERTIES='")[2].partition("'")[0]
        self.assertIn(f"again: FAKEBROKER_LIBERTIES='{again}' pytest 'test_it.py::test_it'", told)
        status, told = self.pytest(MARKED, FAKEBROKER_LIBERTIES=again)
        self.assertEqual(status, 1, told)
        self.assertIn("2 runs: 1 passed, 1 failed", told)
        status, told = self.pytest(RACY, FAKEBROKER_LIBERTIES=again)
        self.assertEqual(status, 1, told)
        self.assertIn(f"FAKEBROKER_LIBERTIES='{again}' pytest --fakebroker-seed=0 'test_it.py::test_it'", told)
