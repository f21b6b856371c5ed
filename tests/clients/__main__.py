"""Every client's program in memory, with a thousand seeds, and each twice.

    python -m tests.clients --seeds 1000 --twice               all clients that are installed
    python -m tests.clients pika aio-pika --seeds 100          two of them, once: do all runs end?
    python -m tests.clients pika --seed 17 --twice --show      one run, and what it said
    python -m tests.clients --seeds 100 --python OTHER/bin/python    the second run in another Python

With one seed in ten nothing goes wrong, with the others all that ``disturb.py`` draws. ``--twice`` runs each seed in a
second process, with another hash seed, working directory and user name, and compares what the program said, how it
ended, and the transcript, byte for byte. A run must end: the program is through (done), has tried often enough (gave
up), or an error of its client ends it (own error). Some clients wait for ever for an answer that was lost: in virtual
time that costs nothing, and is told apart.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence

from tests.clients import campaign
from tests.clients.attempt import attempt
from tests.clients.catalogue import CLIENTS

VERDICTS = ("done", "gave up", "own error", "waits for ever", "broken")


def main(arguments: Sequence[str]) -> int:
    """Run, and print the table; 0 when all runs ended and were the same."""
    options = parser().parse_args(arguments)
    unknown = [name for name in options.clients if name not in CLIENTS]
    if unknown:
        print(f"no such client: {', '.join(unknown)}; there are {', '.join(CLIENTS)}", file=sys.stderr)
        return 2
    seeds = options.seed or list(range(options.first, options.first + options.seeds))
    rows, good = [], True
    begin = time.perf_counter()
    for name in options.clients or CLIENTS:
        missing = CLIENTS[name].missing()
        if missing:
            rows.append(f"{name:16} {missing} is not installed")
            continue
        tell(f"{name} ...")
        [(_, result)] = campaign.run([name], seeds, campaign.sides(options.python, options.twice), tell)
        good &= result.is_good
        rows.append(row(name, result))
        if options.show:
            for seed in seeds:
                print(attempt(CLIENTS[name], seed).text)
    print("\n".join([heading(), *rows]))
    print(f"{'PASSED' if good else 'FAILED'} in {time.perf_counter() - begin:.0f} s")
    return 0 if good else 1


def parser() -> argparse.ArgumentParser:
    """The command line."""
    made = argparse.ArgumentParser(
        prog="python -m tests.clients", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    made.add_argument("clients", nargs="*", metavar="CLIENT", help=", ".join(CLIENTS))
    made.add_argument("--seeds", type=int, default=100, metavar="N", help="how many; 100 unless told")
    made.add_argument("--first", type=int, default=0, metavar="N", help="the first of them; 0 unless told")
    made.add_argument("--seed", type=int, action="append", metavar="N", help="this seed; may be repeated")
    made.add_argument("--twice", action="store_true", help="compare with the run of a second process")
    made.add_argument("--python", action="append", default=[], metavar="PATH", help="compare with one in this Python")
    made.add_argument("--show", action="store_true", help="print what was said, and what passed")
    return made


def heading() -> str:
    """Of the table."""
    counts = " ".join(f"{verdict:>14}" for verdict in VERDICTS)
    return f"{'client':16} {'seeds':>6} {'equal':>6} {counts}   ms a run"


def row(name: str, result: campaign.Result) -> str:
    """Of the table."""
    count = sum(result.verdicts.values())
    counts = " ".join(f"{result.verdicts[verdict]:14}" for verdict in VERDICTS)
    return f"{name:16} {count:6} {count - len(result.unlike):6} {counts}   {1000 * result.seconds / max(1, count):8.1f}"


def tell(text: str) -> None:
    """Progress goes to stderr."""
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
