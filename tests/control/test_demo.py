"""``fakebroker demo``: three conversations to look at."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from unittest import TestCase

from fakebroker.control.scenes import CYAN, SCENES, Page
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


class WithoutTheClient(TestCase):
    def test_what_is_missing_is_told_in_one_line(self) -> None:
        script = (
            "import sys; sys.modules['txamqp'] = None;"
            "from fakebroker.control.main import main; sys.exit(main(['demo']))"
        )
        done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, cwd=ROOT, env=os.environ)
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        self.assertEqual(done.stderr, "fakebroker demo: the client needs txAMQP: pip install 'fakebroker[connector]'\n")
