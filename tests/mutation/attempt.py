"""Tries one mutant: in a process forked for it, the tests that run the line are run until one fails.

A function's code is exchanged in a process that has imported everything. What acts when a module is imported is tried
in a process that imports all of it once more.
"""

from __future__ import annotations

import gc
import importlib.machinery
import os
import resource
import signal
import unittest
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from types import CodeType, FunctionType
from typing import NamedTuple

from tests.mutation.mutants import Mutant
from tests.mutation.reach import Case, run

MEMORY = 4 << 30
"""Octets that a mutant may take."""


Pairs = list[tuple[CodeType, CodeType]]


class Outcome(NamedTuple):
    """What became of a mutant."""

    caught: bool
    by: str
    """The test that failed; or what else has shown it."""


def fork(work: Callable[[], str | None]) -> Outcome:
    """Let a process of its own try something.

    :param work: answers who has noticed, None for nobody.
    """
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        os.close(reading)
        _work(work, writing)
    os.close(writing)
    with os.fdopen(reading, encoding="utf-8") as pipe:
        said = pipe.read()
    status = os.waitpid(child, 0)[1]
    if os.WIFSIGNALED(status):
        late = os.WTERMSIG(status) in (signal.SIGPROF, signal.SIGALRM)
        return Outcome(True, "the time limit" if late else f"signal {os.WTERMSIG(status)}")
    return Outcome(bool(said), said)


def _work(work: Callable[[], str | None], writing: int) -> None:
    said = "an exception outside of any test"
    try:
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        silence()
        said = work() or ""
    finally:
        with suppress(OSError):
            os.write(writing, said.encode())
        os._exit(0)


def silence() -> None:
    """What tests print and log goes nowhere, from now on and in the whole process."""
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nowhere, stream)


def first_to_notice(tests: Mapping[str, float], cases: Callable[[str], Case]) -> str | None:
    """Run tests until one fails; which.

    :param tests: their names, and how many seconds of the processor's time each takes.
    """
    for name, seconds in tests.items():
        signal.setitimer(signal.ITIMER_PROF, 1 + 5 * seconds)
        signal.alarm(120 + int(60 * seconds))  # where it waits; other work may keep the processor busy
        try:
            if not run(cases(name)).wasSuccessful():
                return name
        except Exception:
            return name
    return None


# --- at import


def try_imported(root: Path, mutant: Mutant, tests: Mapping[str, float]) -> str | None:
    """In a process that has not imported the mutant's file: import it changed, and run tests."""
    loader = importlib.machinery.SourceFileLoader
    path, usual = str(root / mutant.file), loader.get_code

    def get_code(self: importlib.machinery.SourceFileLoader, fullname: str) -> CodeType | None:
        if self.path == path:
            return compile(mutant.text, path, "exec", dont_inherit=True)
        return usual(self, fullname)

    loader.get_code = get_code  # type: ignore[method-assign, assignment]
    return first_to_notice(tests, _loaded)


def _loaded(name: str) -> Case:
    (test,) = unittest.TestLoader().loadTestsFromName(name)
    assert isinstance(test, Case)
    return test


# --- in place


class Functions:
    """The functions that a process has made so far of the files below a folder."""

    def __init__(self, root: Path) -> None:
        self._of: dict[CodeType, list[FunctionType]] = {}
        below = str(root)
        for each in gc.get_objects():
            if isinstance(each, FunctionType) and each.__code__.co_filename.startswith(below):
                self._of.setdefault(each.__code__, []).append(each)

    def exchange(self, codes: Pairs) -> None:
        """Give the functions that have the first of two codes the second."""
        for before, after in codes:
            for function in self._of.get(before, ()):
                function.__code__ = after


def exchangeable(mutant: Mutant, text: str) -> Pairs | None:
    """Which code of a file becomes which; None if functions can't be given the mutant's.

    :param text: the file as it is.
    """
    one, two = (list(_codes(compile(source, mutant.file, "exec", dont_inherit=True))) for source in (text, mutant.text))
    alike = [(code.co_name, code.co_freevars) for code in one] == [(code.co_name, code.co_freevars) for code in two]
    return list(zip(one, two, strict=True)) if alike else None


def _codes(code: CodeType) -> Iterator[CodeType]:
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _codes(constant)


def try_in_place(
    functions: Functions, codes: Pairs, cases: Mapping[str, Case], tests: Mapping[str, float]
) -> str | None:
    """In a process that has imported everything: change functions, and run tests."""
    functions.exchange(codes)
    return first_to_notice(tests, cases.__getitem__)
