"""What no broker should do: breaches of the protocol."""

from __future__ import annotations

from fakebroker.faults.actions.burst_loss import BurstLoss
from fakebroker.faults.actions.duplicate import Duplicate
from fakebroker.faults.actions.garbage import Garbage
from fakebroker.faults.actions.oversize_frame import OversizeFrame
from fakebroker.faults.actions.replay import Replay
from fakebroker.faults.actions.truncate import Truncate
from fakebroker.faults.actions.unknown_frame import UnknownFrame
from fakebroker.faults.actions.wrong_channel import WrongChannel
from fakebroker.faults.actions.wrong_frame_end import WrongFrameEnd
from fakebroker.faults.families import obstacles
from fakebroker.faults.families.fault import NamedFault, by

FAULTS = (
    NamedFault(
        "truncate",
        "protocol",
        "the first 7 octets, then the end of the connection",
        "at frames to the client",
        by(Truncate(7)),
        obstacles.at_what_goes_out,
    ),
    NamedFault(
        "wrong-frame-end",
        "protocol",
        "a frame that does not end in 206",
        "at frames to the client",
        by(WrongFrameEnd(0)),
        obstacles.at_what_goes_out,
    ),
    NamedFault(
        "wrong-channel",
        "protocol",
        "the item on channel 77",
        "at frames to the client",
        by(WrongChannel(77)),
        obstacles.at_what_goes_out,
    ),
    NamedFault(
        "oversize",
        "protocol",
        "a frame that is one octet longer than was agreed",
        "at frames to the client, once frame-max is agreed upon",
        by(OversizeFrame()),
        obstacles.where_frames_are_limited,
    ),
    NamedFault(
        "unknown-frame",
        "protocol",
        "a frame of type 9, then the item",
        "at frames to the client",
        by(UnknownFrame(9)),
        obstacles.at_what_goes_out,
    ),
    NamedFault(
        "garbage",
        "protocol",
        "16 octets that are no frame, then the item",
        "at frames to the client",
        by(Garbage()),
        obstacles.at_what_goes_out,
    ),
    NamedFault(
        "duplicate",
        "protocol",
        "the item twice, just as it was",
        "at frames to the client",
        by(Duplicate()),
        obstacles.at_what_goes_out,
    ),
    NamedFault(
        "replay",
        "protocol",
        "the item passes, and once more, just as it was, behind the next one",
        "at frames to the client",
        by(Replay(1)),
        obstacles.at_what_goes_out,
    ),
    NamedFault(
        "burst-loss",
        "protocol",
        "the item and the next two are lost on a connection that goes on, which TCP never does",
        "at frames to the client",
        by(BurstLoss(3)),
        obstacles.at_what_goes_out,
    ),
)
