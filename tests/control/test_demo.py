"""``fakebroker demo``: three conversations to look at."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from typing import Any
from unittest import TestCase, mock

from twisted.internet.defer import ensureDeferred, inlineCallbacks
from twisted.trial.unittest import TestCase as AsynchronousTestCase

from fakebroker import FakeBroker
from fakebroker.control.main import main
from fakebroker.control.scenes import CYAN, RED, SCENES, Page, login_refused, perform_one
from tests.control.process import ROOT, run


class Demo(TestCase):
    def test_every_scene_is_shown_and_goes_as_told(self) -> None:
        code, out, err = run(self, "demo")
        self.assertEqual((code, err), (0, ""), out)
        self.assertEqual(out.count("As told: "), len(SCENES))
        self.assertIn("As told: the consumer got 'hello'", out)
        for part in (*(str(scene.__doc__) for scene in SCENES), "start-ok", "basic.publish", "basic.deliver", "Reset"):
            self.assertIn(part, out)
        self.assertNotIn("\x1b", out, "colours in a file")
        self.assertNotIn("guess", out, "the password")

    def test_a_terminal_does_get_colours(self) -> None:
        out = io.StringIO()
        Page(out, colours=True).write("hello", CYAN)
        self.assertEqual(out.getvalue(), "\x1b[36mhello\x1b[0m\n")


class GoesWrong(AsynchronousTestCase):
    @inlineCallbacks
    def test_a_scene_that_does_not_go_as_told_says_so_in_red(self) -> Any:
        broker, out = FakeBroker(), io.StringIO()
        yield broker.listen()
        self.addCleanup(broker.stop)
        broker.users.remove("guest")
        broker.users.add("guest", "guess").permit("/")
        went_well = yield ensureDeferred(perform_one(Page(out, colours=True), broker, 1, login_refused))
        self.assertFalse(went_well)
        told = "NOT as told. AssertionError: the broker accepted a wrong password"
        self.assertIn(f"\x1b[{RED}m\n   {told}\x1b[0m", out.getvalue())
        self.assertIn(f"\x1b[{CYAN}m", out.getvalue(), "what was said until then")


class WithoutTheClient(TestCase):
    def test_anything_else_that_is_missing_is_no_matter_of_the_client(self) -> None:
        with mock.patch.dict(sys.modules, {"fakebroker.control.scenes": None}):
            with self.assertRaisesRegex(ModuleNotFoundError, "fakebroker.control.scenes"):
                main(["demo"])

    def test_what_is_missing_is_told_in_one_line(self) -> None:
        script = (
            "import sys; sys.modules['txamqp'] = None;"
            "from fakebroker.control.main import main; sys.exit(main(['demo']))"
        )
        done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, cwd=ROOT, env=os.environ)
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        self.assertEqual(done.stderr, "fakebroker demo: the client needs txAMQP: pip install 'fakebroker[connector]'\n")
