"""How anything is measured: peers by turns, several rounds, medians."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager, ExitStack
from statistics import median
from subprocess import SubprocessError
from time import perf_counter
from typing import NamedTuple

from benchmarks.client import Unexpected
from benchmarks.peers import Peer

Values = Mapping[str, float]
"""By figure."""
Sample = Callable[[], Values]
"""Measures once."""


class Effort(NamedTuple):
    """How much is done."""

    rounds: int
    """How often each peer has its turn."""
    seconds: float
    """About how long one turn takes."""
    many: int
    """How many messages wait before a delivery is measured; a fifth of it stands for "10,000" of anything."""


FULL = Effort(rounds=3, seconds=0.3, many=50_000)
QUICK = Effort(rounds=1, seconds=0.1, many=5_000)
SMOKE = Effort(rounds=1, seconds=0.001, many=20)


class Measure(NamedTuple):
    """Something to measure."""

    figures: tuple[str, ...]
    """What it gives."""
    prepare: Callable[[Peer, Effort], AbstractContextManager[Sample]]
    """Makes what one peer needs for it, and takes it away again."""
    applies_to: Callable[[Peer], bool] = lambda peer: True
    rounds: int = 0
    """At most so many, if not 0: where each takes long."""


def take(
    measure: Measure, peers: Iterable[Peer], effort: Effort, trouble: Callable[[Peer, str], None]
) -> dict[str, dict[str, float]]:
    """Measure all peers by turns, so that whatever else the machine does meets them alike.

    :param trouble: told of peers that fail; they have no value then.
    :returns: by figure and peer, the median of the rounds.
    """
    values: dict[str, dict[str, list[float]]] = {name: {} for name in measure.figures}
    with ExitStack() as stack:
        samples: dict[str, Sample] = {}

        def attempt(peer: Peer, action: Callable[[], None]) -> None:
            try:
                action()
            except (Unexpected, OSError, RuntimeError, SubprocessError) as error:
                samples.pop(peer.name, None)
                trouble(peer, f"{measure.figures[0]}: {peer.stands_for}: {type(error).__name__}: {str(error)[:200]}")

        def prepare(peer: Peer) -> None:
            samples[peer.name] = stack.enter_context(measure.prepare(peer, effort))

        def sample(peer: Peer) -> None:
            for name, value in samples[peer.name]().items():
                values[name].setdefault(peer.name, []).append(value)

        chosen = [peer for peer in peers if measure.applies_to(peer) and not measure.figures[0].startswith(peer.unable)]
        for peer in chosen:
            attempt(peer, lambda peer=peer: prepare(peer))  # type: ignore[misc]
        for _ in range(min(effort.rounds, measure.rounds or effort.rounds)):
            for peer in chosen:
                if peer.name in samples:
                    attempt(peer, lambda peer=peer: sample(peer))  # type: ignore[misc]
    return {name: {peer: median(found) for peer, found in by_peer.items()} for name, by_peer in values.items()}


class Pace:
    """Finds how many of something fit in the time for one turn: the first turn tells for those after it."""

    def __init__(self, effort: Effort, first: int, most: int) -> None:
        self.count = first
        self._most = most
        self._seconds = effort.seconds

    def per_second(self, run: Callable[[int], float]) -> float:
        """Run with a count, and give how many a second that was; a run that was far too short is repeated.

        :param run: does so many, and gives the seconds that it took.
        """
        while True:
            done = self.count
            took = run(done)
            self.count = max(1, min(self._most, int(done * self._seconds / max(took, 1e-9))))
            if self.count < 2 * done:
                return done / took


def timed(action: Callable[[], object]) -> float:
    """The seconds that an action takes."""
    begin = perf_counter()
    action()
    return perf_counter() - begin


def repeated(action: Callable[[], object]) -> Callable[[int], float]:
    """A run for :meth:`Pace.per_second` that does the same over and over."""

    def run(count: int) -> float:
        begin = perf_counter()
        for _ in range(count):
            action()
        return perf_counter() - begin

    return run


def percentile(values: list[float], percent: int) -> float:
    """The value that so many percent of all do not exceed."""
    return sorted(values)[max(0, -(-len(values) * percent // 100) - 1)]


def is_broker(peer: Peer) -> bool:
    """For what a bare server can't do."""
    return peer.is_broker
