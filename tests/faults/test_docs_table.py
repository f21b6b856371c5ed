"""docs/faults.md has a row for every action, with every field, and what it says to write can be written."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from unittest import TestCase

import fakebroker.faults as faults
from fakebroker.faults import ACTIONS, Faults
from fakebroker.faults.fields import hints
from fakebroker.faults.named import NAMED
from fakebroker.server.incidents import VERBS

TEXT = (Path(__file__).parents[2] / "docs" / "faults.md").read_text(encoding="utf-8")
CODE = re.compile(r"`([^`]+)`")


def rows(heading: str) -> Iterator[list[str]]:
    """The cells of the rows of tables with this heading in their second column."""
    for table in re.findall(r"(?:^\|.*\n)+", TEXT, re.MULTILINE):
        lines = [[cell.strip() for cell in line.strip().strip("|").split("|")] for line in table.splitlines()]
        if lines[0][1] == heading:
            yield from lines[2:]


def written(cell: str) -> Faults:
    """The rules of a broker to whom one has said what a cell says."""
    loaded = Faults(0, dict.fromkeys(VERBS, lambda: None))
    eval(f"add({cell})", {**{name: getattr(faults, name) for name in faults.__all__}, "add": loaded.add})
    return loaded


class TheTable(TestCase):
    def test_every_action_has_a_row(self) -> None:
        named = [row[0].strip("`") for row in rows("for example")]
        self.assertEqual(sorted(cls.__name__ for cls in ACTIONS.values()), sorted(named))

    def test_every_example_can_be_written_and_shows_every_field(self) -> None:
        for name, example, _ in rows("for example"):
            code = CODE.findall(example)[0]
            with self.subTest(code):
                [rule] = written(code).rules
                [action] = rule.rule.then
                self.assertEqual(name.strip("`"), type(action).__name__)
                for field in hints(type(action)):
                    if field not in ("arguments", "command") or name == "`Do`":
                        self.assertIn(f"{field}=", code)

    def test_every_login_outcome_can_be_written(self) -> None:
        outcomes = [row for row in rows("what to write") if row[1] != "nothing"]
        self.assertGreater(len(outcomes), 20)
        for _, cell, _ in outcomes:
            for code in CODE.findall(cell):
                with self.subTest(code):
                    self.assertEqual(1, len(written(code).rules))

    def test_every_example_of_when_can_be_written(self) -> None:
        for _, _, cell in rows("is"):
            for code in CODE.findall(cell):
                with self.subTest(code):
                    then = "Do('restart')" if "end" in code or "at=" in code else "Delay(1)"
                    written(f"{code}, {then}")

    def test_every_action_says_for_itself_what_the_client_sees(self) -> None:
        for name, action in ACTIONS.items():
            with self.subTest(name):
                self.assertIn("client sees", action.__doc__ or "")
                for field in hints(action):
                    self.assertIn(f":param {field}:", action.__doc__ or "")

    def test_every_named_fault_has_its_row(self) -> None:
        told = [[cell.strip("`") for cell in row] for row in rows("family")]
        self.assertEqual([[each.name, each.family, each.summary, each.where] for each in NAMED.values()], told)

    def test_every_verb_is_told(self) -> None:
        told = [name.partition("(")[0] for row in rows("what happens") for name in CODE.findall(row[0])]
        self.assertEqual(sorted(VERBS), sorted(told))
