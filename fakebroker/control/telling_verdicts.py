"""Tells, when a broker ends, what its clients did wrong."""

from __future__ import annotations

from twisted.logger import Logger

from fakebroker.ledger.ledger import Ledger

SHOWN = 100
"""So many verdicts are told; of more the number."""


def tell_verdicts(ledger: Ledger) -> None:
    """Tell the verdicts on the clients in the log: first those that fail."""
    found = sorted(ledger.verdicts(), key=lambda verdict: not verdict.fails)
    failing = sum(verdict.fails for verdict in found)
    Logger().info("verdicts: {failing} fail, {others} are told", failing=failing, others=len(found) - failing)
    for verdict in found[:SHOWN]:
        Logger().info("{what}: {verdict}", what="fails" if verdict.fails else "told", verdict=str(verdict))
    if len(found) > SHOWN:
        Logger().info("and {count} more", count=len(found) - SHOWN)
