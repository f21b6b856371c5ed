"""The home that Queue had before: imports from here go on working."""

from fakebroker.broker.queues.base import Queue

__all__ = ["Queue"]
