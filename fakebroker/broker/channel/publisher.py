"""Half of a session, the half that publishes: plainly, with confirms, or in a transaction."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from fakebroker.broker.channel.confirms import Confirms, SendConfirm, confirms_later
from fakebroker.broker.channel.firehose import trace_publish
from fakebroker.broker.channel.limiter import Limiter
from fakebroker.broker.channel.mailbox import Mailbox
from fakebroker.broker.channel.port import ChannelPort
from fakebroker.broker.channel.transaction import Publication, Transaction
from fakebroker.broker.message import Message, Messages
from fakebroker.broker.queues.consumer import Consumer
from fakebroker.broker.stats import MessageStats
from fakebroker.errors import AMQPError

if TYPE_CHECKING:
    from fakebroker.broker.queues.classic import Queue


class Publisher:
    """Routes what the client of a session publishes, hands it to queues, and tells what became of it."""

    consumers: dict[str, Consumer]
    mailbox: Mailbox
    limiter: Limiter
    peer: ChannelPort

    def __init__(self, peer: ChannelPort) -> None:
        self.vhost = peer.vhost
        self.counts = MessageStats()
        self._transaction: Transaction | None = None
        self._confirms: Confirms | None = None

    @property
    def confirms(self) -> bool:
        """Is each message that is published confirmed?"""
        return self._confirms is not None

    @property
    def published(self) -> int | None:
        """How many messages have been published in confirm mode; None where none are confirmed."""
        return None if self._confirms is None else self._confirms.number

    def number_publish(self, number: int) -> None:
        """Say by which number the client knows the message that comes next; 0 for one that it knows nothing of."""
        if self._confirms is not None:
            self._confirms.expect(number)

    @property
    def limited(self) -> list[Queue]:
        """The queues that ask the limit of the whole channel before they send something."""
        return [queue for queue in self._queues() if not queue.slow] if self.limiter.active else []

    @property
    def transaction(self) -> Transaction | None:
        """What is to be committed or rolled back; None when the channel is not transactional."""
        return self._transaction

    def publish(self, message: Message, returned: Callable[[Message], None] | None = None) -> None:
        """Route a message and hand it out; in a transaction it is routed now and handed out by the commit.

        :param returned: called with the message when it goes nowhere; given for mandatory ones.
        :raises AMQPError: not-found when there is no such exchange.
        """
        queues = self.vhost.deliver(message)
        if self.vhost.tracing:
            trace_publish(self.peer, message, queues)
        if self._transaction is not None:
            names = [queue.name for queue in queues]
            self._transaction.publications.append(Publication(message, names, returned))
            return
        if self._confirms is not None and self._confirm_goes_ahead(message, queues):
            self.mailbox.put(self._confirms.next())
        taken = self._hand_out(message, queues, returned)
        if self._confirms is not None:
            self.counts.confirm += 1
            if queues:
                self._confirms.routed(taken)
            else:
                self._confirms.unroutable()

    def count_taken(self) -> None:
        """A rule has taken the next message: it goes nowhere, and is confirmed."""
        if self._confirms is not None and self._transaction is None:
            self.counts.confirm += 1
            self._confirms.unroutable()

    def together(self, alike: Messages, mandatory: bool) -> Callable[[], None] | None:
        """What publishes messages that are alike as one; None where somebody could tell the difference.

        :raises AMQPError: as :meth:`publish`.
        """
        if self.vhost.tracing:
            return None
        queues = self.vhost.route(alike.first)
        return partial(self._publish_all, alike, queues, mandatory) if self._may_go_together(alike, queues) else None

    def _publish_all(self, alike: Messages, queues: Sequence[Queue], mandatory: bool) -> None:
        count = len(alike)
        self.counts.published(self.vhost.exchanges.get(alike.first.exchange), queues, mandatory, count)
        if _share_a_session(queues):
            # It sees each message from all of its queues before the next, until all have as many as they can send.
            while alike and not all(queue.message_count for queue in queues):
                message = alike.take(1)[0]
                for queue in queues:
                    queue.publish(message.copy(), self)
        for queue in queues if alike else ():
            queue.publish_all(alike.copy())
        if self._confirms is not None:
            self.counts.confirm += count
            self._confirms.routed(True, count)

    def _may_go_together(self, alike: Messages, queues: Sequence[Queue]) -> bool:
        """Whether nothing is said, held back or refused because of one of them."""
        if self._confirms is not None and self._confirm_goes_ahead(alike.first, queues):
            return False
        if not queues or self._transaction is not None or (alike.first.more_keys and not alike.first.exchange):
            return False
        return all(queue.takes_together(alike) for queue in queues)

    def _confirm_goes_ahead(self, message: Message, queues: Sequence[Queue]) -> bool:
        """Whether a confirm comes before the deliveries of the message to this very session."""
        limited = self.limited
        return any(queue in limited for queue in queues) and not any(confirms_later(each, message) for each in queues)

    def _queues(self) -> list[Queue]:
        """Those that the session consumes from."""
        return list(dict.fromkeys(consumer.queue for consumer in self.consumers.values()))

    def _hand_out(self, message: Message, queues: Sequence[Queue], returned: Callable[[Message], None] | None) -> bool:
        """Give the message to each queue; False when one of them refuses it."""
        self.counts.published(self.vhost.exchanges.get(message.exchange), queues, returned is not None)
        if not queues:
            if returned is not None:
                returned(message)
            return True
        if len(queues) == 1:
            return queues[0].publish(message, self)
        dead_letters = self.vhost.queues.dead_letters
        return all(dead_letters.hold(lambda: [queue.publish(message.copy(), self) for queue in queues]))

    def select_confirms(self, send: SendConfirm, one_by_one: Callable[[], bool] = lambda: False) -> None:
        """Number the messages published from now on, and confirm each.

        :param one_by_one: whether none are to be confirmed together.
        :raises AMQPError: precondition-failed on a transactional channel.
        """
        if self._transaction is not None:
            raise AMQPError("precondition-failed", "cannot switch from tx to confirm mode")
        if self._confirms is None:
            self._confirms = Confirms(send, self.mailbox.wake, one_by_one)
            self.mailbox.when_read = self._confirms.tell

    def select_tx(self) -> None:
        """Make the channel transactional.

        :raises AMQPError: precondition-failed on a channel that confirms.
        """
        if self._confirms is not None:
            raise AMQPError("precondition-failed", "cannot switch from confirm to tx mode")
        if self._transaction is None:
            self._transaction = Transaction()


def _share_a_session(queues: Sequence[Queue]) -> bool:
    """Whether somebody consumes from several of the queues, on one channel."""
    sessions = [consumer.session for queue in queues for consumer in queue.consumers] if len(queues) > 1 else []
    return len(set(sessions)) < len(sessions)
