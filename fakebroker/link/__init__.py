"""The one crossing between the peer and the broker."""

from fakebroker.link.link import Link
from fakebroker.link.sides import Checkpoint, Inner, Outer

__all__ = ["Checkpoint", "Inner", "Link", "Outer"]
