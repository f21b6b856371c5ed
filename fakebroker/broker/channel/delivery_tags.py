"""Delivery tags: each delivery of a channel gets the next number, and is unacked until it is settled."""

from __future__ import annotations

from collections.abc import Iterable

from fakebroker.broker.channel.consumer_timeout import AckTimeout
from fakebroker.broker.channel.port import ChannelPort
from fakebroker.broker.queues.consumer import Delivery
from fakebroker.broker.stats import MessageStats


class DeliveryTags:
    """Gives the deliveries of one channel their tags, and keeps those that are unacked.

    ``unacked`` has them by tag, the oldest first. ``next`` is the tag of the next delivery.

    :param counts: where the channel's messages are counted.
    """

    __slots__ = ("_ack_timeout", "_clock", "_counts", "_watcher", "next", "unacked")

    def __init__(self, channel: ChannelPort, counts: MessageStats) -> None:
        common = channel.vhost.common
        self.next = 1
        self.unacked: dict[int, Delivery] = {}
        self._counts = counts
        self._clock = common.clock
        self._watcher = common.watcher
        self._ack_timeout = AckTimeout(common, channel.number, self.unacked, channel.fail)

    def give(self, delivery: Delivery, no_ack: bool) -> None:
        """Give a delivery the next tag, or a batch the next tags. Unless it needs no ack, it is unacked from now on."""
        tag = delivery.tag = self.next
        count = delivery.count
        self.next = tag + count
        at = delivery.at = self._clock.seconds()
        self._counts.delivered(delivery.queue.counts, delivery.consumer is None, no_ack, delivery.redelivered, count)
        if self._watcher is not None:
            self._watcher.delivered(delivery, no_ack)
        if no_ack:
            return
        unacked = self.unacked
        if not unacked:
            self._ack_timeout.watch(delivery)
        if delivery.bodies is None:
            unacked[tag] = delivery
        else:
            for number, each in enumerate(delivery.unbatched(), tag):
                each.tag, each.at = number, at
                unacked[number] = each

    def put_back(self, deliveries: Iterable[Delivery]) -> None:
        """Make deliveries unacked again, in the order of the tags: a transaction is rolled back."""
        every = sorted([*self.unacked.values(), *deliveries], key=lambda delivery: delivery.tag)
        self.unacked.clear()
        self.unacked.update((each.tag, each) for each in every)

    def close(self) -> None:
        """Leave nothing pending in the clock."""
        self._ack_timeout.stop()
