"""A name means one thing: who looks for a class or a file finds the one that was meant."""

from __future__ import annotations

import ast
from collections import defaultdict
from pathlib import Path

from tests.source_files import Rules, files

MEANT = {"Call", "Divert", "Do", "Hold", "Release"}
"""An action, and the step of the same name that it asks for: the link knows the steps as ``do.Hold``. A ``Call`` is an
action, and in ``control/http`` a request."""


class OneName(Rules):
    def test_no_two_classes_have_one_name(self) -> None:
        homes = defaultdict(list)
        for file in files("fakebroker"):
            for node in file.nodes:
                if isinstance(node, ast.ClassDef) and not node.name.startswith("_") and node.name not in MEANT:
                    homes[node.name].append(file.at(node))
        self.assertNone(
            [f"{name}: {' and '.join(places)}" for name, places in sorted(homes.items()) if len(places) > 1],
            "Classes of one name; call each after what it is:",
        )

    def test_no_three_files_have_one_name(self) -> None:
        homes = defaultdict(list)
        for file in files("fakebroker"):
            if "imports from here go on working" not in (ast.get_docstring(file.tree) or ""):
                homes[Path(file.name).name].append(file.name)
        self.assertNone(
            [
                f"{name}: {', '.join(places)}"
                for name, places in sorted(homes.items())
                if len(places) > 2 and not name.startswith("__")
            ],
            "Files of one name; call each after what is in it:",
        )
