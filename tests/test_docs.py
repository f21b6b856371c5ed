"""Whatever README.md, CONTRIBUTING.md, SECURITY.md and docs/*.md show is run, so that it is true.

=========== ====================================================================================================
fence       what happens to it
=========== ====================================================================================================
``python``  All blocks of a document run in order, in one namespace and an empty folder; TestCases among them are run
            as tests.
``pycon``   The same with ``>>>``: a doctest.
``console`` Each line after ``$`` is run by bash in the same folder; below it, what it prints,
            where ``...`` stands for anything. (Nothing below it: whatever it prints.)
``sh``      A script: bash -euo pipefail. What it leaves running is ended after it.
``json``    Is JSON.
others      Only shown.
=========== ====================================================================================================

A comment on the line before a fence changes that: ``<!-- not run: why -->`` only shows the block,
``<!-- needs kombu -->`` does so where that package or command is not installed (a test is skipped to say so), and
``<!-- its own process -->`` runs Python in one (for scripts that run the reactor).

Where a block names a port as RabbitMQ's are, 5670 to 5689 or 15670 to 15689, one that is free takes its place, the same
one throughout the document: examples may use the ports that readers know, on a machine where these are taken.
"""

from __future__ import annotations

import doctest
import io
import json
import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import unittest
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from unittest import TestCase, mock

