"""``python -m benchmarks``: measure, and print the table."""

from __future__ import annotations

import argparse
import json
import resource
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from time import perf_counter

from benchmarks import report
from benchmarks.measure import FULL, QUICK, SMOKE, Effort, Measure, take
from benchmarks.measures import ALL
from benchmarks.peers import PEERS, Peer

EFFORTS = {"full": FULL, "quick": QUICK, "smoke": SMOKE}


def arguments(given: Sequence[str] | None = None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", dest="effort", action="store_const", const="quick", default="full", help="one round")
    parser.add_argument("--smoke", dest="effort", action="store_const", const="smoke", help="only see that all works")
    parser.add_argument("--only", action="append", default=[], metavar="WORD", help="only what has this in its name")
    parser.add_argument("--peers", default=",".join(PEERS), help="which servers (default: %(default)s)")
    parser.add_argument("--json", action="store_true", help="print JSON")
    options = parser.parse_args(given)
    options.peers = options.peers.split(",")
    unknown = [name for name in options.peers if name not in PEERS]
    if unknown:
        parser.error(f"no such peer: {', '.join(unknown)}; there are {', '.join(PEERS)}")
    return options


def chosen(words: Sequence[str]) -> list[Measure]:
    """The measures with one of these words in the name of a figure; all, for no words."""
    return [each for each in ALL if not words or any(word in name for word in words for name in each.figures)]


@contextmanager
def running(names: Sequence[str]) -> Iterator[list[Peer]]:
    """Start those of the peers that can be had here."""
    with ExitStack() as stack:
        peers = []
        for name in names:
            missing = PEERS[name].missing()
            if missing:
                say(f"without {PEERS[name].stands_for}: {missing}")
                continue
            peer = PEERS[name]()
            stack.callback(peer.stop)
            peer.start()
            peers.append(peer)
        yield peers


def measure_all(measures: Sequence[Measure], peers: Sequence[Peer], effort: Effort) -> dict[str, dict[str, float]]:
    """Take one measure after the other, and say so. A server that failed begins the next one afresh."""
    results: dict[str, dict[str, float]] = {}
    for number, measure in enumerate(measures, 1):
        begin = perf_counter()
        failed: dict[str, Peer] = {}

        def trouble(peer: Peer, text: str, failed: dict[str, Peer] = failed) -> None:
            say(text)
            failed[peer.name] = peer

        results.update(take(measure, peers, effort, trouble))
        for peer in failed.values():
            peer.stop()
            peer.start()
        say(f"{number:2}/{len(measures)}  {perf_counter() - begin:5.1f} s  {measure.figures[0]}")
    return results


def say(text: str) -> None:
    """Progress goes to stderr: stdout has the results alone."""
    print(text, file=sys.stderr, flush=True)


def main(given: Sequence[str] | None = None) -> int:
    """Measure, print; 0 whatever the results are, for nothing here is a test."""
    options = arguments(given)
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    with running(options.peers) as peers:
        results = measure_all(chosen(options.only), peers, EFFORTS[options.effort])
    results = {name: values for name, values in results.items() if values}
    print(json.dumps(report.form(results), indent=2) if options.json else report.table(results))
    return 0


if __name__ == "__main__":
    sys.exit(main())
