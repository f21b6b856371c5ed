"""Where Queue stood at first: kept for those who import from here."""

from fakebroker.broker.queues.classic import Queue

__all__ = ["Queue"]
