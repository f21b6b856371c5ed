"""Where Binding and Bindings stood at first: kept for those who import from here."""

from fakebroker.broker.exchanges.bindings import Binding, Bindings

__all__ = ["Binding", "Bindings"]
