"""What a broker does, in trouble or because somebody told it to."""

from __future__ import annotations

from fakebroker.faults.actions.block import Block
from fakebroker.faults.actions.cancel_consumer import CancelConsumer
from fakebroker.faults.actions.close_channel import CloseChannel
from fakebroker.faults.actions.close_connection import CloseConnection
from fakebroker.faults.actions.delete_queue import DeleteQueue
from fakebroker.faults.actions.do import Do
from fakebroker.faults.actions.down import Down
from fakebroker.faults.actions.late_confirms import LateConfirms
from fakebroker.faults.actions.nack import Nack
from fakebroker.faults.actions.pause import Pause
from fakebroker.faults.actions.redeliver import Redeliver
from fakebroker.faults.actions.return_message import ReturnMessage
from fakebroker.faults.families import obstacles
from fakebroker.faults.families.fault import NamedFault, by

FAULTS = (
    NamedFault(
        "restart",
        "broker",
        "the broker restarts: 320 and a reset for every connection; what is transient is gone",
        "everywhere",
        by(Do("restart")),
        obstacles.anywhere,
    ),
    NamedFault(
        "down",
        "broker",
        "every connection is reset, and nobody listens for 3 s",
        "everywhere",
        by(Down(3.0)),
        obstacles.anywhere,
    ),
    NamedFault(
        "close-connection",
        "broker",
        "connection.close 320 in the place of the item",
        "once the connection is open",
        by(CloseConnection(320, "CONNECTION_FORCED - closed by a rule")),
        obstacles.in_a_connection,
    ),
    NamedFault(
        "close-channel-404",
        "broker",
        "channel.close 404 in the place of an answer: somebody has deleted the queue or exchange",
        "at commands that name one",
        by(CloseChannel(404, "NOT_FOUND - closed by a rule")),
        obstacles.at_what_may_be_gone,
    ),
    NamedFault(
        "close-channel-406",
        "broker",
        "channel.close 406: a declaration differs, or an ack is overdue",
        "at declarations, and while a delivery waits for its ack",
        by(CloseChannel(406, "PRECONDITION_FAILED - closed by a rule")),
        obstacles.at_what_may_fail,
    ),
    NamedFault(
        "close-channel-541",
        "broker",
        "connection.close 541: a channel of the broker crashes and takes its connection along",
        "in open channels",
        by(CloseConnection(541, "INTERNAL_ERROR")),
        obstacles.in_a_channel,
    ),
    NamedFault(
        "cancel-consumer",
        "broker",
        "basic.cancel in the place of a delivery, or behind consume-ok",
        "at deliveries and basic.consume-ok, with consumer_cancel_notify",
        by(CancelConsumer()),
        obstacles.at_consumers,
    ),
    NamedFault(
        "nack",
        "broker",
        "basic.nack in the place of a confirm",
        "at confirms",
        by(Nack()),
        obstacles.at_confirms,
    ),
    NamedFault(
        "return",
        "broker",
        "the message comes back, and no queue gets it",
        "at mandatory publishes",
        by(ReturnMessage()),
        obstacles.at_mandatory,
    ),
    NamedFault(
        "redeliver",
        "broker",
        "the message comes again, marked redelivered",
        "at deliveries that need an ack",
        by(Redeliver()),
        obstacles.at_deliveries_to_repeat,
    ),
    NamedFault(
        "block",
        "broker",
        "connection.blocked, no answers for 2 s, then connection.unblocked",
        "at publishes, with the capability",
        by(Block(seconds=2.0)),
        obstacles.at_publishes_that_may_be_blocked,
    ),
    NamedFault(
        "delete-queue",
        "broker",
        "the queue that the item is about is deleted, then the item passes",
        "at what is about a queue, at publishes with mandatory",
        by(DeleteQueue()),
        obstacles.at_what_is_about_a_queue,
    ),
    NamedFault(
        "slow-confirms",
        "broker",
        "the confirm comes 3 s late, with all of its channel that were due meanwhile",
        "at confirms",
        by(LateConfirms(3.0)),
        obstacles.at_confirms,
    ),
    NamedFault(
        "confirms-together",
        "broker",
        "the confirm waits 0.3 s for others of its channel, and one with multiple stands for all",
        "at confirms",
        by(LateConfirms(0.3)),
        obstacles.at_confirms,
    ),
    NamedFault(
        "pause",
        "broker",
        "the whole broker stands still for 2 s, then goes on",
        "everywhere",
        by(Pause(2.0)),
        obstacles.anywhere,
    ),
)
