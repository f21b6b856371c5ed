"""How connections and channels end. There is one table for each: by cause and state it says what follows.

``Connection.end_because`` and ``Channel.end_because`` carry the tables out. Where a cause has no row for a state it
changes nothing.

**A connection** ends in this order, whatever the cause (RabbitMQ 3.10: ``rabbit_reader``):

1. It gives back all that it holds. Its channels go first, and of these the one that has failed; then its exclusive
   queues.
2. It says its last word: ``connection.close``, ``connection.close-ok``, or nothing.
3. Somebody hangs up. After either side's close that is left to the client. The broker hangs up when it hears
   close-ok, or when it has waited long enough. Where no close can be told, the broker hangs up at once.

Between 2 and 3 the state says what is still heard: in ``closed`` the closing handshake, in ``deaf`` nothing. RabbitMQ
goes deaf when a login goes wrong: it sleeps for three seconds and says nothing, so that nobody can guess passwords
quickly.

An error on a channel may end the connection. That happens later: RabbitMQ's reader hears of the failed channel when it
has handed out all that has arrived in one piece. Until then the other channels go on. Of several channels that fail the
first counts. A ``connection.close`` from the client in the same piece is then not answered.

**A channel** gives back what it holds in two steps. When it is closed its consumers end, and the queues that they
consumed from take back what is not acknowledged. When it is gone all other queues take back theirs, and its number is
free. It is gone when the closing handshake is over. The client's close is answered when all that has arrived in one
piece is handled; the broker's close waits for the client's close-ok.

A channel that fails hard stays where it is until its connection ends. Quorum queues and streams take back theirs no
sooner than that.
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

    CLIENT = "the client; the broker when it has waited for CLOSING_TIMEOUT, or for one heartbeat if that is less"
    BROKER_LATER = "the broker, after SILENT_CLOSE_DELAY"
    BROKER = "the broker, at once"
    NOBODY = "nobody: it is closed"


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
    """The next state."""
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
_BLOCKED = (State.BLOCKED,)  # nothing is read: the client can't end it but by hanging up
_CLOSED = (State.CLOSED,)
_DEAF = (State.DEAF,)
_GONE = (State.GONE,)  # once more: an error may have kept it from giving back all that it held
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
