"""What rules have the broker do: requeue a delivery, cancel a consumer, close, or what one of its verbs does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fakebroker.faults import steps as do
from fakebroker.link.alone import call_verb
from fakebroker.link.context import LinkContext
from fakebroker.link.extra_deliveries import ExtraDeliveries
from fakebroker.link.gate import Gated
from fakebroker.link.ports import ConnectionPort
from fakebroker.link.publish_numbers import COPY, UNSETTLED
from fakebroker.wire.command import Command

if TYPE_CHECKING:
    from fakebroker.wire.methods import BasicDeliver

BrokerStep = do.Requeue | do.Revoke | do.Fail | do.Do


class BrokerSteps:
    """Carries out such steps for one connection.

    :param number: the connection's.
    """

    def __init__(self, context: LinkContext, connection: ConnectionPort, extra: ExtraDeliveries, number: int) -> None:
        self._context = context
        self._connection = connection
        self._extra = extra
        self._number = number

    def carry_out(self, step: BrokerStep, before: list[do.Step], takes_place: bool, may_tell: bool) -> list[do.Step]:
        """Carry out a step.

        :param before: steps that have yet to send what the broker has said before.
        :param takes_place: whether this step is carried out before those are.
        :param may_tell: whether the client may be sent ``basic.cancel``.
        :returns: those of ``before`` that are still to be carried out, and others that this step adds.
        """
        connection = self._connection
        if isinstance(step, do.Requeue):
            self._requeue(step)
        elif isinstance(step, do.Revoke):
            return self._revoke(step, before, may_tell)
        elif isinstance(step, do.Fail):
            connection.end(step.channel, step.code, step.text, step.method)
            if takes_place:
                return [each for each in before if step.channel and not _ends_with(each, step.channel)]
        else:
            call_verb(self._context, self._number, step)
        return before

    def _requeue(self, step: do.Requeue) -> None:
        connection = self._connection
        if step.tag in connection.rule_access.outstanding(step.channel):  # else the client has settled it already
            self._extra.add(step.channel, step.tag)
            connection.rule_access.requeue(step.channel, step.tag)

    def _revoke(self, step: do.Revoke, before: list[do.Step], may_tell: bool) -> list[do.Step]:
        """Cancel a consumer. Deliveries that have not been sent to it go back: none may follow the cancel."""
        unsent = [] if step.unsent is None else [step.unsent]
        still: list[do.Step] = []
        for each in before:
            item, copied = _delivery(each)
            if item is None or _consumer(item) != _consumer(step):
                still.append(each)
            elif not copied:
                unsent.append(item)
        connection = self._connection
        may_tell = may_tell and connection.rule_access.consumes(step.channel, step.consumer_tag)
        connection.rule_access.revoke(step.channel, step.consumer_tag, unsent)
        if may_tell:
            fields = {"consumer_tag": step.consumer_tag, "no_wait": True}
            still.insert(0, do.Send(connection.spec.command(step.channel, "basic.cancel", None, **fields)))
        return still


def _delivery(step: do.Step) -> tuple[Command[BasicDeliver] | None, bool]:
    """The ``basic.deliver`` that a step sends, if it does, and whether that is a copy."""
    item = step.item if isinstance(step, do.Pass) else step.of if isinstance(step, do.Write) else None
    if isinstance(step, do.Pass):
        copied = step.number in (COPY, UNSETTLED)
    else:
        copied = isinstance(step, do.Write) and step.copied
    return (item, copied) if isinstance(item, Command) and item.name == "basic.deliver" else (None, False)


def _consumer(of: Command[BasicDeliver] | do.Revoke) -> tuple[int, str]:
    return (of.channel, of.consumer_tag if isinstance(of, do.Revoke) else of.args.consumer_tag)


def _ends_with(step: do.Step | Gated, channel: int) -> bool:
    """Whether a step says something on a channel that must not be said once the channel has been closed."""
    if isinstance(step, Gated):
        return _ends_with(step.step, channel)
    command = step.command if isinstance(step, do.Send) else getattr(step, "item", None)
    return isinstance(command, Command) and command.channel == channel and command.name != "channel.close-ok"
