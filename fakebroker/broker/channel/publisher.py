"""What the client of a channel publishes: routing, mandatory returns, confirms (RabbitMQ 3.10: rabbit_channel)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from fakebroker.broker.channel.confirms import Confirms, SendConfirm, confirms_later
from fakebroker.broker.channel.firehose import trace_publish
from fakebroker.broker.channel.mailbox import Mailbox
from fakebroker.broker.channel.port import ChannelPort
from fakebroker.broker.channel.prefetch import Limiter
from fakebroker.broker.message import Message
from fakebroker.broker.queues.consumer import Consumer, queues_of
from fakebroker.broker.scheduling import ChooserPort
from fakebroker.broker.stats import MessageStats
from fakebroker.errors import AMQPError

if TYPE_CHECKING:
    from fakebroker.broker.queues.base import Queue


class Publication(NamedTuple):
    """A message that waits for tx.commit, with the names of the queues that it was routed to.

    They are names, and looked up by the commit: a queue may be deleted and declared again in between. ``returned`` is
    called with the message when no queue is there; it is None unless the message is mandatory.
    """

    message: Message
    queues: Sequence[str]
    returned: Callable[[Message], None] | None


class Publisher:
    """Routes what a client publishes, gives it to the queues, and tells the client what became of it.

    ``uncommitted`` are the messages that wait for tx.commit. It is None while the channel is not transactional.

    :param mailbox: the channel's; confirms are told when it has been read.
    :param limiter: the channel's prefetch limit, which makes some confirms go ahead of deliveries.
    :param consumers: the channel's, by tag.
    :param counts: where the channel's messages are counted.
    """

    __slots__ = (
        "__weakref__",  # quorum queues remember what they have told it
        "_confirms",
        "_consumers",
        "_limiter",
        "_watcher",
        "channel",
        "counts",
        "mailbox",
        "uncommitted",
        "vhost",
    )

    def __init__(
        self,
        channel: ChannelPort,
        mailbox: Mailbox,
        limiter: Limiter,
        consumers: Mapping[str, Consumer],
        counts: MessageStats,
    ) -> None:
        self.channel = channel
        self.vhost = channel.vhost
        self._watcher = channel.vhost.common.watcher
        self.mailbox = mailbox
        self.counts = counts
        self.uncommitted: list[Publication] | None = None
        self._limiter = limiter
        self._consumers = consumers
        self._confirms: Confirms | None = None

    @property
    def _chooser(self) -> ChooserPort | None:
        scheduler = self.vhost.common.scheduler
        return None if scheduler is None else scheduler.chooser

    @property
    def confirms(self) -> bool:
        """Whether the channel is in confirm mode."""
        return self._confirms is not None

    @property
    def published(self) -> int | None:
        """How many messages have been published in confirm mode; None for a channel in another mode."""
        return None if self._confirms is None else self._confirms.number

    def number_publish(self, number: int) -> None:
        """Say which number the client has for the next message; 0 for a message that it has not sent."""
        if self._confirms is not None:
            self._confirms.expect(number)

    @property
    def limited(self) -> list[Queue]:
        """The queues that have to ask the prefetch limit of the whole channel before they deliver to it."""
        if not self._limiter.active:
            return []
        return [queue for queue in queues_of(self._consumers.values()) if not queue.slow]

    def publish(self, message: Message, returned: Callable[[Message], None] | None = None) -> None:
        """Route a message and give it to its queues. In a transaction it is routed now, and given to them by tx.commit.

        :param returned: for a mandatory message: called with it when it goes to no queue.
        :raises AMQPError: not-found when there is no such exchange.
        """
        queues = self.vhost.deliver(message)
        if self.vhost.tracing:
            trace_publish(self.channel, message, queues)
        if self.uncommitted is not None:
            if self._watcher is not None:
                self._watcher.held(message, self.vhost.name)
            self.uncommitted.append(Publication(message, [queue.name for queue in queues], returned))
            return
        if self._confirms is not None and self.confirm_goes_ahead(message, queues):
            self.mailbox.put(self._confirms.next())
        taken = self.hand_out(message, queues, returned)
        if self._confirms is not None:
            self.counts.confirm += 1
            if queues:
                self._confirms.routed(taken, 1, queues)
            else:
                self._confirms.unroutable(self._chooser)

    def count_taken(self) -> None:
        """Confirm the next message and do nothing else with it: a rule has taken it away."""
        if self._confirms is not None and self.uncommitted is None:
            self.counts.confirm += 1
            self._confirms.unroutable()

    def taken(self, message: Message, queues: Sequence[Queue], mandatory: bool, count: int) -> None:
        """Count and confirm messages of a batch that all of these queues have taken."""
        self.counts.published(self.vhost.exchanges.get(message.exchange), queues, mandatory, count)
        if self._confirms is not None:
            self.counts.confirm += count
            self._confirms.routed(True, count)

    def confirm_goes_ahead(self, message: Message, queues: Sequence[Queue]) -> bool:
        """Whether the confirm comes before the deliveries of the message to this same channel. See ``confirms``."""
        if self._confirms is None:
            return False
        limited = self.limited
        return any(queue in limited for queue in queues) and not any(confirms_later(each, message) for each in queues)

    def hand_out(self, message: Message, queues: Sequence[Queue], returned: Callable[[Message], None] | None) -> bool:
        """Give a message to its queues, or return it if there are none.

        :param returned: None unless the message is mandatory.
        :return: False when a queue refuses the message.
        """
        self.counts.published(self.vhost.exchanges.get(message.exchange), queues, returned is not None)
        watcher = self._watcher
        if watcher is not None:
            watcher.routed(message, self.vhost.name, queues)
        if not queues:
            if returned is not None:
                returned(message)
            return True
        if len(queues) == 1:
            return queues[0].publish(message, self)
        copy = message.copy if watcher is None else partial(watcher.copy, message)
        with self.vhost.common.turn:  # what dies of it is delivered when all queues have it
            taken = [queue.publish(copy(), self) for queue in queues]
        return all(taken)

    def select_confirms(self, send: SendConfirm, one_by_one: Callable[[], bool] = lambda: False) -> None:
        """confirm.select: number the messages that are published from now on, and confirm each. See ``confirms``.

        :param send: sends a confirm to the client.
        :param one_by_one: asked each time whether every message has to have a confirm of its own.
        :raises AMQPError: precondition-failed on a transactional channel.
        """
        if self.uncommitted is not None:
            raise AMQPError("precondition-failed", "cannot switch from tx to confirm mode")
        if self._confirms is None:
            self._confirms = Confirms(send, self.mailbox.wake, one_by_one, self._chooser is not None)

    @property
    def has_confirms(self) -> bool:
        """Whether something has not been confirmed yet that has to be."""
        return self._confirms is not None and self._confirms.is_due

    def tell_confirms(self, chooser: ChooserPort | None = None) -> None:
        """Confirm what has not been confirmed yet: the mailbox has been read.

        :param chooser: who says how much of it is confirmed now; None for all.
        """
        if self._confirms is not None:
            self._confirms.tell(chooser)
