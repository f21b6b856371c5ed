"""The tool, on a package of one file with one test."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path
from unittest import TestCase, skipIf

ROOT = Path(__file__).parent.parent.parent
SHOP = '''
"""A shop."""

LIMIT = 3


class Shop:
    """It counts who comes."""

    def __init__(self):
        self.count = 0

    def come(self, number):
        while number > 0:
            self.count += 1
            number -= 1
        return self.count > LIMIT

    def rest(self):
        return self.count // 2
'''

TESTS = """
from unittest import TestCase

from shop.shop import Shop


class Coming(TestCase):
    def test_one(self):
        shop = Shop()
        self.assertFalse(shop.come(1))
        self.assertEqual(1, shop.count)

    def test_many(self):
        self.assertTrue(Shop().come(9))

    def test_fails(self):
        self.fail("as it is")
"""


@skipIf(find_spec("coverage") is None or sys.platform != "linux", "it needs coverage.py and Linux")
class Campaign(TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = Path(folder.name)
        (self.root / "shop").mkdir()
        (self.root / "shop" / "__init__.py").touch()
        (self.root / "shop" / "shop.py").write_text(SHOP)
        (self.root / "test_shop.py").write_text(TESTS)

    def run_tool(self, *arguments: str) -> str:
        """What it prints."""
        report = str(self.root / "report.json")
        command = [sys.executable, "-m", "tests.mutation", "--root", str(self.root), "--report", report]
        done = subprocess.run([*command, *arguments, "--tests", "test_shop"], cwd=ROOT, text=True, timeout=300,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"})  # fmt: skip
        self.assertEqual(0, done.returncode, done.stdout)
        return done.stdout

    def caught(self) -> dict[str, str]:
        """The change of each mutant, and what has caught it."""
        entries = json.loads((self.root / "report.json").read_text())
        return {entry["now"]: entry["by"] if entry["caught"] else "" for entry in entries}

    def test_what_survives_and_what_does_not(self) -> None:
        said = self.run_tool("shop")
        self.assertIn("fails as it is, and is not used: test_shop.Coming.test_fails", said)
        self.assertIn("shop/shop.py:16\n    - number -= 1\n    + number -= 2\n", said)
        self.assertIn("shop/shop.py:20\n    - return self.count // 2\n    + return None   (no test runs it)", said)
        caught = self.caught()
        self.assertEqual("test_shop.Coming.test_one", caught["self.count += 2"])
        self.assertEqual("the time limit", caught["number -= 0"])  # it never ends
        self.assertEqual(("", ""), (caught["LIMIT = 2"], caught["LIMIT = 4"]))
        self.assertIn("all: 12 of 20 caught, 60.0%", said)

    def test_what_has_survived_is_tried_again(self) -> None:
        entry = {"file": "shop/shop.py", "was": "LIMIT = 3"}
        entries = [{**entry, "now": "LIMIT = 2", "caught": True}, {**entry, "now": "LIMIT = 4", "caught": False}]
        (self.root / "report.json").write_text(json.dumps(entries))
        more = TESTS + "\n    def test_four(self):\n        self.assertTrue(Shop().come(4))\n"
        (self.root / "test_shop.py").write_text(more)
        self.run_tool("shop", "--again", str(self.root / "report.json"))
        self.assertEqual({"LIMIT = 4": "test_shop.Coming.test_four"}, self.caught())

    def test_a_sample_and_some_files(self) -> None:
        self.run_tool("shop/shop", "--sample", "2", "--jobs", "2")
        self.assertEqual(2, len(self.caught()))
        self.assertIn("all: 0 of 0 caught", self.run_tool("shop", "--only", "other.py"))
