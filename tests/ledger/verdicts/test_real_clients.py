"""Verdicts are just: none fails on the programs of real clients, which are right, whatever goes wrong.

``FAKEBROKER_EXAMPLES=100`` tries more seeds.
"""

from __future__ import annotations

import asyncio
import logging
import os
from unittest import TestCase, skipIf

import fakebroker
from fakebroker.faults import Nack
from fakebroker.ledger.ledger import Ledger
from fakebroker.testing import aio
from tests.clients.catalogue import CLIENTS, Client
from tests.clients.disturb import disturb

EXAMPLES = int(os.environ.get("FAKEBROKER_EXAMPLES", "3"))
PAUSE = 45.0
"""Seconds that each program of a real client idles."""
QUIET_CLIENTS = ("pika", "pika-select", "py-amqp", "kombu", "amqpstorm", "puka", "aio-pika", "aiormq", "aioamqp")
"""Those that print nothing and need no process of their own."""


def run(client: Client, seed: int) -> Ledger:
    """Run a program of a real client, which is right, with what goes wrong in a seed."""
    program = client.program()
    made: list[fakebroker.FakeBroker] = []

    def begin(broker: fakebroker.FakeBroker) -> None:
        made.append(broker)
        disturb(broker, seed)
        for loaded in list(broker.faults.rules):
            # The programs say that a message was nacked, and go on: that looks like a message forgotten.
            if any(isinstance(action, Nack) for action in loaded.rule.then):
                broker.faults.remove(loaded)

    async def in_loop() -> None:
        async with fakebroker.memory(seed=seed, ledger=True) as broker:
            begin(broker)
            await program(broker.url, lambda text: None, PAUSE)

    try:
        if client.is_async:
            aio.run(in_loop(), seed=seed, limit=client.limit)
        else:
            with fakebroker.memory(seed=seed, limit=client.limit, ledger=True) as broker:
                begin(broker)
                program(broker.url, lambda text: None, PAUSE)
    except (Exception, asyncio.CancelledError):
        pass  # it has given up, in one way or another: that is not asked here
    return made[0].ledger


class RealClients(TestCase):
    """A test is made for each client that is installed."""

    def setUp(self) -> None:
        logging.disable(logging.CRITICAL)
        self.addCleanup(logging.disable, logging.NOTSET)

    def is_judged_justly(self, name: str) -> None:
        """No verdict fails on its program."""
        for seed in range(2 * EXAMPLES):
            with self.subTest(seed=seed):
                run(CLIENTS[name], seed).assert_clean()


def add_tests() -> None:
    """The tests of RealClients."""
    for name in QUIET_CLIENTS:

        def test(self: RealClients, name: str = name) -> None:
            self.is_judged_justly(name)

        missing = CLIENTS[name].missing()
        test.__doc__ = f"{name}: {RealClients.is_judged_justly.__doc__}"
        words = f"test_{name.replace('-', '_')}_is_judged_justly"
        setattr(RealClients, words, skipIf(missing, f"{missing} is not installed")(test))


add_tests()
