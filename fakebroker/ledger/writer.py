"""Writes the ledger of one broker: who is told by the broker, and who by the links."""

from __future__ import annotations

from fakebroker.clock import Time
from fakebroker.ledger.conversations import Conversations
from fakebroker.ledger.ledger import Ledger
from fakebroker.ledger.lives import Lives
from fakebroker.ledger.now import Now


class LedgerWriter:
    """Writes :attr:`ledger`. The broker tells ``lives``, the links tell ``conversations``.

    :param clock: the source of times, which count from now.
    """

    def __init__(self, clock: Time) -> None:
        self.ledger = Ledger()
        now = Now(self.ledger, clock)
        self.lives = Lives(now)
        self.conversations = Conversations(now, self.lives)
