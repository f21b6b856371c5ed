"""The files by which the project is run: workflows, templates, hooks, and what is stated to be public."""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from unittest import TestCase, skipUnless

ROOT = Path(__file__).parent.parent
GITHUB = ROOT / ".github"
DOCUMENTS = (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))

with_yaml = skipUnless(find_spec("yaml"), "needs PyYAML, which the extra 'dev' has")


def read_yaml(path: Path) -> Any:
    import yaml

    return yaml.safe_load(path.read_text(encoding="utf-8"))


@cache
def stages() -> tuple[str, ...]:
    """What `.ci/run` can do, on the Pythons that are here."""
    listed = subprocess.run([".ci/run", "--list"], cwd=ROOT, capture_output=True, text=True, check=True, timeout=60)
    return tuple(listed.stdout.splitlines())


def pythons() -> list[str]:
    """The versions that setup.py names."""
    text = (ROOT / "setup.py").read_text(encoding="utf-8")
    return re.findall(r"Programming Language :: Python :: (3\.\d+)", text)


@with_yaml
class Workflows(TestCase):
    def workflows(self) -> Iterator[tuple[str, Any]]:
        found = sorted((GITHUB / "workflows").glob("*.yml"))
        self.assertEqual([path.name for path in found], ["ci.yml", "release.yml"])
        for path in found:
            yield path.name, read_yaml(path)

    def jobs(self) -> Iterator[tuple[str, Any]]:
        for name, workflow in self.workflows():
            for job, content in workflow["jobs"].items():
                yield f"{name}: {job}", content

    def asked(self) -> Iterator[tuple[str, str]]:
        """Each beginning of a stage's name that a job gives to .ci/run."""
        for place, job in self.jobs():
            rows = job.get("strategy", {}).get("matrix", {}).get("include", [{}])
            for row in rows:
                for step in job["steps"]:
                    if ".ci/run" in step.get("run", ""):
                        for line in filled(step["env"]["STAGES"], row).splitlines():
                            yield place, f"Python {row['python']}: {line}" if "$PYTHON:" in step["run"] else line

    @skipUnless(shutil.which("bash"), "needs bash")
    def test_each_stage_that_a_job_asks_for_is_one_of_ci_run(self) -> None:
        others = [(place, asked) for place, asked in self.asked() if not asked.startswith("Python ")]
        self.assertNotEqual(others, [])
        for place, asked in others:
            self.assertTrue(any(stage.startswith(asked) for stage in stages()), f"{place} asks for {asked!r}")

    @skipUnless(shutil.which("bash"), "needs bash")
    def test_no_stage_is_left_out(self) -> None:
        asked = [beginning for place, beginning in self.asked() if place.startswith("ci.yml")]
        needed = {"tools"}  # by all that come after it
        left = [each for each in stages() if not each.startswith("Python ") and each not in needed]
        self.assertEqual([each for each in left if not any(each.startswith(one) for one in asked)], [])

    @skipUnless(shutil.which("bash"), "needs bash")
    def test_a_stage_that_there_is_not_is_refused_before_anything_runs(self) -> None:
        done = subprocess.run([".ci/run", "ruff", "rufff"], cwd=ROOT, capture_output=True, text=True, timeout=60)
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        self.assertIn('There is no stage "rufff". There are:\n', done.stderr)
        self.assertIn("\n    mypy --strict\n", done.stderr)

    def test_each_python_has_its_turn_and_the_oldest_the_oldest_twisted(self) -> None:
        asked = [beginning for _, beginning in self.asked() if beginning.startswith("Python ")]
        oldest, *others = pythons()
        expected = [f"Python {oldest}: tests, oldest Twisted", *(f"Python {each}: README's tests" for each in others)]
        self.assertEqual(asked, expected)

    def test_no_job_may_do_more_than_it_needs(self) -> None:
        for name, workflow in self.workflows():
            self.assertEqual(workflow["permissions"], {"contents": "read"}, name)
        more = {place: job["permissions"] for place, job in self.jobs() if "permissions" in job}
        self.assertEqual(more, {"release.yml: index": {"id-token": "write"}})
        for place, job in self.jobs():
            for step in job["steps"]:
                if str(step.get("uses")).startswith("actions/checkout@"):
                    self.assertEqual(step.get("with"), {"persist-credentials": False}, place)

    def test_each_action_is_held_at_a_version(self) -> None:
        for place, job in self.jobs():
            for step in job["steps"]:
                if "uses" in step:
                    self.assertRegex(step["uses"], r"^[\w-]+/[\w-]+@(v\d+|release/v\d+)$", place)

    def test_a_run_that_is_out_of_date_ends_and_one_that_fails_leaves_its_logs(self) -> None:
        workflow = dict(self.workflows())["ci.yml"]
        self.assertIs(workflow["concurrency"]["cancel-in-progress"], True)
        for place, job in workflow["jobs"].items():
            *_, last = job["steps"]
            self.assertEqual((last["if"], last["with"]["path"]), ("failure()", "kept/logs"), place)
            self.assertNotRegex(last["with"]["name"], r'[":<>|*?\\/]', "no artefact may be called so")

    def test_text_of_strangers_never_becomes_a_part_of_a_script(self) -> None:
        for place, job in self.jobs():
            for step in job["steps"]:
                self.assertNotIn("${{", step.get("run", ""), f"{place}: hand it over in env")


def filled(text: str, row: dict[str, str]) -> str:
    """An expression of a workflow, with the values of one row of its matrix."""
    return re.sub(r"\$\{\{ matrix\.(\w+) \}\}", lambda found: row[found[1]], text)


