"""The catalogue of all actions, in groups, and how one is made from JSON.

Each action is a file in ``fakebroker.faults.actions``.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from fakebroker.errors import RuleError
from fakebroker.faults.actions.action import Action
from fakebroker.faults.actions.blackhole import Blackhole
from fakebroker.faults.actions.block import Block
from fakebroker.faults.actions.burst_loss import BurstLoss
from fakebroker.faults.actions.cancel_consumer import CancelConsumer
from fakebroker.faults.actions.challenge import Challenge
from fakebroker.faults.actions.change import Change
from fakebroker.faults.actions.chaos import Chaos, Weighted
from fakebroker.faults.actions.close import Close
from fakebroker.faults.actions.close_channel import CloseChannel
from fakebroker.faults.actions.close_connection import CloseConnection
from fakebroker.faults.actions.confirm_multiple import ConfirmMultiple
from fakebroker.faults.actions.corrupt import Corrupt
from fakebroker.faults.actions.cut import Cut
from fakebroker.faults.actions.delay import Delay
from fakebroker.faults.actions.delete_queue import DeleteQueue
from fakebroker.faults.actions.divert import Divert
from fakebroker.faults.actions.do import Do
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
from fakebroker.faults.fields import fits, from_form, hints
from fakebroker.validation import near

GROUPS: Mapping[str, tuple[type[Action], ...]] = MappingProxyType(
    {
        "connection": (
            Refuse,
            Close,
            HalfClose,
            Reset,
            SlowClose,
            Blackhole,
            Partition,
            OctetLimit,
            StallReading,
            StopHeartbeats,
            Down,
            Pause,
        ),
        "handshake": (
            ForeignHeader,
            Mechanisms,
            RefuseMechanism,
            Challenge,
            RefuseLogin,
            Tune,
            RefuseVhost,
            Redirect,
            Expire,
        ),
        "octets": (
            Delay,
            Latency,
            Throttle,
            Slice,
            Merge,
            Truncate,
            Cut,
            Corrupt,
            WrongFrameEnd,
            WrongChannel,
            OversizeFrame,
            UnknownFrame,
            Garbage,
        ),
        "commands": (
            Drop,
            BurstLoss,
            Duplicate,
            Replay,
            Reorder,
            Postpone,
            Divert,
            Hold,
            Release,
            Change,
            Reply,
            Say,
            CloseChannel,
            CloseConnection,
        ),
        "messages": (
            Nack,
            ConfirmMultiple,
            LateConfirms,
            ReturnMessage,
            Redeliver,
            CancelConsumer,
            DeleteQueue,
            Block,
            Flow,
        ),
        "anything": (Do, SetState, Chaos),
    }
)
"""All actions, by what they are about."""

ACTIONS: Mapping[str, type[Action]] = MappingProxyType(
    {action.name(): action for group in GROUPS.values() for action in group}
)
"""All actions by their names in JSON."""


def action_from_json(form: object, place: str = "then") -> Action:
    """Make an action from its JSON form: an object, or just the action's name.

    :param place: where in the document the form is; errors name it.
    :raises RuleError: when there is no such action, or a field is missing, unknown or wrong.
    """
    if isinstance(form, str):
        form = {"action": form}
    if not isinstance(form, Mapping) or not isinstance(form.get("action"), str):
        raise RuleError(f"{place}: {form!r} is not an action such as {{'action': 'delay', 'seconds': 1}}")
    given = {name: value for name, value in form.items() if name != "action"}
    cls = ACTIONS.get(form["action"])
    if cls is None:
        raise RuleError(f"{place}: there is no action {form['action']!r}{near(form['action'], ACTIONS)}")
    for name in given:
        if name not in hints(cls):
            hint = near(name, hints(cls)) or f"; it has {', '.join(hints(cls)) or 'no fields'}"
            raise RuleError(f"{place}: {cls.name()} has no field {name!r}{hint}")
    for field in dataclasses.fields(cls):
        needed = field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING
        if needed and field.name not in given and field.name != "arguments":
            raise RuleError(f"{place}: {cls.name()} needs {field.name}")
    if cls is Chaos:
        return Chaos(_choices(given.get("choices"), place))
    try:
        return _make(cls, {name: from_form(value) for name, value in given.items()})
    except (RuleError, TypeError) as error:
        raise RuleError(f"{place}: {error}") from error


def _make(cls: type[Action], fields: dict[str, object]) -> Action:
    arguments = fields.pop("arguments", {}) if cls in (Change, Reply, Say) else {}
    if not isinstance(arguments, Mapping):
        raise RuleError(f"{cls.name()}: arguments={arguments!r} is not an object of names and values")
    command = [fields.pop("command", "")] if cls in (Reply, Say) else []
    return cls(*command, **fields, **arguments)


def _choices(form: object, place: str) -> tuple[Weighted, ...]:
    if not isinstance(form, list):
        raise RuleError(f"{place}.choices: {form!r} is not a list of actions, each with its weight")
    choices = []
    for index, choice in enumerate(form):
        where = f"{place}.choices[{index}]"
        weight: Any = choice.get("weight") if isinstance(choice, Mapping) else None
        if not fits(weight, float):
            raise RuleError(f"{where}: weight={weight!r} is not a number")
        choices.append(Weighted(weight, action_from_json({k: v for k, v in choice.items() if k != "weight"}, where)))
    return tuple(choices)
