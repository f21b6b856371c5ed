"""The broker's view of a channel: what it consumes, what it has not acknowledged, how it publishes."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from fakebroker.broker.channel.consumer_timeout import AckTimeout
from fakebroker.broker.channel.limiter import Limiter
from fakebroker.broker.channel.mailbox import Mailbox
from fakebroker.broker.channel.port import ChannelPort
from fakebroker.broker.channel.publisher import Publisher
from fakebroker.broker.channel.settlement import Settlement, apply, take
from fakebroker.broker.channel.transaction import Transaction
from fakebroker.broker.message import Message
from fakebroker.broker.queues.arguments import check_consumer_arguments
from fakebroker.broker.queues.consumer import Consumer, Deliveries, Delivery, DirectReply, queues_of
from fakebroker.broker.queues.direct_reply_to import ReplyConsumer
from fakebroker.broker.stats import MessageStats
from fakebroker.errors import AMQPError
from fakebroker.values import Table

if TYPE_CHECKING:
    from fakebroker.broker.queues.classic import Queue


class Session:
    """Made when a channel opens; :meth:`close` when it ends, for whatever reason.

    ``publisher`` takes what the client publishes, ``mailbox`` what queues send; ``limiter`` is the prefetch limit of
    the whole channel; ``transaction`` is None unless the channel is transactional. ``unacked`` are the deliveries that
    the client can settle, by delivery tag.
    """

    def __init__(self, channel: ChannelPort) -> None:
        self.channel = channel
        self.vhost = channel.vhost
        self.counts = MessageStats()
        self.consumers: dict[str, Consumer] = {}
        self.unacked: dict[int, Delivery] = {}
        self.prefetch = 0  # for consumers to come
        self.limiter = Limiter()
        self.mailbox = Mailbox(self)
        self.publisher = Publisher(channel, self.mailbox, self.limiter, self.consumers, self.counts)
        self.transaction: Transaction | None = None
        self._clock = self.vhost.common.clock
        self._next_tag = 1
        self._ack_timeout = AckTimeout(self.vhost.common, channel.number, self.unacked, channel.fail)
        self.reply_consumer: ReplyConsumer | None = None
        self._outstanding: dict[Queue, list[Delivery]] = {}  # what is left of it when the consumers are gone

    def __repr__(self) -> str:
        return (
            f"<Session of channel {self.channel.number}: {len(self.consumers)} consumers, {len(self.unacked)} unacked>"
        )

    @property
    def outstanding(self) -> list[Delivery]:
        """What was delivered and is not settled, that included which is left of it when the consumers are gone."""
        return [*self.unacked.values(), *(each for left in self._outstanding.values() for each in left)]

    # --- consuming

    def consume(
        self,
        queue: Queue,
        deliver: Callable[[Delivery | Deliveries], None],
        cancelled: Callable[[Consumer], None],
        tag: str = "",
        no_ack: bool = False,
        exclusive: bool = False,
        arguments: Table | None = None,
    ) -> Consumer:
        """Subscribe to a queue. What waits there is sent when :meth:`Queue.run` is called: after consume-ok.

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
        """Check that no consumer of this session has the tag.

        :raises AMQPError: not-allowed.
        """
        if tag in self.consumers:
            raise AMQPError("not-allowed", f"attempt to reuse consumer tag '{tag}'")

    def consume_replies(self, deliver: Callable[[Message, str, int], None], tag: str = "", no_ack: bool = True) -> str:
        """Subscribe to the replies to this session's requests (direct reply-to).

        :param deliver: called with each reply, the consumer's tag, and the delivery tag that RabbitMQ gives: the one
            that the next proper delivery will have.
        :return: the consumer's tag.
        :raises AMQPError: not-allowed for a tag in use, precondition-failed when there is a reply consumer already or
            acknowledgements are asked for.
        """
        self.check_tag(tag)
        if not no_ack:
            raise AMQPError("precondition-failed", "reply consumer cannot acknowledge")
        if self.reply_consumer is not None:
            raise AMQPError("precondition-failed", "reply consumer already set")
        tag = tag or self.vhost.common.make_name("amq.ctag-")

        def pass_on(message: Message) -> None:
            self.mailbox.put(DirectReply(message, lambda message: deliver(message, tag, self._next_tag)))

        self.reply_consumer = self.vhost.queues.replies.add(tag, pass_on)
        return tag

    def cancel(self, tag: str, done: Callable[[], None]) -> None:
        """End a subscription; an unknown tag is no error.

        :param done: called when the queue knows of it, or at once when there is none.
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
        """Whether a consumer of this session has the tag, be it that of replies."""
        return tag in self.consumers or (self.reply_consumer is not None and self.reply_consumer.tag == tag)

    def cancel_replies(self, tag: str) -> bool:
        """Whether that is the tag of the consumer of replies, which is then gone."""
        mine = tag not in self.consumers and self.consumes(tag)
        if mine:
            self._drop_replies()
        return mine

    def _drop_replies(self) -> None:
        if self.reply_consumer is not None:
            self.vhost.queues.replies.remove(self.reply_consumer)
            self.reply_consumer = None

    def cancelled(self, consumer: Consumer) -> None:
        """The broker ended a subscription: its queue is gone. The session hears of it behind what the queue has sent
        before; a client that cancels until then is told no more than that (rabbit_channel: consumer_mapping)."""
        self.mailbox.put(lambda: self._end(consumer))

    def _end(self, consumer: Consumer) -> None:
        if self.consumers.get(consumer.tag) is consumer:
            del self.consumers[consumer.tag]
            consumer.cancelled(consumer)

    def fetched(self, queue: Queue, message: Message, no_ack: bool) -> Delivery:
        """The delivery of a message that was asked for by basic.get."""
        delivery = Delivery(self, queue, message, None)
        self._number(delivery, no_ack)
        return delivery

    def deliver(self, delivery: Delivery | Deliveries) -> None:
        """Number what a queue has sent, and pass it on."""
        consumer = delivery.consumer
        assert consumer is not None, "what is fetched needs no passing on"
        if isinstance(delivery, Deliveries):
            self._number_all(delivery)
        else:
            self._number(delivery, consumer.no_ack)
        consumer.deliver(delivery)

    def _number(self, delivery: Delivery, no_ack: bool) -> None:
        """Give it the next delivery tag; it is outstanding until it is settled."""
        tag = delivery.tag = self._next_tag
        self._next_tag = tag + 1
        delivery.at = self._clock.seconds()
        self.counts.delivered(delivery.queue.counts, delivery.consumer is None, no_ack, delivery.redelivered)
        if not no_ack:
            if not self.unacked:
                self._ack_timeout.watch(delivery)
            self.unacked[tag] = delivery

    def _number_all(self, deliveries: Deliveries) -> None:
        """The same for several, which have never been delivered before."""
        deliveries.tag = self._next_tag
        self._next_tag += len(deliveries)
        consumer, now = deliveries.consumer, self._clock.seconds()
        self.counts.delivered(consumer.queue.counts, False, consumer.no_ack, False, len(deliveries))
        for tag, delivery in enumerate(deliveries.each, deliveries.tag):
            delivery.tag = tag
            delivery.at = now
            if not self.unacked:
                self._ack_timeout.watch(delivery)
            self.unacked[tag] = delivery

    # --- acknowledging

    def ack(self, tag: int, multiple: bool = False) -> None:
        """Acknowledge one delivery, or all up to that tag; 0 with ``multiple`` means all there are.

        :raises AMQPError: precondition-failed for a tag that is not outstanding.
        """
        self._settle_or_hold(Settlement.ACK, take(self.unacked, tag, multiple))

    def reject(self, tag: int, multiple: bool = False, requeue: bool = True) -> None:
        """Reject deliveries, which then go back to where they were, or are dropped and dead-lettered.

        :raises AMQPError: precondition-failed for a tag that is not outstanding.
        """
        self._settle_or_hold(Settlement.REQUEUE if requeue else Settlement.DISCARD, take(self.unacked, tag, multiple))

    def recover(self, done: Callable[[], None]) -> None:
        """Requeue all that is outstanding.

        :param done: called before anything is delivered again.
        :raises AMQPError: internal-error when some of it comes from a stream (RabbitMQ 3.10 crashes).
        """
        deliveries = list(self.unacked.values())
        if not all(delivery.queue.recoverable for delivery in deliveries):
            raise AMQPError("internal-error", "", method=(0, 0))
        done()
        self.unacked.clear()
        self.settle(Settlement.REQUEUE, deliveries)

    def _settle_or_hold(self, how: Settlement, deliveries: list[Delivery]) -> None:
        if self.transaction is None:
            self.settle(how, deliveries)
        else:
            self.transaction.settle(how, deliveries)

    def settle(self, how: Settlement, deliveries: list[Delivery]) -> None:
        """Tell the channel's limit, the queues, and then those queues that the limit held up, of settled deliveries."""
        if how is Settlement.ACK:
            self.counts.acknowledged(deliveries)
        released: list[Queue] = []
        if self.limiter.active:
            released = self.limiter.settled(sum(each.consumer is not None for each in deliveries))
        apply(how, deliveries)
        self._resume(released)

    # --- transactions

    def select_tx(self) -> None:
        """Make the channel transactional; once more changes nothing.

        :raises AMQPError: precondition-failed in confirm mode.
        """
        if self.publisher.confirms:
            raise AMQPError("precondition-failed", "cannot switch from confirm to tx mode")
        if self.transaction is None:
            self.transaction = Transaction(self.publisher)

    def commit(self, done: Callable[[], None]) -> None:
        """Hand out what was published, then settle what was settled: :meth:`Transaction.commit`.

        :param done: answers the client.
        :raises AMQPError: precondition-failed when the channel is not transactional.
        """
        for how, deliveries in self._in_transaction().commit(done):
            self.settle(how, sorted(deliveries, key=lambda delivery: delivery.tag))

    def rollback(self) -> None:
        """Forget what was published; what was settled is outstanding again.

        :raises AMQPError: precondition-failed when the channel is not transactional.
        """
        outstanding = [*self.unacked.values(), *self._in_transaction().rollback()]
        self.unacked.clear()
        self.unacked.update((each.tag, each) for each in sorted(outstanding, key=lambda delivery: delivery.tag))

    def _in_transaction(self) -> Transaction:
        if self.transaction is None:
            raise AMQPError("precondition-failed", "channel is not transactional")
        return self.transaction

    # --- prefetch

    def set_prefetch(self, count: int, whole_channel: bool = False) -> None:
        """basic.qos: how many messages may be outstanding, 0 for any number.

        For each consumer that comes after, or for all consumers of the channel together (RabbitMQ's sense of
        ``global``, in every version of the protocol).
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
        """basic.credit: so many more messages may go to a consumer, and no others until it is asked again.

        :param done: called with the number of messages that wait, before any of them is sent.
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
        """Send nothing more for now: the client does not read as fast as it consumes."""
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
        """Cancel the consumers; their queues take back all that is outstanding, other queues when it comes to
        :meth:`close` (RabbitMQ 3.10: rabbit_channel:notify_queues). A transaction is rolled back.

        :param failing: whether the connection ends with this session: slow queues hear of it when it has.
        """
        self._ack_timeout.stop()
        self._drop_replies()
        if self.transaction is not None:
            self.rollback()
        consumed = queues_of(self.consumers.values())
        for delivery in (*self.unacked.values(), *self.mailbox.empty()):
            self._outstanding.setdefault(delivery.queue, []).append(delivery)
        self.consumers.clear()
        self.unacked.clear()
        if failing:
            late = [queue for queue in consumed if queue.slow]
            for queue in late:
                self._outstanding.setdefault(queue, [])
            consumed = [queue for queue in consumed if queue not in late]
        self._give_back(consumed)

    def close(self) -> None:
        """Cancel the consumers and requeue what is outstanding."""
        self.leave()
        self.vhost.counts.add(self.counts)
        self._give_back(list(self._outstanding))

    def _give_back(self, queues: list[Queue]) -> None:
        for queue in queues:
            deliveries = self._outstanding.pop(queue, [])
            if not queue.deleted:
                queue.detach(self, deliveries)
