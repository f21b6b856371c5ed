"""The steps an action is made of: plain data that the link carries out, in order.

A crossing is one item on its way between the peer and the broker. With no rule its one step is ``Pass(item)``.
Steps of a crossing stand in the line of its direction, so a ``Wait`` holds up everything behind it that goes the same
way, as a slow network does; what a rule sets aside with ``Hold`` or ``Behind`` lets the rest pass.

They are named tuples, told apart by their types: as many dataclasses would take three times as long to import.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Literal, NamedTuple

from fakebroker.wire.command import Command, Event

NOTHING: Mapping[str, Any] = MappingProxyType({})


class Connected:
    """The moment a connection is made, before any octet: what a rule for ``"connect"`` meets."""

    channel = 0


Item = Event | Connected
"""What crosses: an event from the peer, a command or heartbeat or protocol header to it, or the connecting itself."""


class Pass(NamedTuple):
    """The item, as it was or changed, goes on the way it was going.

    :param number: set by the link. Of a publish: by which the client knows it; 0 for a copy of a publish or delivery,
        of which the other side does not know.
    """

    item: Item
    number: int | None = None


class Send(NamedTuple):
    """A command of the rule's own goes to the peer; the broker does not know."""

    command: Command


class Write(NamedTuple):
    """These bytes go to the peer just as they are.

    :param of: the command that has been sent with them: that they are, or the last piece of.
    :param copied: whether it went once more, after the peer has had it.
    """

    data: bytes
    of: Command | None = None
    copied: bool = False


class Wait(NamedTuple):
    """What stands behind in this direction waits: so many seconds, or until a label is released.

    :param blocks: as a broker does that has no room: it stops reading, and no longer when it closes the connection.
    """

    seconds: float = 0.0
    until: str | None = None
    blocks: bool = False


class Apart(NamedTuple):
    """What stands behind waits until the peer has had time to read by itself what was written.

    :param pieces: of how many pieces that was one: of many, each gets less time.
    """

    pieces: int


class Hold(NamedTuple):
    """The item is set aside until a label is released; the rest passes."""

    item: Item
    until: str
    number: int | None = None


class Behind(NamedTuple):
    """The item is set aside until the next command of its channel has gone the same way.

    :param command: wait for a command of this name, not just for any.
    """

    item: Item
    command: str | None = None
    number: int | None = None


class Release(NamedTuple):
    """What waits for this label goes on."""

    label: str


class Fail(NamedTuple):
    """The broker closes the channel, or on channel 0 the connection, the way it does for a real error."""

    channel: int
    code: int
    text: str
    method: tuple[int, int] = (0, 0)


class End(NamedTuple):
    """The socket ends: ``"close"`` sends what is written and a FIN, ``"hang up"`` what is written and a RST as RabbitMQ
    does, ``"break off"`` the same but told as a reset, ``"reset"`` a RST at once, ``"refuse"`` never lets it in."""

    how: Literal["close", "hang up", "break off", "reset", "refuse"]


class Mute(NamedTuple):
    """From now on the link swallows: everything both ways, or only the heartbeats the broker sends."""

    what: Literal["everything", "heartbeats"]


class Stall(NamedTuple):
    """The link stops reading from the socket: for so many seconds, or until a label is released."""

    seconds: float | None = None
    until: str | None = None


class Cork(NamedTuple):
    """What is to be written is kept back until ``items`` more have come or the time is over; then it goes as one."""

    items: int
    seconds: float


class Requeue(NamedTuple):
    """The broker takes back what it has delivered; what the client makes of that delivery is for the rule."""

    channel: int
    tag: int


class Revoke(NamedTuple):
    """The broker cancels a consumer. Deliveries that are on their way to it go back to the queue, and so does one that
    was not let pass."""

    channel: int
    consumer_tag: str
    unsent: Command | None = None


class Expect(NamedTuple):
    """The next such command from the peer is an answer to the rule: the broker is not told.

    :param commands: the names it may have.
    :param arguments: what its arguments must be.
    :param then: steps to carry out in its place.
    """

    channel: int
    commands: tuple[str, ...]
    arguments: Mapping[str, Any] = NOTHING
    then: tuple[Step, ...] = ()


class Do(NamedTuple):
    """A verb of the broker is called by name, such as ``restart``."""

    verb: str
    arguments: Mapping[str, Any] = NOTHING


class Later(NamedTuple):
    """Steps to be carried out after so many seconds, apart from the line, unless the channel has ended by then."""

    channel: int
    seconds: float
    steps: tuple[Step, ...]


Step = (
    Pass
    | Send
    | Write
    | Requeue
    | Revoke
    | Wait
    | Apart
    | Hold
    | Behind
    | Release
    | Fail
    | End
    | Mute
    | Stall
    | Cork
    | Expect
    | Do
    | Later
)
