"""One program, run with one seed in memory: what it said, how it ended, and what passed."""

from __future__ import annotations

import re
import time
from collections.abc import Awaitable, Callable
from typing import NamedTuple

import fakebroker
from fakebroker import FakeBrokerError
from fakebroker.testing import NeverSettles, aio
from fakebroker.testing.memory_broker import MemoryBroker
from tests.clients.catalogue import Client
from tests.clients.disturb import disturb

PAUSE = 45.0
"""Seconds that each program idles: longer than all its heartbeats."""
ADDRESS = re.compile(r"\b0x[0-9a-f]+(?:\.\.\.)?")


class Attempt(NamedTuple):
    """A run of a program."""

    verdict: str
    """``done``, ``gave up``, ``own error``, ``waits for ever``; or ``broken``, which none may be."""
    text: str
    """Everything that has to be the same in the next run."""


def attempt(client: Client, seed: int) -> Attempt:
    """Run the program of a client."""
    program, said = client.program(), Said()
    broker: list[MemoryBroker] = []
    error: BaseException | None = None
    try:
        if client.is_async:
            aio.run(in_loop(program, said, seed, broker), seed=seed, limit=client.limit)
        else:
            with fakebroker.memory(seed=seed, limit=client.limit) as made:
                begin(made, seed, said, broker)
                program(made.url, said, PAUSE)
    except BaseException as raised:
        error = raised
    # What follows the first line, such as the stacks of a Deadlock, names files of this machine.
    ending = f"raised {type(error).__name__}: {masked(str(error).partition(chr(10))[0])}" if error else "returned"
    text = [*said.lines, ending]
    return Attempt(verdict(said.lines, error), "\n".join([*text, masked(broker[0].journal.transcript())]))


async def in_loop(program: Callable[..., Awaitable[None]], said: Said, seed: int, made: list[MemoryBroker]) -> None:
    """The same for a coroutine function."""
    try:
        async with fakebroker.memory(seed=seed) as broker:
            begin(broker, seed, said, made)
            await program(broker.url, said, PAUSE)
    finally:
        said.end()


def begin(broker: MemoryBroker, seed: int, said: Said, made: list[MemoryBroker]) -> None:
    """What is to be done before a program begins."""
    made.append(broker)
    broker.on_error.append(lambda error: said(f"an error in the broker: {error!r}"))
    disturb(broker, seed)
    said.begin()


class Said:
    """Called with each line that a program prints."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self._begin = 0.0
        self._is_over = False

    def begin(self) -> None:
        """Time begins."""
        self._begin = time.monotonic()

    def end(self) -> None:
        """The block is over: what the loop's last tasks say while they are cancelled, they say in real time."""
        self._is_over = True

    def __call__(self, text: str) -> None:
        when = "after all" if self._is_over else f"{time.monotonic() - self._begin:.3f}"
        self.lines.append(f"{when:>10}  {masked(text)}")


def verdict(lines: list[str], error: BaseException | None) -> str:
    """How a program ended, in a word or two."""
    if any(" an error in the broker: " in line for line in lines):
        return "broken"
    if error is None:
        confirmed_all = lines and lines[-1].endswith("6 confirmed, 6 of 6 done")
        return "done" if confirmed_all else "gave up"
    if isinstance(error, NeverSettles):
        return "waits for ever"
    return "broken" if isinstance(error, FakeBrokerError) else "own error"


def masked(text: str) -> str:
    """The text of an error without the addresses of objects, which some clients put in."""
    return ADDRESS.sub("0x", text)
