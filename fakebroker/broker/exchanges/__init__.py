"""Exchanges: a file for each type, and the way of messages over their bindings.

The registry of a virtual host is :class:`Exchanges`.
"""

from fakebroker.broker.exchanges.exchange import Destination, Exchange
from fakebroker.broker.exchanges.registry import TYPES, Exchanges

__all__ = ["TYPES", "Destination", "Exchange", "Exchanges"]
