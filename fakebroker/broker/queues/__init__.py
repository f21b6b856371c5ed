"""Queues, a file each kind, and all that is theirs: settings, consumers, dead letters, direct reply-to.

The registry of a virtual host is :class:`Queues`.
"""

from fakebroker.broker.queues.registry import Queues

__all__ = ["Queues"]
