"""The ledger: what became of each message, from its publish to its end, and what each connection did.

It is data, and how the data is built from what the broker and the link tell. It sends nothing and changes nothing.
"""

from fakebroker.ledger.event import Event, Moment
from fakebroker.ledger.facts import ChannelFacts, ConnectionFacts
from fakebroker.ledger.ledger import Ledger
from fakebroker.ledger.message import Copy, PublishedMessage

__all__ = ["ChannelFacts", "ConnectionFacts", "Copy", "Event", "Ledger", "Moment", "PublishedMessage"]
