"""Tries many mutants: finds out who runs which line, and hands the mutants to processes that fork for each."""

from __future__ import annotations

import gc
import importlib
import os
import pickle
import sys
import tempfile
import traceback
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from tests.mutation.attempt import Functions, Outcome, Pairs, exchangeable, fork, silence, try_imported, try_in_place
from tests.mutation.mutants import Mutant
from tests.mutation.reach import Reach, explore, import_all, load


class Plan(NamedTuple):
    """What is tried, and with what."""

    root: Path
    files: Sequence[str]
    tests: Sequence[str]
    mutants: Sequence[Mutant]
    tell: Callable[[Mutant, Outcome], None]
    """Is called for each mutant, in the process that has tried it."""


class Broken(NamedTuple):
    """A process of the tool has failed itself."""

    trace: str


Tried = list[tuple[Mutant, Outcome]]


def run(plan: Plan, jobs: int) -> tuple[Reach, Tried]:
    """Try all mutants of a plan, in so many processes at once."""
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        reach: Reach = _answers([lambda: _explore(plan)], folder)[0]
        works = [_Worker(plan, reach, plan.mutants[number::jobs]).work for number in range(jobs)]
        tried = [each for answer in _answers(works, folder) for each in answer]
        os.chdir(plan.root)
    order = {mutant: number for number, mutant in enumerate(plan.mutants)}
    return reach, sorted(tried, key=lambda each: order[each[0]])


def _explore(plan: Plan) -> Reach:
    silence()
    return explore(plan.root, plan.files, plan.tests)


def _answers(works: Sequence[Callable[[], Any]], folder: str) -> list[Any]:
    """What each returns, in a process of its own; all at once."""
    paths = [Path(folder, f"answer{number}") for number in range(len(works))]
    children = []
    for work, path in zip(works, paths, strict=True):
        child = os.fork()
        if not child:
            try:
                path.write_bytes(pickle.dumps(work()))
                os._exit(0)
            except BaseException:
                path.write_bytes(pickle.dumps(Broken(traceback.format_exc())))
                os._exit(1)
        children.append(child)
    for child in children:
        os.waitpid(child, 0)
    answers = [pickle.loads(path.read_bytes()) for path in paths]
    for answer in answers:
        if isinstance(answer, Broken):
            sys.exit(f"the mutation tool itself has failed:\n{answer.trace}")
    return answers


class _Worker:
    """Tries some of the mutants, those that act at import first: then nothing of the files has been imported yet."""

    def __init__(self, plan: Plan, reach: Reach, mutants: Sequence[Mutant]) -> None:
        self._plan = plan
        self._reach = reach
        self._mutants = mutants
        self._texts = {file: (plan.root / file).read_text(encoding="utf-8") for file in plan.files}
        self._recent: dict[str, deque[str]] = {file: deque(maxlen=8) for file in plan.files}
        self._tried: Tried = []

    def work(self) -> Tried:
        for name in self._reach.others:
            with suppress(Exception):
                importlib.import_module(name)
        later: list[tuple[Mutant, Pairs]] = []
        gc.freeze()
        for mutant in self._mutants:
            codes = exchangeable(mutant, self._texts[mutant.file])
            if self._at_import(mutant) or codes is None:
                self._try(mutant, partial(try_imported, self._plan.root, mutant))
            else:
                later.append((mutant, codes))
        self._in_place(later)
        return self._tried

    def _in_place(self, mutants: Sequence[tuple[Mutant, Pairs]]) -> None:
        cases = load(self._plan.tests)
        import_all(self._plan.files)
        functions = Functions(self._plan.root)
        gc.freeze()
        for mutant, codes in mutants:
            self._try(mutant, partial(try_in_place, functions, codes, cases))

    def _at_import(self, mutant: Mutant) -> bool:
        return self._reach.of(mutant)[1]

    def _try(self, mutant: Mutant, attempt: Callable[[Mapping[str, float]], str | None]) -> None:
        tests = dict(self._in_order(mutant))
        outcome = fork(lambda: attempt(tests)) if tests else Outcome(False, "no test runs it")
        if outcome.by in tests:
            self._recent[mutant.file].appendleft(outcome.by)
        self._tried.append((mutant, outcome))
        self._plan.tell(mutant, outcome)

    def _in_order(self, mutant: Mutant) -> Iterator[tuple[str, float]]:
        """Who has noticed others of the file goes first."""
        tests = self._reach.of(mutant)[0]
        yield from ((name, tests[name]) for name in dict.fromkeys(self._recent[mutant.file]) if name in tests)
        yield from tests.items()
