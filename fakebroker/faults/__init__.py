"""Faults: a rule says when something goes wrong, and what goes wrong. ``docs/faults.md`` has a table of all actions.

Example: ``broker.faults.add(when("basic.publish", nth=7), Drop())``.
"""

from importlib import import_module
from typing import TYPE_CHECKING

from fakebroker.faults.actions.action import Action, snake_case
from fakebroker.faults.actions.chaos import Chaos, Weighted
from fakebroker.faults.actions.do import Do
from fakebroker.faults.active_rule import ActiveRule
from fakebroker.faults.evaluation import Fired
from fakebroker.faults.match import When, when
from fakebroker.faults.plan import Faults
from fakebroker.faults.rule import Rule, rule, rule_from_json
from fakebroker.predicates.value_tests import between, like, one_of

if TYPE_CHECKING:
    from fakebroker.faults.actions.blackhole import Blackhole
    from fakebroker.faults.actions.block import Block
    from fakebroker.faults.actions.burst_loss import BurstLoss
    from fakebroker.faults.actions.call import Call
    from fakebroker.faults.actions.cancel_consumer import CancelConsumer
    from fakebroker.faults.actions.challenge import Challenge
    from fakebroker.faults.actions.change import Change
    from fakebroker.faults.actions.close import Close
    from fakebroker.faults.actions.close_channel import CloseChannel
    from fakebroker.faults.actions.close_connection import CloseConnection
    from fakebroker.faults.actions.confirm_multiple import ConfirmMultiple
    from fakebroker.faults.actions.corrupt import Corrupt
    from fakebroker.faults.actions.cut import Cut
    from fakebroker.faults.actions.delay import Delay
    from fakebroker.faults.actions.delete_queue import DeleteQueue
    from fakebroker.faults.actions.divert import Divert
    from fakebroker.faults.actions.down import Down
    from fakebroker.faults.actions.drop import Drop
    from fakebroker.faults.actions.duplicate import Duplicate
    from fakebroker.faults.actions.expire import Expire
    from fakebroker.faults.actions.flow import Flow
    from fakebroker.faults.actions.foreign_header import ForeignHeader
    from fakebroker.faults.actions.garbage import Garbage
    from fakebroker.faults.actions.half_close import HalfClose
    from fakebroker.faults.actions.hold import Hold
    from fakebroker.faults.actions.late_confirms import LateConfirms
    from fakebroker.faults.actions.latency import Latency
    from fakebroker.faults.actions.mechanisms import Mechanisms
    from fakebroker.faults.actions.merge import Merge
    from fakebroker.faults.actions.nack import Nack
    from fakebroker.faults.actions.octet_limit import OctetLimit
    from fakebroker.faults.actions.oversize_frame import OversizeFrame
    from fakebroker.faults.actions.partition import Partition
    from fakebroker.faults.actions.pause import Pause
    from fakebroker.faults.actions.postpone import Postpone
    from fakebroker.faults.actions.redeliver import Redeliver
    from fakebroker.faults.actions.redirect import Redirect
    from fakebroker.faults.actions.refuse import Refuse
    from fakebroker.faults.actions.refuse_login import RefuseLogin
    from fakebroker.faults.actions.refuse_mechanism import RefuseMechanism
    from fakebroker.faults.actions.refuse_vhost import RefuseVhost
    from fakebroker.faults.actions.release import Release
    from fakebroker.faults.actions.reorder import Reorder
    from fakebroker.faults.actions.replay import Replay
    from fakebroker.faults.actions.reply import Reply
    from fakebroker.faults.actions.reset import Reset
    from fakebroker.faults.actions.return_message import ReturnMessage
    from fakebroker.faults.actions.say import Say
    from fakebroker.faults.actions.set_state import SetState
    from fakebroker.faults.actions.slice import Slice
    from fakebroker.faults.actions.slow_close import SlowClose
    from fakebroker.faults.actions.stall_reading import StallReading
    from fakebroker.faults.actions.stop_heartbeats import StopHeartbeats
    from fakebroker.faults.actions.throttle import Throttle
    from fakebroker.faults.actions.truncate import Truncate
    from fakebroker.faults.actions.tune import Tune
    from fakebroker.faults.actions.unknown_frame import UnknownFrame
    from fakebroker.faults.actions.wrong_channel import WrongChannel
    from fakebroker.faults.actions.wrong_frame_end import WrongFrameEnd
    from fakebroker.faults.catalogue import ACTIONS, GROUPS

Loaded = ActiveRule
"""The former name of :class:`ActiveRule`."""

__all__ = [
    "ACTIONS",
    "GROUPS",
    "Action",
    "ActiveRule",
    "Blackhole",
    "Block",
    "BurstLoss",
    "Call",
    "CancelConsumer",
    "Challenge",
    "Change",
    "Chaos",
    "Close",
    "CloseChannel",
    "CloseConnection",
    "ConfirmMultiple",
    "Corrupt",
    "Cut",
    "Delay",
    "DeleteQueue",
    "Divert",
    "Do",
    "Down",
    "Drop",
    "Duplicate",
    "Expire",
    "Faults",
    "Fired",
    "Flow",
    "ForeignHeader",
    "Garbage",
    "HalfClose",
    "Hold",
    "LateConfirms",
    "Latency",
    "Loaded",
    "Mechanisms",
    "Merge",
    "Nack",
    "OctetLimit",
    "OversizeFrame",
    "Partition",
    "Pause",
    "Postpone",
    "Redeliver",
    "Redirect",
    "Refuse",
    "RefuseLogin",
    "RefuseMechanism",
    "RefuseVhost",
    "Release",
    "Reorder",
    "Replay",
    "Reply",
    "Reset",
    "ReturnMessage",
    "Rule",
    "Say",
    "SetState",
    "Slice",
    "SlowClose",
    "StallReading",
    "StopHeartbeats",
    "Throttle",
    "Truncate",
    "Tune",
    "UnknownFrame",
    "Weighted",
    "When",
    "WrongChannel",
    "WrongFrameEnd",
    "between",
    "like",
    "one_of",
    "rule",
    "rule_from_json",
    "when",
]


def __getattr__(name: str) -> object:
    """Import an action when it is first used. There are fifty, and a test needs few of them or none."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    home = "catalogue" if name.isupper() else f"actions.{snake_case(name)}"
    return getattr(import_module(f"fakebroker.faults.{home}"), name)
