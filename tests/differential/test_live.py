"""Fresh random scenarios, when there is a RabbitMQ to compare with."""

from __future__ import annotations

import os
import random
import sys
from unittest import TestCase, skipUnless

from tests.differential.__main__ import VARIABLE, VERSIONS
from tests.differential.duel import Duel, Reference, on_fresh
from tests.differential.generate import generate
from tests.differential.memory import MemoryPeer
from tests.differential.peers import TCPPeer, parse_address

COUNT = 60  # scenarios; `python -m tests.differential` plays as many as one likes


@skipUnless(os.environ.get(VARIABLE), f"needs a real RabbitMQ 3.10: set {VARIABLE}=HOST:PORT")
class AgainstARealRabbitMQ(TestCase):
    def test_it_answers_random_scenarios_as_fakebroker_does(self) -> None:
        seed = random.SystemRandom().randrange(10**6)
        sys.stderr.write(f"differential seed {seed}\n")
        reference = Reference(TCPPeer(*parse_address(os.environ[VARIABLE])))
        self.addCleanup(reference.close)
        duel = Duel(reference, on_fresh(MemoryPeer), reference.carefully)
        for index in range(COUNT):
            divergence = duel.divergence(generate(seed + index // len(VERSIONS), VERSIONS[index % len(VERSIONS)]))
            self.assertIsNone(divergence, f"RabbitMQ says -, fakebroker says +:\n{divergence}")
