"""One rule for each action, and what is to be seen when nothing goes wrong: the same for clients of every kind.

The conversation: log in; open a channel; declare the queue ``jobs``; put the channel in confirm mode; publish ``m1``,
``m2`` and ``m3``, each when the one before is confirmed; consume and acknowledge what comes; ask for one more; say
goodbye. A client tells what it sees in words that all have in common.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple

from fakebroker.faults import (
    Action,
    Blackhole,
    Block,
    BurstLoss,
    CancelConsumer,
    Challenge,
    Change,
    Chaos,
    Close,
    CloseChannel,
    CloseConnection,
    ConfirmMultiple,
    Corrupt,
    Cut,
    Delay,
    DeleteQueue,
    Divert,
    Do,
    Down,
    Drop,
    Duplicate,
    Expire,
    Flow,
    ForeignHeader,
    Garbage,
    HalfClose,
    Hold,
    LateConfirms,
    Latency,
    Mechanisms,
    Merge,
    Nack,
    OctetLimit,
    OversizeFrame,
    Partition,
    Pause,
    Postpone,
    Redeliver,
    Redirect,
    Refuse,
    RefuseLogin,
    RefuseMechanism,
    RefuseVhost,
    Release,
    Reorder,
    Replay,
    Reply,
    Reset,
    ReturnMessage,
    Say,
    SetState,
    Slice,
    SlowClose,
    StallReading,
    StopHeartbeats,
    Throttle,
    Truncate,
    Tune,
    UnknownFrame,
    Weighted,
    When,
    WrongChannel,
    WrongFrameEnd,
    when,
)

LATE = 0.05
"""Seconds; what comes late comes as late, at least."""


class Row(NamedTuple):
    """What is to go wrong.

    :param rules: each with its place; the first is the one that is meant.
    :param silent: whether the client will wait for an answer in vain, and shall not wait long.
    :param few: whether fewer confirms or deliveries will come than usual; then it is only for those, or only pika, that
        one waits in vain.
    :param passes: seconds that pass on the broker's clock when a client has waited in vain.
    :param release: what is released then.
    :param late: whether something comes by the clock.
    """

    rules: tuple[tuple[When, Action], ...]
    silent: bool = False
    passes: float = 0.0
    release: str = ""
    late: bool = False
    few: bool = False


def row(where: When, then: Action, **more: Any) -> Row:
    return Row(((where, then),), **more)


def late(where: When, then: Action) -> Row:
    return row(where, then, late=True)


ANYWHERE = when()
SECOND = when("basic.publish", nth=2)
EMPTY = when("basic.get-empty")
DECLARED = when("queue.declare-ok")

ROWS: MappingProxyType[str, Row] = MappingProxyType(
    {
        "refuse": row(ANYWHERE, Refuse()),
        "close": row(when("queue.declare"), Close()),
        "half_close": row(when("queue.declare"), HalfClose()),
        "reset": row(DECLARED, Reset()),
        "blackhole": row(SECOND, Blackhole(), silent=True),
        "stall_reading": row(SECOND, StallReading(), silent=True),
        "stop_heartbeats": row(when("open-ok"), StopHeartbeats()),
        "down": row(SECOND, Down(60)),
        "partition": late(SECOND, Partition(LATE)),
        "slow_close": row(ANYWHERE, SlowClose(LATE)),
        "latency": late(EMPTY, Latency(LATE)),
        "pause": late(SECOND, Pause(LATE)),
        "foreign_header": row(ANYWHERE, ForeignHeader()),
        "mechanisms": row(ANYWHERE, Mechanisms("PLAIN EXTERNAL")),
        "refuse_mechanism": row(ANYWHERE, RefuseMechanism(), silent=True, passes=3),
        "challenge": row(ANYWHERE, Challenge("say more", rounds=2), silent=True, few=True),
        "refuse_login": row(ANYWHERE, RefuseLogin(at_once=True)),
        "tune": row(ANYWHERE, Tune(channel_max=3, frame_max=4096, heartbeat=7)),
        "refuse_vhost": row(ANYWHERE, RefuseVhost("unknown")),
        "redirect": row(ANYWHERE, Redirect("other:5672")),
        "expire": row(SECOND, Expire()),
        "delay": late(EMPTY, Delay(LATE)),
        "throttle": late(EMPTY, Throttle(100)),
        "slice": row(DECLARED, Slice(1)),
        "merge": late(EMPTY, Merge(items=5, seconds=LATE)),
        "truncate": row(EMPTY, Truncate(11, then="reset")),
        "cut": row(when("basic.deliver"), Cut("header")),
        "corrupt": row(EMPTY, Corrupt(byte=10, flip=1)),
        "wrong_frame_end": row(EMPTY, WrongFrameEnd()),
        "wrong_channel": row(EMPTY, WrongChannel(77), silent=True),
        "oversize_frame": row(DECLARED, OversizeFrame()),
        "unknown_frame": row(DECLARED, UnknownFrame(9)),
        "garbage": row(when("queue.declare"), Garbage(b"HTTP/1.1 502"), silent=True, few=True),
        "drop": row(DECLARED, Drop(), silent=True),
        "burst_loss": row(when("basic.deliver", nth=2), BurstLoss(2), few=True),
        "octet_limit": row(when("queue.declare"), OctetLimit(11, "out")),
        "replay": row(when("basic.deliver", nth=1), Replay(1)),
        "divert": row(DECLARED, Divert(9), silent=True),
        "duplicate": row(when("basic.deliver", nth=2), Duplicate()),
        "reorder": row(when("basic.deliver", nth=1), Reorder()),
        "postpone": row(when("basic.deliver", nth=3), Postpone(after="basic.get-empty"), few=True),
        "hold": row(DECLARED, Hold(), silent=True, release="held"),
        "release": Row(
            (
                (when("basic.deliver", nth=3), Release("mine", after=True)),
                (when("basic.deliver", nth=1), Hold("mine")),
            )
        ),
        "change": row(DECLARED, Change(message_count=7)),
        "reply": row(when("basic.get"), Reply("basic.get-ok", delivery_tag=9, body="x")),
        "say": row(EMPTY, Say("basic.deliver", consumer_tag="me", delivery_tag=9, body="late", before=True)),
        "close_channel": row(when("basic.get"), CloseChannel(404, "NOT_FOUND - no")),
        "close_connection": row(when("basic.get"), CloseConnection(541, "INTERNAL_ERROR - no")),
        "nack": row(when(delivery_tag=2), Nack()),
        "confirm_multiple": row(ANYWHERE, ConfirmMultiple(2), silent=True, few=True),
        "late_confirms": late(when("basic.ack", "out", nth=2), LateConfirms(LATE)),
        "return_message": row(SECOND, ReturnMessage(), few=True),
        "redeliver": row(when("basic.deliver", nth=1), Redeliver()),
        "cancel_consumer": row(when("basic.deliver", nth=2), CancelConsumer(), few=True),
        "delete_queue": row(when("basic.get"), DeleteQueue()),
        "block": late(SECOND, Block(seconds=LATE)),
        "flow": row(SECOND, Flow()),
        "set_state": Row(
            (
                (when("basic.ack", "out", nth=1), SetState("confirming")),
                (when("basic.ack", "out", state="confirming"), Do("restart")),
            )
        ),
        "do": row(when("basic.ack", "out"), Do("restart")),
        "chaos": row(when("basic.deliver", nth=2), Chaos((Weighted(1, Duplicate()),))),
    }
)

MESSAGES = ("deliver 1 m1", "deliver 2 m2", "deliver 3 m3")
CONFIRMS = ("ack 1", "ack 2", "ack 3")
PLAIN = ("logged in", "channel open", "declared 0", *CONFIRMS, *MESSAGES, "empty", "goodbye")
"""What a client sees when nothing goes wrong."""

Seen = tuple[str, ...]


def until(seen: str, *end: str) -> Seen:
    """All up to what comes before this, and then the end."""
    return (*PLAIN[: PLAIN.index(seen)], *end)


def instead(seen: str, *others: str) -> Seen:
    """Others in the place of this one."""
    place = PLAIN.index(seen)
    return (*PLAIN[:place], *others, *PLAIN[place + 1 :])


def deliveries(*seen: str) -> Seen:
    """Others in the place of the three deliveries."""
    place = PLAIN.index(MESSAGES[0])
    return (*PLAIN[:place], *seen, *PLAIN[place + 3 :])


Expected = Seen | Callable[[Sequence[str]], bool]

COMMON: MappingProxyType[str, Seen] = MappingProxyType(
    {
        "stop_heartbeats": PLAIN,
        "partition": PLAIN,
        "slow_close": PLAIN,
        "latency": PLAIN,
        "pause": PLAIN,
        "delay": PLAIN,
        "late_confirms": PLAIN,
        "throttle": PLAIN,
        "slice": PLAIN,
        "merge": PLAIN,
        "hold": instead("declared 0", "(released)", "declared 0"),
        "change": instead("declared 0", "declared 7"),
        "reply": instead("empty", "fetched 9 x"),
        "duplicate": deliveries("deliver 1 m1", "deliver 2 m2", "deliver 2 m2", "deliver 3 m3"),
        "burst_loss": (*until("deliver 2 m2"), "empty", "goodbye"),
        "replay": deliveries("deliver 1 m1", "deliver 2 m2", "deliver 1 m1", "deliver 3 m3"),
        "divert": until("declared 0", "silence"),
        "chaos": deliveries("deliver 1 m1", "deliver 2 m2", "deliver 2 m2", "deliver 3 m3"),
        "reorder": deliveries("deliver 2 m2", "deliver 1 m1", "deliver 3 m3"),
        "release": deliveries("deliver 2 m2", "deliver 3 m3", "deliver 1 m1"),
        "redeliver": deliveries(*MESSAGES, "deliver 4 m1 again"),
        "say": instead("empty", "deliver 9 late", "empty"),
        "nack": instead("ack 2", "nack 2"),
    }
)
"""What every client sees alike."""
