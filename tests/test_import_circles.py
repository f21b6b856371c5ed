"""No file of fakebroker is imported, over however many others, by what it imports itself.

Imports under ``TYPE_CHECKING`` and inside functions count as well: files that hold each other have to be read together.
Where a file needs something of one that is above it, a Protocol says what.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from unittest import TestCase

from tests.source_files import File, Rules, files

PAIRS: dict[tuple[str, str], str] = {
    (
        "fakebroker.broker.queues.consumer",
        "fakebroker.broker.queues.base",
    ): "a queue has consumers and deliveries, each of which knows its queue",
}
"""Pairs of files that may hold each other, and why: the first imports the second for its types."""

Graph = Mapping[str, "set[str]"]


def name_of(file: File) -> str:
    return file.name.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def imports(given: list[File]) -> dict[str, set[str]]:
    """By the name of each module, the others among them that it imports."""
    names = {name_of(file) for file in given}
    found: dict[str, set[str]] = {}
    for file in given:
        own = name_of(file)
        wanted = {module for node in file.nodes for module in modules(node, names)}
        found[own] = {each for each in wanted & names if each != own and (own, each) not in PAIRS}
    return found


def modules(node: ast.AST, names: set[str]) -> list[str]:
    """The modules that a statement imports; ``from package import module`` means the module, not the package."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        members = [f"{node.module}.{alias.name}" for alias in node.names]
        return [member if member in names else str(node.module) for member in members]
    return []


def reached(graph: Graph, start: str) -> set[str]:
    """All that a module imports, over however many others."""
    found: set[str] = set()
    waiting = [start]
    while waiting:
        new = graph[waiting.pop()] - found
        found |= new
        waiting += new
    return found


def circles(graph: Graph) -> list[list[str]]:
    """The groups of modules each of which imports all others of its group."""
    below = {name: reached(graph, name) for name in graph}
    groups = {tuple(sorted(other for other in below[name] if name in below[other])) for name in graph}
    return [list(group) for group in sorted(groups) if group]


class ImportCircles(Rules):
    def test_no_files_import_each_other(self) -> None:
        self.assertNone(
            [", ".join(circle) for circle in circles(imports(files("fakebroker")))],
            "These files import each other; say with a Protocol what the lower one needs of the upper one:",
        )

    def test_only_pairs_that_there_are_may_hold_each_other(self) -> None:
        graph = {name_of(file): {module for _, module in file.imports()} for file in files("fakebroker")}
        self.assertNone(
            [f"{one} and {other}" for one, other in PAIRS if other not in graph.get(one, set())],
            "Pairs that do not import each other any more:",
        )


class TheRuleItself(TestCase):
    def test_circles_are_found_however_long_they_are(self) -> None:
        graph = {"a": {"b", "x"}, "b": {"c"}, "c": {"a"}, "x": {"y"}, "y": set[str]()}
        self.assertEqual([["a", "b", "c"]], circles(graph))

    def test_imports_for_types_alone_count_too(self) -> None:
        upper = File("fakebroker/r/upper.py", "from fakebroker.r.lower import Lower")
        typed = "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from fakebroker.r import upper"
        lower = File("fakebroker/r/lower.py", typed)
        self.assertEqual([["fakebroker.r.lower", "fakebroker.r.upper"]], circles(imports([upper, lower])))