ROOT = Path(__file__).parent.parent
PAGES = sorted((ROOT / "docs").glob("*.md"))
DOCUMENTS = [*(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md")), *PAGES]
FENCE = re.compile(
    r"(?:^<!-- (?P<comment>.*?) -->\n)?^```(?P<language>\w*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL
)
PORT = re.compile(r"\b1?56[78]\d\b")
LINK = re.compile(r"\]\((?!https?:|mailto:)([^)#\s]*)(?:#([^)\s]*))?\)")
SECONDS = 60


@dataclass
class Block:
    """A fenced block of a document."""

    document: str
    line: int
    language: str
    text: str
    comment: str

    @property
    def where(self) -> str:
        return f"{self.document}:{self.line}"


def blocks(path: Path) -> Iterator[Block]:
    """The fenced blocks of a document that are run, in order."""
    return found_in(path, path.read_text(encoding="utf-8"))


def found_in(path: Path, whole: str) -> Iterator[Block]:
    return (block for block in fences(path, whole) if not block.comment.startswith("not run: ") and not missing(block))


def fences(path: Path, whole: str) -> Iterator[Block]:
    """All of them, those included that are only shown."""
    ports = Ports()
    for found in FENCE.finditer(whole):
        line = whole.count("\n", 0, found.start("text")) + 1
        yield Block(
            path.relative_to(ROOT).as_posix(),
            line,
            found["language"],
            PORT.sub(ports.free, found["text"]),
            found["comment"] or "",
        )


def missing(block: Block) -> str | None:
    """The package or command that a block needs and that is not here."""
    name = block.comment.removeprefix("needs ")
    if name == block.comment or shutil.which(name) is not None or name in sys.modules or find_spec(name) is not None:
        return None
    return name


class Ports:
    """A free port for each that a document names."""

    def __init__(self) -> None:
        self._taken: dict[str, str] = {}

    def free(self, found: re.Match[str]) -> str:
        if found[0] not in self._taken:
            with socket.socket() as spare:
                spare.bind(("127.0.0.1", 0))
                self._taken[found[0]] = str(spare.getsockname()[1])
        return self._taken[found[0]]


class Reader:
    """Does what a reader of one document would do: types it all, from top to bottom."""

    def __init__(self, test: TestCase, folder: Path) -> None:
        self.test = test
        self.folder = folder
        self.namespace: dict[str, Any] = {"__name__": "__docs__"}

    def read(self, block: Block) -> None:
        action = getattr(self, block.language, None)
        if block.language == "python" and block.comment == "its own process":
            action = self.process
        if action is not None:
            with no_longer_than(SECONDS, f"{block.where}: still running after {SECONDS} s:\n{block.text}"):
                action(block)

    def python(self, block: Block) -> None:
        before = set(self.namespace)
        # Blank lines in front make tracebacks show the document's own line numbers.
        code = compile("\n" * (block.line - 1) + block.text, block.document, "exec")
        exec(code, self.namespace)
        for name in self.namespace.keys() - before:
            value = self.namespace[name]
            if isinstance(value, type) and issubclass(value, TestCase) and value.__module__ == "__docs__":
                self.run_tests(block, value)

    def run_tests(self, block: Block, case: type[TestCase]) -> None:
        result = unittest.TestResult()
        for test in unittest.TestLoader().loadTestsFromTestCase(case):
            test(result)
        self.test.assertGreater(result.testsRun, 0, f"{block.where}: {case.__name__} has no tests")
        for test, text in result.errors + result.failures:
            self.test.fail(f"{block.where}: {test}\n{text}")

    def pycon(self, block: Block) -> None:
        example = doctest.DocTestParser().get_doctest(
            block.text, self.namespace, block.where, block.document, block.line - 1
        )
        out = io.StringIO()
        runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS)
        failed = runner.run(example, out=out.write, clear_globs=False).failed
        self.test.assertEqual(failed, 0, out.getvalue())
        self.namespace.update(example.globs)

    def process(self, block: Block) -> None:
        self.shell(block, f"{shlex.quote(sys.executable)} -c {shlex.quote(block.text)}")

    def sh(self, block: Block) -> None:
        self.shell(block, block.text)

    def console(self, block: Block) -> None:
        for command, expected in re.findall(
            r"^\$ (.*(?<!\\)(?:\\\n.*)*)\n((?:(?!\$ ).*\n)*)", block.text, re.MULTILINE
        ):
            printed = self.shell(block, command)
            if expected and not doctest.OutputChecker().check_output(expected, printed, doctest.ELLIPSIS):
                self.test.fail(f"{block.where}: $ {command}\nshould print\n{expected}\nbut prints\n{printed}")

    def json(self, block: Block) -> None:
        json.loads(block.text)

    def shell(self, block: Block, script: str) -> str:
        """Run it as if fakebroker were installed; returns what it prints."""
        tools = self.folder / ".bin"
        tools.mkdir(exist_ok=True)
        for name, module in [
            ("fakebroker", "-m fakebroker"),
            ("python", ""),
            ("python3", ""),
            ("trial", "-c 'from twisted.scripts.trial import run; run()'"),
            ("pytest", "-m pytest -p fakebroker.pytest_plugin -p no:cacheprovider"),
        ]:
            tool = tools / name
            tool.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} {module} "$@"\n')
            tool.chmod(0o755)
        process = subprocess.Popen(
            ["bash", "-euo", "pipefail", "-c", script],
            cwd=self.folder,
            env={
                **os.environ,
                "PATH": f"{tools}:{os.environ['PATH']}",
                "PYTHONPATH": str(ROOT),
                # Ours is named above, whether it is installed or not.
                "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
            },
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        try:
            printed, _ = process.communicate()
        finally:
            end(process)
        self.test.assertEqual(process.returncode, 0, f"{block.where}: {script}\nprinted:\n{printed}")
        return printed


@contextmanager
def no_longer_than(seconds: float, text: str) -> Iterator[None]:
    """Fail with a text what still runs after so many seconds, even if it waits for something that never comes."""

    def fail(number: int, frame: object) -> None:
        raise AssertionError(text)

    before = signal.signal(signal.SIGALRM, fail)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def end(process: subprocess.Popen[str]) -> None:
    """End a shell and all that it left running."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    assert process.stdout is not None
    process.stdout.close()


class Reading(TestCase):
    """What is not true is found."""

    def read(self, text: str) -> None:
        with tempfile.TemporaryDirectory() as folder:
            document = ROOT / "README.md"
            for block in found_in(document, text):
                Reader(self, Path(folder)).read(block)

    def assertWrong(self, text: str, because: str) -> None:
        with self.assertRaises(self.failureException) as caught:
            self.read(text)
        self.assertIn(because, str(caught.exception))

    def test_a_command_that_prints_something_else(self) -> None:
        self.assertWrong("```console\n$ echo one\ntwo\n```\n", "README.md:2: $ echo one\nshould print\ntwo")

    def test_a_command_that_fails(self) -> None:
        self.assertWrong("\n```sh\nfalse\ntrue\n```\n", "README.md:3: false")

    def test_an_example_in_which_a_test_fails(self) -> None:
        case = "import unittest\nclass T(unittest.TestCase):\n    def test_it(self): self.fail('no!')\n"
        self.assertWrong(f"```python\n{case}```\n", "no!")

    def test_a_wrong_answer_at_the_prompt(self) -> None:
        self.assertWrong("```pycon\n>>> 1 + 1\n3\n```\n", "Expected:\n    3")

    def test_an_example_that_waits_in_vain(self) -> None:
        for example in ("python\nimport threading\nthreading.Event().wait()", "sh\nsleep 5", "console\n$ sleep 5"):
            with mock.patch(f"{__name__}.SECONDS", 0.05):
                self.assertWrong(f"```{example}\n```\n", "README.md:2: still running after 0.05 s:")

    def test_a_free_port_takes_the_place_of_a_known_one(self) -> None:
        self.read(
            "```sh\ntest 5672 = 5672 -a 5672 != 15672\n```\n\n```sh\ntest 5672 -gt 5690 -a 56720 -eq 56720\n```\n"
        )

    def test_what_is_true_passes(self) -> None:
        self.read("```console\n$ echo one; echo two\n...two\n```\n\n```pycon\n>>> 1 + 1\n2\n```\n")

    def test_what_is_only_shown_is_not_run(self) -> None:
        self.read("<!-- not run: takes a year -->\n```sh\nfalse\n```\n\n```text\nfalse\n```\n")


class Documents(TestCase):
    """One test for each document is added below."""

    def check(self, path: Path) -> None:
        before = Path.cwd()
        with tempfile.TemporaryDirectory() as folder:
            os.chdir(folder)
            try:
                reader = Reader(self, Path(folder))
                for block in blocks(path):
                    reader.read(block)
            finally:
                os.chdir(before)

    def test_what_calls_curl_says_that_it_needs_it(self) -> None:
        """Where it is missing, what waits for its answer would wait for ever."""
        for path in DOCUMENTS:
            for block in fences(path, path.read_text(encoding="utf-8")):
                if block.language in ("sh", "console") and re.search(r"\bcurl\b", block.text):
                    self.assertIn(block.comment.partition(":")[0], ("needs curl", "not run"), block.where)

    def test_whatever_examples_need_is_here(self) -> None:
        every = [block for path in DOCUMENTS for block in fences(path, path.read_text(encoding="utf-8"))]
        gone = [f"{block.where} needs {name}" for block in every if (name := missing(block)) is not None]
        if gone:
            self.skipTest("not run: " + "; ".join(gone))

    def test_links_lead_somewhere(self) -> None:
        dead = [
            f"{path.relative_to(ROOT)}: {file}#{heading or ''}"
            for path in DOCUMENTS
            for file, heading in LINK.findall(path.read_text(encoding="utf-8"))
            if not leads_somewhere(path, file, heading)
        ]
        self.assertEqual(dead, [])

    def test_the_index_leads_to_every_page(self) -> None:
        index = (ROOT / "docs" / "index.md").read_text(encoding="utf-8")
        linked = {file for file, _ in LINK.findall(index)} | {"index.md"}
        self.assertEqual([path.name for path in PAGES if path.name not in linked and not stands_for_another(path)], [])


def stands_for_another(path: Path) -> bool:
    """Whether a page is a file of the folder above, in whose place it stands where the pages are built."""
    return "which stands here when these pages are built" in path.read_text(encoding="utf-8")


def leads_somewhere(path: Path, file: str, heading: str) -> bool:
    target = path.parent / file if file else path
    if not target.exists():
        return False
    return not heading or heading in anchors(target)


def anchors(path: Path) -> set[str]:
    """The names that a viewer gives the headings of a document."""
    headings = re.findall(r"^#+ (.*)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def add_test(path: Path) -> None:
    name = "test_" + re.sub(r"\W", "_", path.relative_to(ROOT).as_posix())
    setattr(Documents, name, lambda self: self.check(path))


for _path in DOCUMENTS:
    add_test(_path)
