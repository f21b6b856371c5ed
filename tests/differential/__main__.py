"""``python -m tests.differential --rabbitmq HOST:PORT``: random scenarios, a real RabbitMQ and fakebroker."""

from __future__ import annotations

import argparse
import os
import random
import sys
import time
from collections.abc import Sequence

from tests.differential.compare import Divergence
from tests.differential.duel import Duel, Reference, on_fresh
from tests.differential.generate import generate
from tests.differential.memory import MemoryPeer
from tests.differential.peers import TCPPeer, parse_address
from tests.differential.records import record
from tests.differential.scenario import Scenario
from tests.differential.shrink import shrink
from tests.differential.version import another_line

VARIABLE = "FAKEBROKER_RABBITMQ"
VERSIONS = ("0-8", "0-9", "0-9-1")


def say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.differential", description=__doc__)
    parser.add_argument("--rabbitmq", default=os.environ.get(VARIABLE), metavar="HOST:PORT",
                        help=f"a real RabbitMQ 3.10 with guest/guest (default: what {VARIABLE} says)")  # fmt: skip
    parser.add_argument("--against", metavar="HOST:PORT", help="another broker in fakebroker's place")
    parser.add_argument("--seed", type=int, help="of the first scenario; the next ones count on (default: any)")
    parser.add_argument("--count", type=int, default=500, help="scenarios in all (500)")
    parser.add_argument("--version", choices=VERSIONS, action="append", help="only this; may be given again")
    parser.add_argument("--stop-after", type=int, default=5, metavar="N", help="divergences to look into (5)")
    parser.add_argument("--tolerate", type=int, default=0, metavar="N",
                        help="divergences that do not fail: a random search may find what is new (0)")  # fmt: skip
    parser.add_argument("--no-shrink", action="store_true", help="show scenarios as they are")
    parser.add_argument("--record", nargs="*", metavar="GROUP", help="no duel: write the recorded cases anew")
    given = parser.parse_args(arguments)
    if given.rabbitmq is None:
        parser.error(f"no RabbitMQ to compare with: give --rabbitmq or set {VARIABLE}")
    return given


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit code 0 when nothing diverged, or no more than is tolerated."""
    given = options(arguments)
    seed = given.seed if given.seed is not None else random.SystemRandom().randrange(10**6)
    versions = given.version or VERSIONS
    unfit = another_line(parse_address(given.rabbitmq))
    if unfit is not None:
        say(f"skipped: {unfit}")
        return 0 if given.record is None else 1
    reference = Reference(TCPPeer(*parse_address(given.rabbitmq)))
    if given.record is not None:
        for written in record(reference, given.record):
            say(written)
        return 0
    candidate = (
        Reference(TCPPeer(*parse_address(given.against))) if given.against else on_fresh(MemoryPeer)
    )  # fmt: skip
    duel = Duel(reference, candidate, reference.carefully)
    say(f"seed {seed}, {given.count} scenarios")
    found: list[Divergence] = []
    steps, started = 0, time.monotonic()
    for index in range(given.count):
        scenario = generate(seed + index // len(versions), versions[index % len(versions)])
        divergence = duel.divergence(scenario)
        steps += len(scenario.steps)
        if divergence is not None:
            found.append(divergence if given.no_shrink else shorter(duel, divergence))
            say(f"\n{found[-1]}\n")
            if len(found) >= given.stop_after:
                break
        elif (index + 1) % 50 == 0:
            say(f"{index + 1} scenarios, {steps} steps, {time.monotonic() - started:.0f} s")
    reference.close()
    say(f"seed {seed}: {steps} steps, {len(found)} divergences; {duel.unsteady} scenarios raced in the reference")
    return 1 if len(found) > given.tolerate else 0


def shorter(duel: Duel, divergence: Divergence) -> Divergence:
    """The same divergence, or one like it, with as few steps as possible."""
    scenario = divergence.scenario
    quick = Duel(duel.reference, duel.candidate, tries=2)

    def still(candidate: Scenario) -> bool:
        return quick.divergence(candidate) is not None

    found = shrink(scenario._replace(steps=scenario.steps[: divergence.step + 1]), still)
    return duel.divergence(found) or divergence


if __name__ == "__main__":
    sys.exit(main())
