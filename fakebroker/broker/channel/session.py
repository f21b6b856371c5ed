"""A session is what the broker's queues know of a channel (RabbitMQ 3.10: rabbit_channel).

This file is about what the client consumes and settles. What it publishes is in ``publisher``, confirms are in
``confirms``, tx.* is in ``transaction``, the prefetch limit of a whole channel is in ``prefetch``, the order of
settlements in ``settlement``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from fakebroker.broker.channel.delivery_tags import DeliveryTags
from fakebroker.broker.channel.mailbox import Mailbox
from fakebroker.broker.channel.port import ChannelPort
from fakebroker.broker.channel.prefetch import Limiter
from fakebroker.broker.channel.publisher import Publisher
from fakebroker.broker.channel.settlement import Settlement, settle, take_deliveries
from fakebroker.broker.channel.transaction import Transaction
from fakebroker.broker.message import Message
from fakebroker.broker.queues.arguments import check_consumer_arguments
from fakebroker.broker.queues.consumer import Consumer, Delivery, DirectReply, queues_of
from fakebroker.broker.queues.direct_reply_to import ReplySubscription
from fakebroker.broker.scheduling import ChooserPort
from fakebroker.broker.stats import MessageStats
from fakebroker.broker.watcher import MessageWatcher
from fakebroker.errors import AMQPError, crash
from fakebroker.values import Table

if TYPE_CHECKING:
    from fakebroker.broker.queues.base import Queue


class Session:
    """One is made when a channel opens. Call :meth:`close` when the channel ends, for whatever reason.

    ``publisher`` takes what the client publishes. ``mailbox`` holds what queues have sent. ``limiter`` is the prefetch
    limit of the whole channel, ``prefetch`` that of each consumer that subscribes from now on. ``transaction`` is None
    unless the channel is transactional. ``unacked`` has the deliveries that the client may settle, by delivery tag.
    """

    def __init__(self, channel: ChannelPort) -> None:
        self.channel = channel
        self.vhost = channel.vhost
        self.counts = MessageStats()
        self.consumers: dict[str, Consumer] = {}
        self._tags = DeliveryTags(channel, self.counts)
        self.unacked = self._tags.unacked
        self.prefetch = 0
        self.limiter = Limiter()
        self.mailbox = Mailbox(self)
        self.publisher = Publisher(channel, self.mailbox, self.limiter, self.consumers, self.counts)
        self.transaction: Transaction | None = None
        self.replies = ReplySubscription(self.vhost.queues.replies)
        self._outstanding: dict[Queue, list[Delivery]] = {}  # after leave(): what close() gives back

    def __repr__(self) -> str:
        return (
            f"<Session of channel {self.channel.number}: {len(self.consumers)} consumers, {len(self.unacked)} unacked>"
        )

    @property
    def outstanding(self) -> list[Delivery]:
        """The deliveries that are not settled. After :meth:`leave` they are those that :meth:`close` will give back."""
        return [*self.unacked.values(), *(each for left in self._outstanding.values() for each in left)]

    # --- consuming

    def consume(
        self,
        queue: Queue,
        deliver: Callable[[Delivery], None],
        cancelled: Callable[[Consumer], None],
        tag: str = "",
        no_ack: bool = False,
        exclusive: bool = False,
        arguments: Table | None = None,
    ) -> Consumer:
        """Subscribe to a queue. The caller answers the client, and then has the queue send what waits: ``queue.run()``.

        :param deliver: called with each delivery, once it has its delivery tag.
        :param cancelled: called when the broker ends the subscription.
        :param tag: the consumer tag; if it is empty, one is made up.
        :raises AMQPError: not-allowed for a tag in use, access-refused for a queue in exclusive use,
            precondition-failed for wrong arguments.
        """
        self.check_tag(tag)
        tag = tag or self.vhost.common.make_name("amq.ctag-")
        arguments = arguments or {}
        check_consumer_arguments(arguments, queue.type, queue.resource)
        if queue.type != "stream" and not isinstance(arguments.get("x-credit", {}), dict):
            raise queue.crashed()
        consumer = Consumer(self, queue, tag, deliver, cancelled, no_ack, exclusive, self.prefetch, arguments)
        queue.consume(consumer)
        self.consumers[tag] = consumer
        return consumer

    def check_tag(self, tag: str) -> None:
        """Check that the consumer tag is free. (The consumer of direct replies does not count.)

        :raises AMQPError: not-allowed.
        """
        if tag in self.consumers:
            raise AMQPError("not-allowed", f"attempt to reuse consumer tag '{tag}'")

    def consume_replies(self, deliver: Callable[[Message, str, int], None], tag: str = "", no_ack: bool = True) -> str:
        """Subscribe to the replies to this session's requests: direct reply-to.

        :param deliver: called with each reply, the consumer tag, and a delivery tag. As in RabbitMQ, that is the tag
            which the next delivery from a queue will have.
        :return: the consumer's tag.
        :raises AMQPError: not-allowed for a tag in use, precondition-failed when there is a reply consumer already or
            acknowledgements are asked for.
        """
        self.check_tag(tag)

        watcher = self.vhost.common.watcher

        def pass_on(message: Message, tag: str) -> None:
            known = None if watcher is None else watcher.reply(message, self.vhost.name)

            def tell(message: Message) -> None:
                if watcher is not None:
                    watcher.reply_delivered(known, tag)
                deliver(message, tag, self._tags.next)

            self.mailbox.put(DirectReply(message, tell, known))

        return self.replies.begin(pass_on, tag, no_ack)

    def cancel(self, tag: str, done: Callable[[], None]) -> None:
        """basic.cancel: end a subscription. An unknown tag is no error.

        :param done: answers the client. It is called behind the deliveries that the queue has sent before, or at once
            when there is no such consumer or it consumes direct replies.
        """
        if self.cancel_replies(tag):
            done()
            return
        consumer = self.consumers.pop(tag, None)
        if consumer is None:
            done()
        else:
            self.mailbox.put(done)
            if consumer in consumer.queue.consumers:  # else the queue is gone, and the client will not be told
                consumer.queue.cancel(consumer)

    def consumes(self, tag: str) -> bool:
        """Whether a consumer has this tag. It may be the consumer of direct replies."""
        return tag in self.consumers or self.replies.has(tag)

    def cancel_replies(self, tag: str) -> bool:
        """Cancel the consumer of direct replies, if it has this tag.

        :return: whether it had.
        """
        found = tag not in self.consumers and self.replies.has(tag)
        if found:
            self.replies.end()
        return found

    def cancelled(self, consumer: Consumer) -> None:
        """A queue tells that it is gone, and so the subscription has ended.

        The client is told behind what the queue has sent before. If it cancels the consumer before that, it gets the
        answer to its cancel and nothing else (rabbit_channel: consumer_mapping).
        """
        self.mailbox.put(lambda: self._end(consumer))

    def _end(self, consumer: Consumer) -> None:
        if self.consumers.get(consumer.tag) is consumer:
            del self.consumers[consumer.tag]
            consumer.cancelled(consumer)

    def fetched(self, queue: Queue, message: Message, no_ack: bool) -> Delivery:
        """Make the delivery of a message that basic.get takes from a queue. It gets the next delivery tag."""
        delivery = Delivery(self, queue, message, None)
        self._tags.give(delivery, no_ack)
        return delivery

    def deliver(self, delivery: Delivery) -> None:
        """Give the next delivery tag to what a queue has sent, and pass it on to the client."""
        consumer = delivery.consumer
        assert consumer is not None, "basic.get's deliveries do not come through the mailbox"
        self._tags.give(delivery, consumer.no_ack)
        consumer.deliver(delivery)

    def mailbox_read(self) -> None:
        """The mailbox has been read: confirms come behind what was in it."""
        self.publisher.tell_confirms()

    @property
    def has_confirms(self) -> bool:
        """Whether there are confirms that the client has not been told yet."""
        return self.publisher.has_confirms

    def tell_some_confirms(self, chooser: ChooserPort) -> None:
        """Tell the client as many of them as the chooser says, at least one."""
        self.publisher.tell_confirms(chooser)

    # --- acknowledging

    def ack(self, tag: int, multiple: bool = False) -> None:
        """basic.ack.

        :param multiple: also all deliveries before it; with tag 0, all deliveries.
        :raises AMQPError: precondition-failed for a tag that is not outstanding.
        """
        self._settle_or_hold(Settlement.ACK, take_deliveries(self.unacked, tag, multiple))

    def reject(self, tag: int, multiple: bool = False, requeue: bool = True) -> None:
        """basic.reject and basic.nack.

        :param multiple: as in :meth:`ack`.
        :param requeue: whether messages go back to their queues, where they were. If not, they are dropped there, and
            become dead letters if the queue has an exchange for them.
        :raises AMQPError: precondition-failed for a tag that is not outstanding.
        """
        how = Settlement.REQUEUE if requeue else Settlement.DISCARD
        self._settle_or_hold(how, take_deliveries(self.unacked, tag, multiple))

    def recover(self, done: Callable[[], None]) -> None:
        """basic.recover: requeue all that is unacked. That it be asked for with ``requeue`` is the caller's business.

        :param done: answers the client, before anything is delivered again.
        :raises AMQPError: internal-error when a stream has delivered some of it: RabbitMQ 3.10 crashes.
        """
        deliveries = list(self.unacked.values())
        if not all(delivery.queue.recoverable for delivery in deliveries):
            raise crash()
        done()
        self.unacked.clear()
        self.settle(Settlement.REQUEUE, deliveries)

    def _settle_or_hold(self, how: Settlement, deliveries: list[Delivery]) -> None:
        if self.transaction is None:
            self.settle(how, deliveries)
        else:
            self.transaction.settle(how, deliveries)

    def settle(self, how: Settlement, deliveries: list[Delivery]) -> None:
        """Settle deliveries that are not unacked any more, also those of a transaction.

        First the channel's prefetch limit counts them, then their queues hear of them. At last the queues go on that
        had to wait for the limit.
        """
        if how is Settlement.ACK:
            self.counts.acknowledged(deliveries)
        released: list[Queue] = []
        if self.limiter.active:
            released = self.limiter.settled(sum(each.consumer is not None for each in deliveries))
        settle(how, deliveries)
        self._resume(released)

    # --- transactions

    def select_tx(self) -> None:
        """tx.select: make the channel transactional. A second time changes nothing.

        :raises AMQPError: precondition-failed in confirm mode.
        """
        if self.publisher.confirms:
            raise AMQPError("precondition-failed", "cannot switch from confirm to tx mode")
        if self.transaction is None:
            self.transaction = Transaction(self.publisher)

    def commit(self, done: Callable[[], None]) -> None:
        """tx.commit: give the messages to their queues, then settle the deliveries. See :meth:`Transaction.commit`.

        :param done: answers the client.
        :raises AMQPError: precondition-failed when the channel is not transactional.
        """
        for how, deliveries in self._in_transaction().commit(done):
            self.settle(how, sorted(deliveries, key=lambda delivery: delivery.tag))

    def rollback(self) -> None:
        """tx.rollback: forget the messages. The deliveries that were settled are unacked again.

        :raises AMQPError: precondition-failed when the channel is not transactional.
        """
        self._tags.put_back(self._in_transaction().rollback())

    def _in_transaction(self) -> Transaction:
        if self.transaction is None:
            raise AMQPError("precondition-failed", "channel is not transactional")
        return self.transaction

    # --- how much is sent

    def set_prefetch(self, count: int, whole_channel: bool = False) -> None:
        """basic.qos: how many deliveries may be unacked.

        :param count: 0 for any number.
        :param whole_channel: whether the limit is for all consumers of the channel together. If not, it is for each
            consumer that subscribes from now on. It is ``global`` in RabbitMQ's sense, in every version of AMQP.
        """
        was_active = self.limiter.active
        if whole_channel:
            released = self.limiter.set(count, len(self.unacked))
        else:
            self.prefetch = count
            released = self.limiter.set(0, 0)
        if was_active and not self.limiter.active:
            released = queues_of(self.consumers.values())
        self._resume(released)

    def credit(self, tag: str, credit: int, done: Callable[[int], None]) -> Queue:
        """basic.credit: send a consumer this many more messages, and then none until basic.credit comes again.

        :param done: answers the client, with the number of messages that wait. It comes before any of them is sent.
        :return: the consumer's queue.
        :raises AMQPError: precondition-failed for an unknown tag.
        """
        consumer = self.consumers.get(tag)
        if consumer is None:
            raise AMQPError("precondition-failed", f"unknown consumer tag '{tag}'")
        consumer.credit, consumer.credit_flow = credit, True
        count = consumer.queue.message_count
        self.mailbox.put(lambda: done(count))
        consumer.queue.unblock(self)
        return consumer.queue

    def pause(self) -> None:
        """Send nothing for now: the client does not read what was sent before."""
        self.mailbox.paused = True

    def resume(self) -> None:
        """Go on sending."""
        self.mailbox.paused = False
        self.mailbox.wake()

    def _resume(self, queues: Iterable[Queue]) -> None:
        for queue in queues:
            queue.resume(self)

    # --- the end

    def leave(self, failing: bool = False) -> None:
        """Cancel the consumers, and roll a transaction back. The queues that were consumed from take back the unacked.

        Queues of which only basic.get has taken something have to wait for :meth:`close` (RabbitMQ 3.10:
        rabbit_channel:notify_queues).

        :param failing: whether an error is ending the connection. Then slow queues, too, have to wait for close.
        """
        self._tags.close()
        self.replies.end()
        if self.transaction is not None:
            self.rollback()
        consumed = queues_of(self.consumers.values())
        if self.vhost.common.watcher is not None:
            self._tell_lost(self.vhost.common.watcher)
        waiting = self.mailbox.empty()
        for delivery in (*self.unacked.values(), *waiting):
            self._outstanding.setdefault(delivery.queue, []).append(delivery)
        self.consumers.clear()
        self.unacked.clear()
        if failing:
            late = [queue for queue in consumed if queue.slow]
            for queue in late:
                self._outstanding.setdefault(queue, [])
            consumed = [queue for queue in consumed if queue not in late]
        self._give_back(consumed)

    def _tell_lost(self, watcher: MessageWatcher) -> None:
        """What waits in the mailbox and needs no ack is in no queue."""
        for item in self.mailbox.items:
            if isinstance(item, DirectReply):
                watcher.reply_lost(item.known)
            elif isinstance(item, Delivery) and item.consumer is not None and item.consumer.no_ack:
                watcher.lost(item.message, "its channel ended before it was delivered")

    def close(self) -> None:
        """Cancel the consumers, and requeue all that is unacked. The session is not used any more."""
        self.leave()
        self.vhost.counts.add(self.counts)
        self._give_back(list(self._outstanding))

    def _give_back(self, queues: list[Queue]) -> None:
        for queue in queues:
            deliveries = self._outstanding.pop(queue, [])
            if not queue.deleted:
                queue.detach(self, deliveries)
