"""Sweeps programs as a user would: ``python -m tests.programs [NAME ...]``.

For each it says whether ``fakebroker sweep`` has found what is wrong with it, or has nothing to say against a right
one. Each wrong program names the faults that find it, which is quick; ``--whole`` tries all that a user would try.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from fakebroker.validation import near
from tests.programs.catalogue import PROGRAMS, Program


def sweep(program: Program, built: Path, whole: bool = False, more: Sequence[str] = ()) -> tuple[int, str]:
    """The exit status of its sweep, and all that it prints.

    :param whole: try the usual faults, not only those that the program names.
    :param more: other options.
    """
    options = [*program.options, *(["--faults", "network,broker"] if whole else []), "--no-progress", *more]
    done = subprocess.run(
        [sys.executable, "-m", "fakebroker", "sweep", *options, "--", *program.command(built)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    return done.returncode, done.stdout


def judged(program: Program, status: int, printed: str) -> tuple[bool, str]:
    """Whether the sweep has done what it should, and that in a few words."""
    if program.is_right:
        return status == 0, {0: "right, nothing found", 1: "FALSE ALARM"}.get(status, f"NOT SWEPT, status {status}")
    seen = sorted({each.group(0).lower() for each in re.finditer(program.found_by, printed, re.IGNORECASE)})
    if status == 1 and seen:
        return True, f"found: {', '.join(seen)}"
    if status == 0 and re.search(rf"but told, .*({program.found_by})", printed, re.DOTALL):  # it is in several lines
        return True, f"told: {', '.join(seen)}"
    return False, {0: "NOT FOUND", 1: f"FOUND SOMETHING ELSE, not {program.found_by}"}.get(
        status, f"NOT SWEPT, status {status}"
    )


def main() -> int:
    """Sweep all, or those that are named; 0 when each is as it should be."""
    parser = argparse.ArgumentParser(prog="python -m tests.programs", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help="programs; all when none is named")
    parser.add_argument("--show", action="store_true", help="print what each sweep prints")
    parser.add_argument("--whole", action="store_true", help="try the usual faults, not only those that it names")
    parser.add_argument("--option", action="append", default=[], metavar="OPTION", help="one more for the sweep")
    given = parser.parse_args()
    known = {program.name: program for program in PROGRAMS}
    for name in given.names:
        if name not in known:
            parser.error(f"there is no program {name!r}{near(name, known)}")
    good = True
    with tempfile.TemporaryDirectory() as folder:
        for program in [known[name] for name in given.names] or PROGRAMS:
            missing = program.missing()
            if missing:
                print(f"{program.name:24} skipped: {missing} is not installed", flush=True)
                continue
            begun = time.monotonic()
            status, printed = sweep(program, Path(folder), given.whole, given.option)
            well, words = judged(program, status, printed)
            good = good and well
            print(f"{program.name:24} {words} ({time.monotonic() - begun:.0f} s)", flush=True)
            if given.show or not well:
                print(printed, flush=True)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
