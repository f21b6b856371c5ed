"""The home that Binding and Bindings had before: imports from here go on working."""

from fakebroker.broker.exchanges.bindings import Binding, Bindings

__all__ = ["Binding", "Bindings"]
