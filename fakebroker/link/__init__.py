"""The one crossing between the peer and the broker."""

from fakebroker.link.context import LinkContext
from fakebroker.link.link import Link
from fakebroker.link.ports import ConnectionPort, TransportPort

__all__ = ["ConnectionPort", "Link", "LinkContext", "TransportPort"]