@with_yaml
class Templates(TestCase):
    def test_each_form_asks_for_something_and_has_no_two_fields_of_one_name(self) -> None:
        forms = [path for path in sorted((GITHUB / "ISSUE_TEMPLATE").glob("*.yml")) if path.name != "config.yml"]
        self.assertEqual([path.stem for path in forms], ["bug", "differs_from_rabbitmq", "feature"])
        for path in forms:
            form = read_yaml(path)
            fields = [each for each in form["body"] if each["type"] != "markdown"]
            ids = [each["id"] for each in fields]
            self.assertEqual(len(set(ids)), len(ids), path.name)
            self.assertTrue(any(each.get("validations", {}).get("required") for each in fields), path.name)
            self.assertTrue(form["name"] and form["description"], path.name)

    def test_whoever_has_an_issue_takes_a_form(self) -> None:
        self.assertEqual(read_yaml(GITHUB / "ISSUE_TEMPLATE" / "config.yml"), {"blank_issues_enabled": False})

    def test_the_hooks_run_what_the_checkout_has(self) -> None:
        (repo,) = read_yaml(ROOT / ".pre-commit-config.yaml")["repos"]
        self.assertEqual(repo["repo"], "local")
        for hook in repo["hooks"]:
            if hook["language"] == "system":
                self.assertRegex(hook["entry"], r"^\.venv/bin/(ruff check|mypy --strict|python -m twisted\.trial) ")

    def test_a_commit_has_a_subject_below_72_characters(self) -> None:
        (repo,) = read_yaml(ROOT / ".pre-commit-config.yaml")["repos"]
        (subject,) = (hook for hook in repo["hooks"] if hook["id"] == "subject")
        self.assertEqual(subject["args"], ["--multiline", "--negate"], "fails where the pattern is not found")
        for message, fits in (
            ("x" * 71, True),
            ("x" * 71 + "\n", True),
            ("x" * 71 + "\n\n" + "why " * 50 + "\n", True),
            ("x" * 71 + "\n# Please enter the commit message\n", True),
            ("x" * 72 + "\n", False),
            ("x" * 72, False),
            ("one\nline too many\n", False),
            ("\n\nno subject\n", False),
        ):
            self.assertEqual(re.search(subject["entry"], message, re.MULTILINE) is not None, fits, message)


class Public(TestCase):
    """docs/stability.md names what may be relied on."""

    PAGE = (ROOT / "docs" / "stability.md").read_text(encoding="utf-8")

    def stated(self) -> list[str]:
        """Modules and names, from the first column of the page's tables."""
        cells = re.findall(r"^\| (`(?:fakebroker|connector)[^|]*) \|", self.PAGE, re.MULTILINE)
        return [name for cell in cells for name in re.findall(r"`([\w.]+)`", cell)]

    def test_what_is_stated_can_be_imported(self) -> None:
        self.assertGreater(len(self.stated()), 8)
        for name in self.stated():
            self.assertIsNotNone(found(name), name)

    def test_a_module_that_is_stated_says_what_of_it_is_public(self) -> None:
        modules = [name for name in self.stated() if not name.rpartition(".")[2][0].isupper()]
        self.assertIn("fakebroker.faults", modules)
        for name in modules:
            module = import_module(name)
            for each in module.__all__:
                self.assertTrue(hasattr(module, each), f"{name}.{each}")

    def test_what_the_reference_shows_can_be_imported_from_where_it_shows_it(self) -> None:
        text = (ROOT / "docs" / "api.rst").read_text(encoding="utf-8")
        shown = re.findall(r"^\.\. auto(?:module|class|data):: ([\w.]+)$", text, re.MULTILINE)
        self.assertGreater(len(shown), 15)
        for name in shown:
            self.assertIsNotNone(found(name), name)

    def test_what_the_documents_import_is_stated(self) -> None:
        imported = {name for path in DOCUMENTS for name in imports(path.read_text(encoding="utf-8"))}
        self.assertIn(("fakebroker.faults", "when"), imported)
        for module, name in sorted(imported):
            public = module in self.stated() and (not name or name in import_module(module).__all__)
            self.assertTrue(public or f"{module}.{name}" in self.stated(), f"from {module} import {name}")

    def test_fixtures_and_settings_are_the_plugins(self) -> None:
        plugin = (ROOT / "fakebroker" / "pytest_plugin.py").read_text(encoding="utf-8")
        fixtures = ("def fakebroker(", "def fakebroker_memory(", "def fakebroker_aio(")
        for name in (*fixtures, "--fakebroker-seed", "fakebroker_strict_faults"):
            self.assertIn(name, plugin)
            self.assertIn(f"`{name.removeprefix('def ').rstrip('(')}`", self.PAGE)


def found(name: str) -> object:
    """The module or the thing in one; None for one that there is not."""
    module, _, last = name.rpartition(".")
    if find_spec(name.partition(".")[0]) is None:
        return None
    try:
        return import_module(name)
    except ModuleNotFoundError:
        return getattr(import_module(module), last, None)


def imports(text: str) -> Iterator[tuple[str, str]]:
    """Module and name of each import from the project that a document shows; no name where a module is imported."""
    for line in re.findall(r"^(?:>>> | *)((?:from|import) (?:fakebroker|connector)\b.*)$", text, re.MULTILINE):
        (statement,) = ast.parse(line).body
        if isinstance(statement, ast.ImportFrom):
            yield from ((str(statement.module), alias.name) for alias in statement.names)
        elif isinstance(statement, ast.Import):
            yield from ((alias.name, "") for alias in statement.names)
