"""The points of a run: the crossings at which something can go wrong."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from fakebroker.journal.entries import Direction, Entry
from fakebroker.predicates.addresses import Address


@dataclass(frozen=True)
class Point:
    """A crossing of the plain run.

    :param number: its number in the run, from 1.
    :param address: the same in words: connection, direction, name, and the how often of that name there.
    :param name: what crosses: ``connect``, a command's name, ``heartbeat``, ``protocol-header``, ``malformed``,
        ``end``.
    :param direction: ``"in"`` from the client, ``"out"`` to the client.
    """

    number: int
    address: Address
    name: str
    direction: Direction
    connection: int
    channel: int


def points_of(entries: Iterable[Entry]) -> list[Point]:
    """The points of a run, in order.

    :param entries: its journal.
    """
    return [
        Point(entry.number, address, address.name, entry.direction or "in", entry.connection, entry.channel)
        for entry in entries
        if entry.number is not None and entry.address is not None
        for address in [Address.parse(entry.address)]
    ]
