"""Many seeds, each run in several processes that hash otherwise and are of other Pythons: the same, byte for byte?

    python -m tests.seeds --seeds 10000
    python -m tests.seeds --runs chaos --first 500 --seeds 10 --python python3.10 --python python3.13

Each process prints a digest for each run; they are compared as they come. Where they differ, the two transcripts are.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence

from tests.faults.test_determinism import ROOT, other_pythons
from tests.seeds.runs import RUNS, quietly

Process = tuple[str, str]
"""A Python, and its hash seed."""


def say(text: str) -> None:
    """A line, at once."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def digests(names: Sequence[str], first: int, seeds: int) -> Iterator[str]:
    """A line for each run."""
    for seed in range(first, first + seeds):
        for name in names:
            yield f"{name} {seed} {hashlib.sha256(quietly(name, seed).encode()).hexdigest()[:20]}"


def started(process: Process, *arguments: str) -> subprocess.Popen[str]:
    """The same program in another process."""
    python, hash_seed = process
    path = os.pathsep.join(sys.path) if python == sys.executable else str(ROOT)
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONPATH": path}
    command = [python, "-m", "tests.seeds", *arguments]
    return subprocess.Popen(command, env=environment, cwd=ROOT, stdout=subprocess.PIPE, text=True)


def differing(processes: Sequence[Process], arguments: Sequence[str]) -> list[str]:
    """The runs that are not the same in all processes: the name and the seed of each."""
    children = [started(process, *arguments, "--digests") for process in processes]
    found = []
    for count, lines in enumerate(zip(*(child.stdout or () for child in children), strict=True), 1):
        if len(set(lines)) > 1:
            found.append(" ".join(lines[0].split()[:2]))
            say(f"{found[-1]}: not the same")
        if count % 1000 == 0:
            say(f"{count} runs in {len(children)} processes, {len(found)} not the same")
    broken = [process for process, child in zip(processes, children, strict=True) if child.wait()]
    return found + [f"{python} (hash seed {seed}) failed" for python, seed in broken]


def main() -> int:
    """Returns 0 where all runs were the same."""
    parser = argparse.ArgumentParser(prog="python -m tests.seeds", description="the same seed, the same bytes?")
    parser.add_argument("--seeds", type=int, default=100, help="how many (default: %(default)s)")
    parser.add_argument("--first", type=int, default=0, help="the first (default: %(default)s)")
    parser.add_argument("--runs", nargs="+", choices=list(RUNS), default=list(RUNS), help="which (default: all)")
    parser.add_argument("--python", action="append", help="another Python to compare with (default: those found here)")
    parser.add_argument("--digests", action="store_true", help="print a digest for each run, and compare nothing")
    options = parser.parse_args()
    if options.digests:
        for line in digests(options.runs, options.first, options.seeds):
            say(line)
        return 0
    pythons = other_pythons() if options.python is None else options.python
    processes = [(sys.executable, "1"), (sys.executable, "2"), *((python, "3") for python in pythons)]
    arguments = ["--first", str(options.first), "--seeds", str(options.seeds), "--runs", *options.runs]
    found = differing(processes, arguments)
    say(f"{options.seeds * len(options.runs)} runs in {len(processes)} processes, {len(found)} not the same")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
