"""docs/connector.md tells of all that there is."""

import dataclasses
import inspect
import re
from pathlib import Path
from unittest import TestCase

import connector
from connector import AmqpConnector, ConnectorError, Timeouts

PAGE = Path(__file__).parent.parent.parent / "docs" / "connector.md"


class Documented(TestCase):
    def setUp(self):
        self.rows = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("|")]

    def assertRows(self, names: list[str]) -> None:
        self.assertEqual([name for name in names if not any(f"`{name}" in row for row in self.rows)], [])

    def test_every_error_is_in_the_table_with_what_it_tells(self):
        for kind in vars(connector).values():
            if inspect.isclass(kind) and issubclass(kind, ConnectorError) and kind is not ConnectorError:
                [row] = [row for row in self.rows if row.split(" | ")[1].startswith(f"`{kind.__name__}`")]
                for attribute in re.findall(r":ivar (\w+)", kind.__doc__ or ""):
                    self.assertTrue(f"`{attribute}`" in row or "the same" in row, f"{attribute} in {row}")

    def test_every_option_is_in_the_table(self):
        self.assertRows(list(inspect.signature(AmqpConnector).parameters))

    def test_every_method_is_in_the_table(self):
        methods = [name for name, value in vars(AmqpConnector).items() if inspect.isfunction(value)]
        self.assertRows([name for name in methods if not name.startswith("_") and name != "respond"])

    def test_every_step_is_in_the_table(self):
        self.assertRows([field.name for field in dataclasses.fields(Timeouts)])
