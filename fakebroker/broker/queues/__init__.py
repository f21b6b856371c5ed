"""Queues: a file for each type, and one for each thing that queues have or do.

What a queue needs of its virtual host stands in ``base.py``, what it needs of a session in ``consumer.py``.

The registry of a virtual host is :class:`Queues`.
"""

from fakebroker.broker.queues.registry import Queues

__all__ = ["Queues"]
