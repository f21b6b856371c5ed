"""Which tests run a line: each test is run once, by itself, under coverage."""

from __future__ import annotations

import importlib
import os
import re
import subprocess
import sys
import time
import unittest
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple
from unittest import mock

from tests.mutation.mutants import Mutant

Case = unittest.TestCase


class Reach(NamedTuple):
    """What is known of the tests after each of them has been run once."""

    seconds: dict[str, float]
    """How much of the processor's time each takes, of those that pass."""
    lines: dict[str, dict[int, list[str]]]
    """For each file, who runs each line. The empty name is the import of all modules."""
    failed: list[str]
    """Those that fail as it is."""
    others: list[str]
    """The modules from elsewhere that they import."""

    mentions: dict[str, list[tuple[str, int]]]
    """The lines, of any file, in which each word stands."""

    def of(self, mutant: Mutant) -> tuple[dict[str, float], bool]:
        """The tests that may notice a mutant, the most likely first; whether it acts at import.

        What acts at import may be noticed by all. Those who run a line that names what is defined there come first,
        or if there is none, those who run anything of that file.
        """
        lines = self.lines.get(mutant.file, {})
        found = {test for line in range(mutant.lines[0], mutant.lines[1] + 1) for test in lines.get(line, ())}
        if "" not in found:
            return self._fastest_first(found), False
        found |= self._named(mutant.name) or {test for tests in lines.values() for test in tests}
        return self._fastest_first(found) | self._fastest_first(self.seconds.keys() - found), True

    def _fastest_first(self, tests: Iterable[str]) -> dict[str, float]:
        """Those of some tests that pass, with their seconds."""
        known = sorted((test for test in tests if test in self.seconds), key=lambda test: (self.seconds[test], test))
        return {test: self.seconds[test] for test in known}

    def _named(self, name: str) -> set[str]:
        """Who runs a line with a name."""
        return {test for file, line in self.mentions.get(name, ()) for test in self.lines[file].get(line, ()) if test}


def load(names: Sequence[str]) -> dict[str, Case]:
    """The tests of these modules and packages, by their names."""
    loader = unittest.TestLoader()
    found: dict[str, Case] = {}
    for name in names:
        for test in _flat(loader.loadTestsFromNames(list(_modules(name)))):
            if "<locals>" not in test.id():  # which could not be found by its name
                found.setdefault(test.id(), test)
    return found


def _modules(name: str) -> Iterator[str]:
    """A module, or those of a package and of the packages in it that are called as tests are."""
    module = importlib.import_module(name)
    if not hasattr(module, "__path__"):
        yield name
        return
    for folder in module.__path__:
        for path in sorted(Path(folder).iterdir()):
            if path.is_dir() and (path / "__init__.py").exists():
                yield from _modules(f"{name}.{path.name}")
            elif path.name.startswith("test_") and path.suffix == ".py":
                yield f"{name}.{path.stem}"


def _flat(suite: unittest.TestSuite) -> Iterator[Case]:
    for each in suite:
        if isinstance(each, unittest.TestSuite):
            yield from _flat(each)
        else:
            assert isinstance(each, Case)
            yield each


def run(test: Case) -> unittest.TestResult:
    """Run one test, with what its class sets up; at the first of its subtests that fails it ends."""
    result = unittest.TestResult()
    result.failfast = True
    unittest.TestSuite([test]).run(result)
    return result


def explore(root: Path, files: Sequence[str], tests: Sequence[str]) -> Reach:
    """Run each test once; call it in a process of its own, which has not imported the files yet.

    :param root: the folder that has the files and the packages of the tests.
    :param files: Python files below it, with slashes. What they define may be used in other files of their packages.
    :param tests: modules and packages of tests. A test that starts a process is passed over.
    """
    os.environ["COVERAGE_CORE"] = "ctrace"  # the one that knows contexts on every Python
    from coverage import Coverage

    packages = {file.partition("/")[0] for file in files}
    around = [
        path.relative_to(root).as_posix() for name in sorted(packages) for path in sorted((root / name).rglob("*.py"))
    ]
    measured = Coverage(data_file=None, include=[str(root / file) for file in around], config_file=False)
    measured.start()
    cases = load(tests)
    import_all(files)
    seconds: dict[str, float] = {}
    failed = []
    with mock.patch.object(subprocess, "Popen", side_effect=unittest.SkipTest("starts a process")):
        for name, case in cases.items():
            measured.switch_context(name)
            begin = time.process_time()
            result = run(case)
            if not result.wasSuccessful():
                failed.append(name)
            elif not result.skipped:
                seconds[name] = time.process_time() - begin
    measured.stop()
    data = measured.get_data()
    lines = {file: data.contexts_by_lineno(str(root / file)) for file in around}
    return Reach(seconds, lines, failed, _from_elsewhere(root), _mentions(root, around))


def _mentions(root: Path, files: Sequence[str]) -> dict[str, list[tuple[str, int]]]:
    found: dict[str, list[tuple[str, int]]] = {}
    for file in files:
        for number, line in enumerate((root / file).read_text(encoding="utf-8").split("\n"), 1):
            for word in set(re.findall(r"\w+", line)):
                found.setdefault(word, []).append((file, number))
    return found


def _from_elsewhere(root: Path) -> list[str]:
    own = {path.stem for path in root.iterdir()}
    return [name for name in sys.modules if name.partition(".")[0] not in own]


def import_all(files: Sequence[str]) -> None:
    """Import what no test may have imported."""
    for file in files:
        importlib.import_module(file.removesuffix(".py").removesuffix("/__init__").replace("/", "."))
