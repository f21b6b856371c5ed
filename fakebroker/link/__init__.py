"""The link: where everything passes that goes from a client to the broker or back."""

from fakebroker.link.context import LinkContext
from fakebroker.link.link import Link
from fakebroker.link.ports import ConnectionPort, TransportPort

__all__ = ["ConnectionPort", "Link", "LinkContext", "TransportPort"]
