"""How a connection ends, and a channel: for each cause what follows, in one table each.

**A connection.** RabbitMQ 3.10 (``rabbit_reader``) ends one in this order, whatever the cause:

1. It gives back all that it holds: its channels go, the one that has failed first, then its exclusive queues. What
   that sets off on other connections comes before the client is told anything.
2. It says its last word: ``connection.close``, ``connection.close-ok``, or nothing.
3. Somebody hangs up. After a close, either side's, that is left to the client; the broker does it when it hears
   close-ok, or when it has waited long enough. Where there is nothing left to talk about the broker hangs up at once.

Until then the state says what is still heard: in ``closed`` the closing handshake, in ``deaf`` nothing. RabbitMQ goes
deaf when a handshake goes wrong: it sleeps, with no word, lest a client guess passwords at full speed.

A channel that fails hard ends its connection as well, but later: RabbitMQ's reader hears of the failed channel when it
has handed out all that has arrived in one piece. Until then the other channels go on. Of several that fail the first
counts, and the client's own close, when it comes in the same piece, is not answered any more.

**A channel.** Its consumers end at once, and their queues take back what has not been settled. Other queues take back
theirs when the channel is gone, and with it its number is free; so do quorum queues and streams where the channel ends
its connection. When that is depends on who closes: a client that has
closed is answered when all that has arrived in one piece is handled; the broker's close waits for close-ok.

A cause that has no row for a state changes nothing there. Who wants to know what happens reads a row; the code that
carries it out is ``Connection.end_because`` and ``Channel.end_because``.
"""

from __future__ import annotations

import enum
from typing import NamedTuple, TypeVar

from fakebroker.amqp.states import ChannelState, State

S = TypeVar("S")
E = TypeVar("E")


class Cause(enum.Enum):
    """Why a connection ends."""

    CLIENT_CLOSES = "connection.close from the client"
    CLIENT_ANSWERS = "connection.close-ok from the client"
    ERROR = "the client did something wrong, on channel 0 or on a channel that is not there"
    CHANNEL_ERROR = "a channel has failed with an error that ends connections"
    READER_CRASH = "a method with arguments that crash RabbitMQ's reader"
    UNREADABLE = "octets that RabbitMQ can't make sense of"
    FRAMES_LOST = "an error has just ended it, and nobody knows where the next frame begins"
    WRONG_HEADER = "a protocol header of something else"
    LOGIN_REFUSED = "a login is refused, and the client has announced authentication_failure_close"
    LOGIN_IGNORED = "a login is refused, and the client has announced nothing"
    HEARTBEATS_MISSED = "nothing has come for two heartbeats"
    TIMEOUT = "the handshake, the client's hanging up, or the sleep after a failed login has taken its time"
    OPERATOR = "an administrator closes it, its user or virtual host is deleted, or the broker stops"
    RULE = "a rule closes it"
    CRASH = "an error of the broker's own"
    BROKER_LEAVES = "the broker hangs up, whatever the client has still to say"
    LOST = "the socket is gone"


class HangUp(enum.Enum):
    """Who closes the socket."""

    CLIENT = "the client; else the broker, after CLOSING_TIMEOUT or one heartbeat, if that is less"
    BROKER_LATER = "the broker, after SILENT_CLOSE_DELAY"
    BROKER = "the broker, at once"
    NOBODY = "it is closed"


CLOSING_TIMEOUT = 30.0
"""Seconds RabbitMQ waits, after either side's close, for the client to hang up; less with a smaller heartbeat."""

SILENT_CLOSE_DELAY = 3.0
"""Seconds RabbitMQ keeps the socket after a handshake that went wrong, lest a client guess at full speed."""


def patience(hangs_up: HangUp, heartbeat: int) -> float:
    """How many seconds the broker waits before it hangs up itself.

    :param heartbeat: in seconds, as agreed; 0 for none.
    """
    if hangs_up is HangUp.BROKER_LATER:
        return SILENT_CLOSE_DELAY
    return min(heartbeat or CLOSING_TIMEOUT, CLOSING_TIMEOUT)


class Ending(NamedTuple):
    """How a connection ends."""

    state: State
    """The one that follows."""
    says: str
    """The last word; empty where there is none."""
    hangs_up: HangUp
    at_end_of_turn: bool = False
    """Not now, but when all that has arrived in one piece is handled."""


CLOSE = Ending(State.CLOSED, "connection.close", HangUp.CLIENT)
CLOSE_LATER = CLOSE._replace(at_end_of_turn=True)
ANSWER = Ending(State.CLOSED, "connection.close-ok", HangUp.CLIENT)
SAY_NOTHING = Ending(State.CLOSED, "", HangUp.CLIENT)
GO_DEAF = Ending(State.DEAF, "", HangUp.BROKER_LATER)
DROP = Ending(State.GONE, "", HangUp.BROKER)
LET_GO = Ending(State.GONE, "", HangUp.NOBODY)

