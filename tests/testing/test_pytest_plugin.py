"""The pytest plugin, as pytest runs it in a project of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.util import find_spec
from inspect import signature
from unittest import skipUnless

import fakebroker
from tests.testing.pytest_project import CLIENT, ROOT, Project

ISOLATED = """
@pytest.mark.parametrize("number", range(8))
def test_each_has_its_own(fakebroker, number):
    publish(fakebroker.url, b"x")
    assert len(fakebroker.journal.published()) == 1
    assert fakebroker.get("jobs").message_count == 0
"""


class Plugin(Project):
    def test_each_test_has_a_broker_of_its_own(self) -> None:
        code, out = self.pytest(ISOLATED, "-q")
        self.assertEqual(code, 0, out)
        self.assertIn("8 passed", out)

    @skipUnless(find_spec("xdist"), "needs pytest-xdist")
    def test_in_several_processes_too(self) -> None:
        code, out = self.pytest(ISOLATED, "-q", "-n4", plugins=("xdist",))
        self.assertEqual(code, 0, out)
        self.assertIn("8 passed", out)

    def test_a_failure_shows_the_conversation_the_seed_and_how_to_run_it_again(self) -> None:
        text = (
            "class TestJobs:\n"
            "    def test_nothing_is_lost(self, fakebroker):\n"
            "        publish(fakebroker.url, b'one')\n"
            "        assert False\n"
        )
        code, out = self.pytest(text, "--fakebroker-seed=7")
        self.assertEqual(code, 1, out)
        self.assertIn("fakebroker: what passed (seed 7)", out)
        self.assertIn("-->    1  basic.publish           routing_key='jobs'", out)
        self.assertIn("pytest --fakebroker-seed=7 'test_it.py::TestJobs::test_nothing_is_lost'", out)

    def test_the_seed_is_the_environments_unless_an_option_names_another(self) -> None:
        text = "def test_it(fakebroker, fakebroker_memory): assert fakebroker.seed == fakebroker_memory.seed == {}\n"
        self.assertEqual(self.pytest(text.format(5), FAKEBROKER_SEED="5")[0], 0)
        self.assertEqual(self.pytest(text.format(6), "--fakebroker-seed=6", FAKEBROKER_SEED="5")[0], 0)

    def test_a_mark_gives_options(self) -> None:
        text = (
            "@pytest.mark.fakebroker(virtual_time=True)\n"
            "def test_a_minute(fakebroker):\n"
            "    fakebroker.clock.advance(60)\n"
            "    assert fakebroker.clock.seconds() == 60\n"
        )
        code, out = self.pytest(text, "--strict-markers")
        self.assertEqual(code, 0, out)

    def test_a_mark_that_would_have_no_effect_is_an_error(self) -> None:
        text = (
            "@pytest.mark.fakebroker(True)\n"
            "def test_one(fakebroker): pass\n"
            "@pytest.mark.fakebroker(virtual_tine=True)\n"
            "def test_two(): pass\n"
        )
        code, out = self.pytest(text)
        self.assertEqual(code, 1, out)
        self.assertIn("the mark fakebroker takes options by name, such as virtual_time=True, not True", out)
        self.assertIn("the mark fakebroker has no option 'virtual_tine'; did you mean 'virtual_time'?", out)
        self.assertIn("2 errors", out)

    def test_a_mark_may_say_what_running_and_memory_take(self) -> None:
        from fakebroker.pytest_plugin import OPTIONS

        running, memory = (set(signature(made).parameters) for made in (fakebroker.running, fakebroker.memory))
        self.assertEqual(set(OPTIONS), running | memory | {"strict_faults"})

    def test_what_was_raised_in_the_broker_fails_the_test(self) -> None:
        text = (
            "def fails(entry): raise ZeroDivisionError('the test\\'s own')\n"
            "def test_thread(fakebroker):\n"
            "    fakebroker.journal.watch(fails)\n"
            "    publish(fakebroker.url, b'one')\n"
            "def test_memory(fakebroker_memory):\n"
            "    fakebroker_memory.journal.watch(fails)\n"
            "    fakebroker_memory.connect()\n"
        )
        code, out = self.pytest(text)
        self.assertEqual(code, 1, out)
        self.assertRegex(out, "2 passed.* 2 errors")
        self.assertIn("ZeroDivisionError: the test's own", out)

    def test_twisted_code_in_memory(self) -> None:
        text = (
            "def test_a_heartbeat(fakebroker_memory):\n"
            "    fakebroker_memory.connect(heartbeat=10)\n"
            "    fakebroker_memory.clock.advance(600)\n"
            "    assert len(fakebroker_memory.connections) == 1\n"
            "    assert False\n"
        )
        code, out = self.pytest(text)
        self.assertEqual(code, 1, out)
        self.assertIn("more heartbeats", out)

    def test_a_run_that_uses_no_broker_imports_no_twisted(self) -> None:
        code, out = self.pytest("import sys\ndef test_it(): assert 'twisted' not in sys.modules\n")
        self.assertEqual(code, 0, out)

    def test_unittest_does_with_the_context_manager(self) -> None:
        text = (
            "import unittest, fakebroker\n"
            "class Jobs(unittest.TestCase):\n"
            "    def test_it(self):\n"
            "        with fakebroker.running() as broker:\n"
            "            publish(broker.url, b'one')\n"
            "            self.fail('no')\n"
        )
        (self.folder / "test_it.py").write_text(CLIENT + text)
        done = subprocess.run(
            [sys.executable, "-m", "unittest", "test_it"],
            cwd=self.folder,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        self.assertEqual(done.returncode, 1, done.stderr)
        if sys.version_info >= (3, 11):
            self.assertIn("basic.publish           routing_key='jobs'", done.stderr)


STRICT = """
from fakebroker.faults import Drop, when

@pytest.mark.fakebroker(strict_faults=True)
def test_nothing_went_wrong(fakebroker):
    fakebroker.faults.add(when("basic.publish", routing_key="mail"), Drop())
    publish(fakebroker.url, b"x")

@pytest.mark.fakebroker(strict_faults=True)
def test_it_went_wrong(fakebroker):
    fakebroker.faults.add(when("basic.publish", routing_key="jobs"), Drop())
    publish(fakebroker.url, b"x")

def test_nobody_is_strict(fakebroker):
    fakebroker.faults.add(when("basic.publish", routing_key="mail"), Drop())

@pytest.mark.fakebroker(strict_faults=True)
def test_in_memory(fakebroker_memory):
    fakebroker_memory.faults.add(when("basic.get"), Drop())

def test_that_fails_is_told(fakebroker):
    fakebroker.faults.add(when("basic.get"), Drop())
    publish(fakebroker.url, b"x")
    assert not "right"
"""


class RulesThatNeverActed(Project):
    def test_are_errors_where_one_is_strict(self) -> None:
        code, out = self.pytest(STRICT, "-q", "-rA")
        self.assertEqual(code, 1, out)
        self.assertIn("ERROR test_it.py::test_nothing_went_wrong - Failed: rule 1 never acted", out)
        self.assertIn("routing_key is 'jobs'", out)
        self.assertIn("ERROR test_it.py::test_in_memory", out)
        self.assertIn("no basic.get passed", out.partition("what did not go wrong")[2])
        self.assertIn("1 failed, 4 passed, 2 errors", out)

    def test_are_errors_everywhere_if_the_configuration_says_so(self) -> None:
        code, out = self.pytest(STRICT, "-q", "-o", "fakebroker_strict_faults=true")
        self.assertEqual(code, 1, out)
        self.assertIn("1 failed, 4 passed, 3 errors", out)
