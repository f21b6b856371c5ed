"""How much the type checker is not told."""

from __future__ import annotations

import re
from unittest import TestCase

from tests.source_files import files

MOST = 210
"""So many times ``Any`` stands in the code, imports aside: where something is made at run time, belongs to who uses it,
or comes from a library that has no types. There are better words for all else: ``object`` for what is only looked at,
``Value`` and ``Json`` for what can be said in AMQP and JSON, a ``Protocol`` for what is asked for a few things."""


STANDING_IN = "fakebroker/testing/virtual/"
"""What stands for Python's own functions in a block: each takes and gives whatever the original does."""

MOST_STANDING_IN = 190


class AnyCount(TestCase):
    def test_there_is_not_more_of_it(self) -> None:
        lines = [
            f"{file.name}:{number}: {line.strip()}"
            for file in files("fakebroker", "connector")
            for number, line in enumerate(file.text.splitlines(), 1)
            for _ in re.findall(r"\bAny\b", line)
            if not re.match(r"\s*(from|import) ", line)
        ]
        standing_in = [line for line in lines if line.startswith(STANDING_IN)]
        self.assertFewer(MOST, [line for line in lines if line not in standing_in])
        self.assertFewer(MOST_STANDING_IN, standing_in)

    def assertFewer(self, most: int, lines: list[str]) -> None:
        self.assertLessEqual(
            len(lines), most, "fewer, please; lower the limit when there are:\n  " + "\n  ".join(lines)
        )
