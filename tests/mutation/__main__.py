"""Deliberate defects in some rooms, and how many of them the tests notice.

    python -m tests.mutation link wire                   every mutant of two rooms
    python -m tests.mutation broker --sample 300         as many, drawn at random; --seed draws others
    python -m tests.mutation broker --only classic.py    those of files called so
    python -m tests.mutation link --again report.json    those that a report says have survived
    python -m tests.mutation wire --tests tests.wire     by some of the tests, while you write them

ROOM is a folder or a module in fakebroker/: ``link``, ``amqp/classes``, ``turn``. Each mutant is one small change:
another comparison, a condition the other way round, a number one higher, a call that is not made. A mutant counts as
caught when a test fails, or takes far too long. Those that survive are printed, with what has changed:

    fakebroker/link/gate.py:22
        - self._then = then
        + pass

For each write the test that a user would miss, or simplify the code, until it can't be changed without notice. Where
the change can't be noticed by anybody (it is equivalent), enter it in ``equivalent.json`` beside this file, with the
reason: ``{"file": "fakebroker/link/gate.py", "was": "...", "now": "...", "why": "..."}``. These are left out of the
figures; ``--judged`` tries them alone, and none should be caught.

It needs coverage.py (in the dev extra) and Linux, and takes minutes: run it with ``nice``. ``.ci/run`` does not run it.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from tests.mutation import campaign, judged
from tests.mutation.attempt import Outcome
from tests.mutation.mutants import Mutant, mutants

ROOT = Path(__file__).parent.parent.parent
TESTS = (
    *(f"tests.{room}" for room in ("erlang", "wire", "amqp", "broker", "link", "faults", "journal", "server")),
    *(f"tests.test_{name}" for name in ("alike", "errors", "fake", "growth", "json_reader", "turn", "validation")),
    "tests.differential.test_recorded",
)
"""The unit tests: what needs no process of its own, and none that injects errors at random."""


def main(arguments: Sequence[str]) -> None:
    options = parser().parse_args(arguments)
    root = options.root.resolve()
    sys.path.insert(0, str(root))
    files = [file for room in options.rooms for file in files_of(root, room)]
    files = [file for file in files if not options.only or Path(file).name in options.only]
    found = [mutant for file in files for mutant in mutants(file, (root / file).read_text(encoding="utf-8"))]
    known = judged.read()
    for key in judged.gone(known, found, files):
        print(f"judged equivalent, but no mutant any more: {key}")
    chosen = choose(options, found, known)
    equivalent = sum(mutant.key in known for mutant in found)
    print(f"{len(found)} mutants, {equivalent} of them equivalent; tries {len(chosen)}", flush=True)
    begin = time.perf_counter()
    reach, tried = campaign.run(campaign.Plan(root, files, options.tests, chosen, tell), options.jobs)
    for name in reach.failed:
        print(f"fails as it is, and is not used: {name}")
    print(summary(tried) + f" in {time.perf_counter() - begin:.0f} s")
    options.report.write_text(report(tried), encoding="utf-8")


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(
        prog="python -m tests.mutation", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    made.add_argument("rooms", nargs="+", metavar="ROOM")
    made.add_argument("--sample", type=int, metavar="N", help="so many of them")
    made.add_argument("--seed", type=int, default=1, metavar="S", help="which; 1 unless told")
    made.add_argument("--only", action="append", metavar="FILE", help="files of this name; may be repeated")
    made.add_argument("--tests", nargs="+", default=TESTS, metavar="MODULE", help="modules and packages of tests")
    made.add_argument("--again", type=Path, metavar="REPORT", help="those that survived")
    made.add_argument("--judged", action="store_true", help="those that were judged equivalent")
    made.add_argument("--jobs", type=int, default=1, metavar="N", help="processes at once; 1 unless told")
    made.add_argument("--report", type=Path, default=Path("mutation.json"), metavar="FILE", help="mutation.json")
    made.add_argument("--root", type=Path, default=ROOT, help=argparse.SUPPRESS)
    return made


def files_of(root: Path, room: str) -> list[str]:
    """The Python files of a room, by their paths below the root."""
    for place in (root / "fakebroker" / room, root / room):
        if place.is_dir():
            return [path.relative_to(root).as_posix() for path in sorted(place.rglob("*.py"))]
        if place.with_suffix(".py").exists():
            return [place.with_suffix(".py").relative_to(root).as_posix()]
    sys.exit(f"there is no folder and no module {room} in {root / 'fakebroker'}")


def choose(options: argparse.Namespace, found: Sequence[Mutant], known: dict[judged.Key, str]) -> list[Mutant]:
    """Those that are to be tried."""
    chosen = [mutant for mutant in found if (mutant.key in known) == options.judged]
    if options.again:
        entries = json.loads(options.again.read_text(encoding="utf-8"))
        survived = {(entry["file"], entry["was"], entry["now"]) for entry in entries if not entry["caught"]}
        chosen = [mutant for mutant in chosen if mutant.key in survived]
    if options.sample and options.sample < len(chosen):
        drawn = set(random.Random(options.seed).sample(range(len(chosen)), options.sample))
        chosen = [mutant for number, mutant in enumerate(chosen) if number in drawn]
    return chosen


def tell(mutant: Mutant, outcome: Outcome) -> None:
    """One that survives is printed at once."""
    if not outcome.caught:
        print(f"{mutant}{f'   ({outcome.by})' if outcome.by else ''}", flush=True)


def summary(tried: campaign.Tried) -> str:
    """Of each folder and of all, how many were caught."""
    total, caught = Counter[str](), Counter[str]()
    for mutant, outcome in tried:
        for name in (str(Path(mutant.file).parent), "all"):
            total[name] += 1
            caught[name] += outcome.caught
    return "\n".join(
        f"{name}: {caught[name]} of {total[name]} caught, {100 * caught[name] / max(1, total[name]):.1f}%"
        for name in (*sorted(total.keys() - {"all"}), "all")
    )


def report(tried: campaign.Tried) -> str:
    """All that was tried, as JSON."""
    entries = [
        {"file": mutant.file, "line": mutant.line, "was": mutant.was, "now": mutant.now, "caught": caught, "by": by}
        for mutant, (caught, by) in tried
    ]
    return json.dumps(entries, indent=1)


if __name__ == "__main__":
    main(sys.argv[1:])
