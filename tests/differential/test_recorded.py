"""Every recorded case, replayed: fakebroker answers as RabbitMQ 3.10.8 did."""

from __future__ import annotations

from collections.abc import Callable
from unittest import TestCase

from tests.differential import records
from tests.differential.compare import first_divergence
from tests.differential.memory import MemoryPeer
from tests.differential.runner import play


def _test(case: records.Case) -> Callable[[TestCase], None]:
    def test(self: TestCase) -> None:
        for scenario, expected in records.replays(case):
            divergence = first_divergence(scenario, expected, play(scenario, MemoryPeer()))
            if divergence is not None:
                self.fail(f"RabbitMQ says -, fakebroker says +:\n{divergence}")

    test.__doc__ = case["name"]
    return test


def _class(group: str) -> type[TestCase]:
    """A test case with a test for each case of a file; several of one name count on."""
    tests: dict[str, Callable[[TestCase], None]] = {}
    for number, case in enumerate(records.read(group), 1):
        words = "".join(letter if letter.isalnum() else "_" for letter in case["name"])
        tests[f"test_{number:03}_{words}"] = _test(case)
    return type(f"As_RabbitMQ_answered_{group}", (TestCase,), {"__module__": __name__, **tests})


for _group in records.groups():
    _made = _class(_group)
    globals()[_made.__name__] = _made
del _made
