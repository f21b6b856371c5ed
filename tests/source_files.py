"""The project's own source, for tests that read it: each file parsed once, and a way to show what breaks a rule."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from unittest import TestCase

ROOT = Path(__file__).parent.parent


class File:
    """A Python file of the project, parsed once."""

    def __init__(self, name: str, text: str) -> None:
        self.name = name
        self.text = text
        self.tree = ast.parse(self.text, self.name)
        self.nodes = list(ast.walk(self.tree))
        self.room = Path(self.name).with_suffix("").parts[1] if "/" in self.name else ""

    def at(self, node: ast.AST) -> str:
        return f"{self.name}:{getattr(node, 'lineno', 0)}"

    def imports(self) -> Iterator[tuple[ast.stmt, str]]:
        """Each imported module by its full name, inside functions and under TYPE_CHECKING too."""
        for node in self.nodes:
            if isinstance(node, ast.Import):
                yield from ((node, alias.name) for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                # `from fakebroker import fake` names the module fakebroker.fake.
                deeper = [f"{node.module}.{alias.name}" for alias in node.names]
                shallow = node.module in ("fakebroker", "twisted", "twisted.internet")
                yield from ((node, name) for name in (deeper if shallow else [str(node.module)]))

    def functions(self) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
        for node in self.nodes:
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                yield node


@cache
def folder(name: str) -> tuple[File, ...]:
    paths = sorted((ROOT / name).rglob("*.py"))
    return tuple(File(path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8")) for path in paths)


def files(*folders: str) -> list[File]:
    """The Python files of these folders, in order."""
    return [file for name in folders for file in folder(name)]


class Rules(TestCase):
    """A test that collects what breaks a rule and shows all of it."""

    def assertNone(self, found: list[str], rule: str) -> None:
        if found:
            self.fail(rule + "\n  " + "\n  ".join(found))
