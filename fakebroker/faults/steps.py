"""Steps: what an action tells the link to do. They are plain data, and the link carries them out in order.

A crossing is one item on its way between client and broker. If no rule acts, its only step is ``Pass(item)``. The steps
of all items that go in one direction stand in one lane. So ``Wait`` holds up everything behind it in that direction, as
a slow network does. An item that is set aside with ``Hold`` or ``Behind`` leaves the lane, and the others pass it.

Steps are named tuples: so many dataclasses would take three times as long to import.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal, NamedTuple

from fakebroker.predicates.addresses import Numbered
from fakebroker.wire.command import Command, Event

NOTHING: Mapping[str, object] = MappingProxyType({})


class NoItem:
    """What a rule acts on where nothing is sent."""

    channel = 0


class Connected(NoItem):
    """The moment when a connection is made, before any octet. It is the item of a rule for ``"connect"``."""


class Disconnected(NoItem):
    """The moment when the socket has ended. It is the item of a rule for ``"end"``."""


class TimeCome(NoItem):
    """The time at which a rule acts that says ``at``."""


Item = Event | NoItem
"""What crosses: something that the client sends, something that the broker sends to it, or the connecting itself."""


class Pass(NamedTuple):
    """Let the item go on, as it was or changed.

    :param number: set by the link. For a publish it is the number by which the client knows it. It is 0 for a copy
        of a publish or delivery: the side that sent the item knows nothing of the copy.
    :param crossing: set by the link: which crossing the item is; None when a rule has made it up.
    """

    item: Item
    number: int | None = None
    crossing: Numbered | None = None


class Send(NamedTuple):
    """Send the client a command that the broker knows nothing of."""

    command: Command


class Write(NamedTuple):
    """Write bytes to the client, just as they are.

    :param of: the command that the client has received when it has these bytes: the whole of it, or its last piece.
    :param copied: whether the client has had the command before.
    """

    data: bytes
    of: Command | None = None
    copied: bool = False


class Wait(NamedTuple):
    """Hold up what stands behind it in the lane, for some seconds or until a label is released.

    :param blocks: do it as a broker does that has no room: stop reading, but only as long as the connection is not
        being closed.
    """

    seconds: float = 0.0
    until: str | None = None
    blocks: bool = False


class Apart(NamedTuple):
    """Hold up what stands behind it until the client has had time to read what was written before by itself.

    :param pieces: how many pieces are written in all. The more there are, the less time each gets.
    """

    pieces: int


class Hold(NamedTuple):
    """Set the item aside until a label is released. Others pass it."""

    item: Item
    until: str
    number: int | None = None
    crossing: Numbered | None = None


class Behind(NamedTuple):
    """Set the item aside until the next command of its channel has gone in the same direction.

    :param command: the name of the command to wait for; None for any command.
    """

    item: Item
    command: str | None = None
    number: int | None = None
    crossing: Numbered | None = None


class Release(NamedTuple):
    """Let everything go on that waits for a label."""

    label: str


class Fail(NamedTuple):
    """Have the broker close the channel, or on channel 0 the connection, as it does for a real error."""

    channel: int
    code: int
    text: str
    method: tuple[int, int] = (0, 0)


class End(NamedTuple):
    """End the socket.

    - ``"close"`` sends what has been written, and a FIN.
    - ``"hang up"`` sends what has been written, and a RST, as RabbitMQ does.
    - ``"break off"`` does the same; the journal calls it a reset.
    - ``"reset"`` sends a RST at once.
    - ``"refuse"`` never lets the client in.
    - ``"half close"`` sends what has been written, and a FIN, and goes on reading.
    """

    how: Literal["close", "hang up", "break off", "reset", "refuse", "half close"]


Swallowed = Literal["everything", "heartbeats", "out"]


class Mute(NamedTuple):
    """Swallow everything from now on, in both directions, or what the broker says, or only its heartbeats.

    :param seconds: how long; None for ever, or until a label is released. Only for everything.
    """

    what: Swallowed
    seconds: float | None = None
    until: str | None = None


class Sever(NamedTuple):
    """Let nothing pass from now on, in one direction or in both, nor the end of the socket. What is sent meanwhile
    passes afterwards.

    :param ways: the directions.
    :param seconds: how long; None until a label is released.
    """

    ways: tuple[Literal["in", "out"], ...]
    seconds: float | None = None
    until: str | None = None


class LateEnd(NamedTuple):
    """Tell either side late that the other has ended the socket.

    :param seconds: how late.
    """

    seconds: float


class Late(NamedTuple):
    """Hold up what stands behind it in the lane until so many seconds after it came. All that waits so waits at the
    same time.

    :param due: set by the link: when, on the clock.
    """

    seconds: float
    due: float | None = None


class Lose(NamedTuple):
    """Swallow the next items that would go in the direction of this one.

    :param items: how many.
    """

    items: int


class Limit(NamedTuple):
    """Count octets from now on. When so many have passed, the connection stops, in the middle of a frame if need be.

    :param ways: the directions in which octets count.
    :param then: the step that stops it.
    """

    octets: int
    ways: tuple[Literal["in", "out"], ...]
    then: Step


class CopyLater(NamedTuple):
    """Let a copy of the item pass later.

    :param after: behind so many more items in its direction, or behind the crossing with this address.
    """

    item: Item
    after: int | str


class Divert(NamedTuple):
    """Let a command go on over another connection. It is lost if there is no such connection.

    :param connection: the number.
    """

    command: Command
    connection: int


class Stall(NamedTuple):
    """Stop reading from the socket, for some seconds or until a label is released; with neither, for ever."""

    seconds: float | None = None
    until: str | None = None


class Cork(NamedTuple):
    """Keep back what is to be written until ``items`` more have come, or time is over. Then write it as one piece."""

    items: int
    seconds: float


class KeepConfirms(NamedTuple):
    """Keep back what the broker confirms on a channel, for some seconds. Then let one confirm stand for all."""

    channel: int
    seconds: float


class Requeue(NamedTuple):
    """Have the broker requeue a delivery. Whether the client acks or rejects it later, the broker is not told."""

    channel: int
    tag: int


class Revoke(NamedTuple):
    """Have the broker cancel a consumer. Deliveries that are on their way to it go back to the queue.

    :param unsent: the delivery that the rule has not let pass; it goes back, too.
    """

    channel: int
    consumer_tag: str
    unsent: Command | None = None


class Expect(NamedTuple):
    """Keep the next such command of the client from the broker: it answers something that the rule has sent.

    :param commands: the names that the command may have.
    :param arguments: the values that its arguments must have.
    :param then: the steps to carry out in its place.
    """

    channel: int
    commands: tuple[str, ...]
    arguments: Mapping[str, object] = NOTHING
    then: tuple[Step, ...] = ()


class Do(NamedTuple):
    """Call a verb of the broker by its name, such as ``restart``."""

    verb: str
    arguments: Mapping[str, object] = NOTHING


class Enter(NamedTuple):
    """Name the broker's state, for rules that ask for it."""

    state: str


class Later(NamedTuple):
    """Carry out steps after some seconds, not in the lane. Nothing is done if the channel has ended by then."""

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
    | Sever
    | LateEnd
    | Late
    | Lose
    | Limit
    | CopyLater
    | Divert
    | Cork
    | KeepConfirms
    | Expect
    | Do
    | Enter
    | Later
)
