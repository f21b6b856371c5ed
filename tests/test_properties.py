"""Properties are tried with the same examples every time."""

from __future__ import annotations

import importlib
import os
import sys
import tempfile
from pathlib import Path
from unittest import TestCase, mock, skipIf

from hypothesis import strategies as st

from tests.properties import VARIABLE, given


def examples() -> list[int]:
    """What a property is tried with."""
    seen: list[int] = []

    @given(st.integers(), examples=200)
    def see(number: int) -> None:
        seen.append(number)

    see()
    return seen


@skipIf(VARIABLE in os.environ, "others are asked for")
class Examples(TestCase):
    def test_are_the_same_every_time(self) -> None:
        self.assertEqual(examples(), examples())

    def test_are_the_same_whatever_has_been_imported_since(self) -> None:
        """Which tests a worker of ``trial -j2`` has run, and so what it has imported, is another each time."""
        before = examples()
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        (Path(folder.name) / "full_of_numbers.py").write_text(f"NUMBERS = {list(range(70_000, 71_000))}")
        with mock.patch.object(sys, "path", [folder.name, *sys.path]):
            self.addCleanup(sys.modules.pop, importlib.import_module("full_of_numbers").__name__)
        self.assertEqual(before, examples())
