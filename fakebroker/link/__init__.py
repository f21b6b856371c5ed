"""The one crossing between the peer and the broker."""

from fakebroker.link.link import Link
from fakebroker.link.sides import Crossing, Inner, Outer

__all__ = ["Crossing", "Inner", "Link", "Outer"]
