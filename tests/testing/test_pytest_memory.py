"""Tests that block, in virtual time: the fixture ``fakebroker_memory``."""

from __future__ import annotations

from tests.testing.pytest_project import Project

MEETS = """
import time

def test_a_minute_passes_at_once(fakebroker_memory):
    publish(fakebroker_memory.url, b"resize")
    before = time.monotonic()
    time.sleep(3600)
    assert time.monotonic() == before + 3600 == fakebroker_memory.clock.seconds()
    fakebroker_memory.journal.assert_published(1, routing_key="jobs", body="resize")

def test_afterwards_time_is_real():
    assert "fakebroker" not in str(time.sleep) and time.time() > 1.75e9
    with pytest.raises(OSError):
        __import__("socket").create_connection(("rabbit.invalid", 5672))

@pytest.mark.fakebroker(host="rabbit.invalid", port=5699)
def test_at_another_address(fakebroker_memory):
    assert fakebroker_memory.url == "amqp://guest:guest@rabbit.invalid:5699/%2F"
    publish(fakebroker_memory.url, b"resize")

@pytest.mark.fakebroker(tls=True)
def test_with_tls(fakebroker_memory):
    parameters = pika.URLParameters(fakebroker_memory.tls_url)
    parameters.ssl_options = pika.SSLOptions(fakebroker_memory.tls.client_context(), "localhost")
    pika.BlockingConnection(parameters).close()

@pytest.fixture
def connection(fakebroker_memory):
    with pika.BlockingConnection(pika.URLParameters(fakebroker_memory.url)) as connection:
        yield connection

def test_fixtures_take_part(connection):
    connection.sleep(60)
    assert time.monotonic() == 60

@pytest.mark.usefixtures("fakebroker_memory")
class TestOfUnittest(__import__("unittest").TestCase):
    def test_it(self):
        pika.BlockingConnection().close()
"""

SAID = """
import random, uuid

def test_it(fakebroker_memory):
    with pika.BlockingConnection(pika.URLParameters(fakebroker_memory.url)) as connection:
        channel = connection.channel()
        channel.queue_declare("jobs")
        channel.basic_consume("jobs", print)
    open("said", "a").write(f"{fakebroker_memory.journal.transcript()} {uuid.uuid4()} {random.random()}\\0")
"""


class BlockingCode(Project):
    def test_meets_the_broker_at_its_address_while_the_test_runs(self) -> None:
        code, out = self.pytest(MEETS, "-Werror")
        self.assertEqual(code, 0, out)
        self.assertIn("6 passed", out)

    def test_a_seed_repeats_all_that_was_said(self) -> None:
        for seed, hashes in ((7, "1"), (7, "2"), (8, "1")):
            code, out = self.pytest(SAID, f"--fakebroker-seed={seed}", PYTHONHASHSEED=hashes)
            self.assertEqual(code, 0, out)
        one, again, other, _ = (self.folder / "said").read_text(encoding="utf-8").split("\0")
        self.assertIn("basic.consume", one)
        self.assertEqual(one, again)
        self.assertNotEqual(one, other)

    def test_a_failure_shows_the_conversation(self) -> None:
        text = "def test_it(fakebroker_memory):\n    publish(fakebroker_memory.url, b'one')\n    assert False\n"
        code, out = self.pytest(text, "--fakebroker-seed=7")
        self.assertEqual(code, 1, out)
        self.assertIn("fakebroker: what passed (seed 7)", out)
        self.assertIn("-->    1  basic.publish           routing_key='jobs'", out)
