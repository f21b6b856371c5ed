"""The clients in other languages that docs/ci.md shows: those whose tools are here run."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from unittest import TestCase, skipUnless

from tests.control.process import ROOT

FOLDER = ROOT / "docs" / "ci"


class Clients(TestCase):
    def test_the_document_shows_the_files_as_they_are(self) -> None:
        text = (ROOT / "docs" / "ci.md").read_text(encoding="utf-8")
        for name in ("Dockerfile", "client.sh", "client.js", "client.go"):
            self.assertIn(f"\n{(FOLDER / name).read_text(encoding='utf-8')}```\n", text, name)

    @skipUnless(shutil.which("curl") and shutil.which("bash"), "needs bash and curl")
    def test_those_whose_tools_are_here_talk_to_a_broker(self) -> None:
        done = subprocess.run(
            [FOLDER / "run", "--offline"],
            env={**os.environ, "PYTHONPATH": str(ROOT), "FAKEBROKER": f"{sys.executable} -m fakebroker"},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertEqual(done.stdout.count(": ok") + done.stdout.count(": skipped"), 3, done.stdout)
