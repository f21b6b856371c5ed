"""What a client settles: which deliveries it means, and whether it may."""

from __future__ import annotations

from fakebroker.ledger.event import Event, Moment
from fakebroker.ledger.facts import ClientSettlement
from fakebroker.ledger.message import Copy
from fakebroker.ledger.open_channels import OpenChannel, bounded, keep
from fakebroker.wire.command import Command


def settlement(channel: OpenChannel, moment: Moment, command: Command) -> ClientSettlement:
    """Note a basic.ack, basic.nack or basic.reject of a client."""
    args = command.args
    tag, multiple = args.delivery_tag, getattr(args, "multiple", False)
    found = ClientSettlement(moment, command.name, tag, multiple, getattr(args, "requeue", False))
    keep(channel.facts.settlements, found)
    if not channel.is_open:
        found.wrong = "closed" if channel.knows_end else ""  # or it was on its way when the broker closed the channel
        return found
    means_all = multiple and tag == 0
    if not means_all and tag not in channel.outstanding:
        _judge(channel, found)
        return found
    taken = [each for each in channel.outstanding if means_all or each == tag or (multiple and each < tag)]
    for each in taken:
        delivery = channel.outstanding.pop(each)
        found.deliveries.append(delivery)
        if channel.facts.transactional is not None:
            channel.in_transaction[each] = delivery
    return found


def _judge(channel: OpenChannel, found: ClientSettlement) -> None:
    """Say why a settlement is wrong. It is not the client's fault where a rule has delivered something in addition."""
    tag = found.tag
    times, rule = channel.extra.get(tag, (0, 0))
    delivery = channel.facts.deliveries.get(tag)
    if delivery is not None:
        found.deliveries.append(delivery)
    if times:
        found.moment.rule = rule
        if times > 1:
            channel.extra[tag] = (times - 1, rule)
        else:
            del channel.extra[tag]
    elif delivery is None:
        found.wrong = "unknown"
    else:
        found.wrong = "no-ack" if delivery[1].no_ack else "twice"


def delivered(channel: OpenChannel, copy: Copy, event: Event) -> None:
    """Something is delivered on a channel, with a tag."""
    if event.tag is None:
        return
    channel.facts.deliveries[event.tag] = (copy, event)
    bounded(channel.facts.deliveries)
    if not event.no_ack:
        channel.outstanding[event.tag] = (copy, event)


def delivered_again(channel: OpenChannel, tag: int, rule: int) -> None:
    """A rule has delivered something in addition, with a tag that was there before."""
    times, _ = channel.extra.get(tag, (0, 0))
    channel.extra[tag] = (times + 1, rule)


def rolled_back(channel: OpenChannel) -> None:
    """What was settled in the transaction is outstanding again."""
    both = {**channel.outstanding, **channel.in_transaction}
    channel.outstanding = {tag: both[tag] for tag in sorted(both)}
    channel.in_transaction = {}