_HEADER = (State.AWAITING_HEADER,)
_LOGIN = (State.STARTING, State.SECURING)
_TUNING = (State.TUNING,)
_OPENING = (State.OPENING,)
_RUNNING = (State.RUNNING,)
_BLOCKED = (State.BLOCKED,)  # nothing is read, so that nothing of the client's ends the connection
_CLOSED = (State.CLOSED,)
_DEAF = (State.DEAF,)
_GONE = (State.GONE,)  # what an error has kept from giving all back goes on when it ends once more
_HANDSHAKE = _HEADER + _LOGIN + _TUNING + _OPENING
_OPEN = _RUNNING + _BLOCKED
_READING = _HANDSHAKE + _RUNNING + _CLOSED
_EVERY = _READING + _BLOCKED + _DEAF + _GONE


def _rows(*rows: tuple[tuple[S, ...], E]) -> dict[S, E]:
    return {state: ending for states, ending in rows for state in states}


CONNECTION_ENDINGS: dict[Cause, dict[State, Ending]] = {
    Cause.CLIENT_CLOSES: _rows((_RUNNING + _CLOSED, ANSWER)),
    Cause.CLIENT_ANSWERS: _rows((_CLOSED, DROP)),
    Cause.ERROR: _rows((_HEADER, CLOSE), (_LOGIN + _TUNING, GO_DEAF), (_OPENING + _OPEN, CLOSE)),
    Cause.CHANNEL_ERROR: _rows((_OPEN, CLOSE_LATER)),
    Cause.READER_CRASH: _rows((_HEADER, CLOSE), (_LOGIN + _TUNING + _OPENING, GO_DEAF), (_RUNNING, CLOSE)),
    Cause.UNREADABLE: _rows((_READING, DROP)),
    Cause.FRAMES_LOST: _rows((_CLOSED, GO_DEAF)),
    Cause.WRONG_HEADER: _rows((_READING, DROP)),
    Cause.LOGIN_REFUSED: _rows((_LOGIN, CLOSE)),
    Cause.LOGIN_IGNORED: _rows((_LOGIN, SAY_NOTHING)),
    Cause.HEARTBEATS_MISSED: _rows((_OPENING + _RUNNING + _DEAF, DROP)),
    Cause.TIMEOUT: _rows((_HANDSHAKE + _CLOSED + _DEAF, DROP)),
    Cause.OPERATOR: _rows((_HANDSHAKE + _DEAF, DROP), (_OPEN, CLOSE)),
    Cause.RULE: _rows((_HANDSHAKE + _OPEN, CLOSE)),
    Cause.CRASH: _rows((_HANDSHAKE + _CLOSED + _DEAF + _GONE, DROP), (_OPEN, CLOSE)),
    Cause.BROKER_LEAVES: _rows((_EVERY, DROP)),
    Cause.LOST: _rows((_EVERY, LET_GO)),
}


class ChannelCause(enum.Enum):
    """Why a channel ends."""

    CLIENT_CLOSES = "channel.close from the client"
    TURN_ENDS = "all that has arrived with the client's channel.close is handled"
    CLIENT_ANSWERS = "channel.close-ok from the client"
    ERROR = "an error that ends channels only, or a rule"
    CONNECTION_ERROR = "an error that ends connections"
    CONNECTION_ENDS = "its connection ends, for whatever reason"


class ChannelEnding(NamedTuple):
    """How a channel ends. Where the state that follows is ``GONE`` it holds nothing, and its number is free."""

    state: ChannelState
    says: str
    """What the client is told; empty for nothing."""
    then: ChannelCause | None = None
    """What follows when all that has arrived in one piece is handled."""


CLOSED_BY_BROKER = ChannelEnding(ChannelState.CLOSED_BY_BROKER, "channel.close")
FAIL = ChannelEnding(ChannelState.FAILED, "")
VANISH = ChannelEnding(ChannelState.GONE, "")

_UNOPENED, _WORKING, _FAILED = (ChannelState.STARTING,), (ChannelState.RUNNING,), (ChannelState.FAILED,)
_BY_CLIENT, _BY_BROKER = (ChannelState.CLOSED_BY_CLIENT,), (ChannelState.CLOSED_BY_BROKER,)

CHANNEL_ENDINGS: dict[ChannelCause, dict[ChannelState, ChannelEnding]] = {
    ChannelCause.CLIENT_CLOSES: _rows(
        (_WORKING, ChannelEnding(ChannelState.CLOSED_BY_CLIENT, "", then=ChannelCause.TURN_ENDS)),
        # RabbitMQ answers every close, the second one too.
        (_BY_CLIENT, ChannelEnding(ChannelState.CLOSED_BY_CLIENT, "channel.close-ok")),
        (_BY_BROKER, ChannelEnding(ChannelState.CLOSED_BY_BROKER, "channel.close-ok")),
    ),
    ChannelCause.TURN_ENDS: _rows((_BY_CLIENT, ChannelEnding(ChannelState.GONE, "channel.close-ok"))),
    ChannelCause.CLIENT_ANSWERS: _rows((_BY_CLIENT + _BY_BROKER, VANISH)),
    ChannelCause.ERROR: _rows(
        (_UNOPENED + _WORKING + _BY_BROKER + _FAILED, CLOSED_BY_BROKER),
        (_BY_CLIENT, ChannelEnding(ChannelState.CLOSED_BY_CLIENT, "channel.close")),
    ),
    ChannelCause.CONNECTION_ERROR: _rows((_UNOPENED + _WORKING + _BY_CLIENT + _BY_BROKER, FAIL)),
    ChannelCause.CONNECTION_ENDS: _rows((tuple(ChannelState), VANISH)),
}
