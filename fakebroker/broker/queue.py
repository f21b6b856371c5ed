"""The home that Queue had before: imports from here go on working."""

from fakebroker.broker.queues.classic import Queue

__all__ = ["Queue"]
