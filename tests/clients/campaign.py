"""Two processes that run the same seeds, and where they differ."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import IO, Any, NamedTuple

from fakebroker.journal.compare import compare
from tests.clients.worker import unpacked

ROOT = Path(__file__).parent.parent.parent


class Side(NamedTuple):
    """One of the processes. What it has of its own must not be seen in a run."""

    python: str
    hash_seed: int
    user: str
    is_away: bool
    """Whether its working directory is another folder."""

    def start(self, clients: Sequence[str], seeds: Sequence[int], errors: IO[str]) -> subprocess.Popen[str]:
        """Let it run programs with these seeds.

        :param errors: a file for what clients log.
        """
        folder = tempfile.gettempdir() if self.is_away else str(ROOT)
        own = {"PYTHONHASHSEED": str(self.hash_seed), "USER": self.user, "LOGNAME": self.user, "PYTHONPATH": str(ROOT)}
        command = [self.python, "-W", "ignore", "-m", "tests.clients.worker", ",".join(clients), *map(str, seeds)]
        return subprocess.Popen(
            command, cwd=folder, env={**os.environ, **own}, stdout=subprocess.PIPE, stderr=errors, text=True
        )


def sides(pythons: Sequence[str], twice: bool) -> list[Side]:
    """The processes that are compared.

    :param pythons: other Pythons than the one that runs, each with the clients at the same versions.
    """
    first = Side(sys.executable, 0, "somebody", is_away=False)
    paths = [str(Path(python).absolute()) for python in pythons]
    others = [Side(path, 4711 + number, "else", is_away=True) for number, path in enumerate(paths)]
    if not others and twice:
        others = [Side(sys.executable, 4711, "else", is_away=True)]
    return [first, *others]


Running = tuple[subprocess.Popen[str], IO[str]]
"""A process, and the file for what clients log."""


class Result(NamedTuple):
    """What all runs of a client gave."""

    verdicts: Counter[str]
    unlike: list[int]
    """The seeds whose runs differ."""
    seconds: float
    """The real time of all runs of one process."""

    @property
    def is_good(self) -> bool:
        """Whether all runs ended, and were the same."""
        return not self.unlike and not self.verdicts["broken"]


def run(
    clients: Sequence[str], seeds: Sequence[int], compared: Sequence[Side], tell: Callable[[str], None]
) -> Iterator[tuple[str, Result]]:
    """Run each client's program with each seed in each process, and compare.

    :param tell: told of what went wrong, and how far it is.
    """
    with ExitStack() as stack:
        running = []
        for side in compared:
            errors = stack.enter_context(tempfile.TemporaryFile("w+"))
            process = stack.enter_context(side.start(clients, seeds, errors))
            stack.callback(process.kill)
            running.append((process, errors))
        for client in clients:
            yield client, result(client, seeds, running, tell)


def result(client: str, seeds: Sequence[int], running: Sequence[Running], tell: Callable[[str], None]) -> Result:
    """What the processes give for one client."""
    verdicts: Counter[str] = Counter()
    unlike: list[int] = []
    seconds = 0.0
    for number, seed in enumerate(seeds, 1):
        runs = [next_line(client, *each) for each in running]
        first = runs[0]
        verdicts[first["verdict"]] += 1
        seconds += first["seconds"]
        texts = [unpacked(each["text"]) for each in runs]
        if any(each["verdict"] == "broken" for each in runs):
            tell(f"\n{client}, seed {seed}:\n{texts[0][-1500:]}\n{repeat(client, seed)}")
        found = [text for text in texts if text != texts[0]]
        if found:
            unlike.append(seed)
            tell(f"\n{client}, seed {seed}: {compare(texts[0], found[0])}\n{repeat(client, seed)}")
        if number % 100 == 0:
            tell(f"{client}: {number} of {len(seeds)} seeds, {len(unlike)} of them differ")
    return Result(verdicts, unlike, seconds)


def next_line(client: str, process: subprocess.Popen[str], errors: IO[str]) -> dict[str, Any]:
    """What a process says about its next run.

    :raises RuntimeError: when it has ended too early.
    """
    assert process.stdout is not None
    line = process.stdout.readline()
    if not line:
        errors.seek(0)
        raise RuntimeError(f"{client}: a process has ended: {errors.read()[-2000:]}")
    found: dict[str, Any] = json.loads(line)
    return found


def repeat(client: str, seed: int) -> str:
    """The command that runs one seed again."""
    return f"the same again: python -m tests.clients {client} --seed {seed} --twice --show"
