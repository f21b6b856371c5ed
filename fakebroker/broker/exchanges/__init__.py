"""Exchanges: one file a type; the registry of a virtual host is :class:`Exchanges`."""

from fakebroker.broker.exchanges.exchange import Destination, Exchange
from fakebroker.broker.exchanges.registry import TYPES, Exchanges

__all__ = ["TYPES", "Destination", "Exchange", "Exchanges"]
