"""What only rules do to a session: take back a delivery, or end a consumer and take back what its client has not got.

These are functions, not methods: a session without rules has nothing to do with them.
"""

from __future__ import annotations

from collections.abc import Iterable

from fakebroker.broker.channel.session import Session
from fakebroker.broker.channel.settlement import Settlement
from fakebroker.broker.message import Message
from fakebroker.broker.queues.consumer import Delivery


def requeue(session: Session, tag: int) -> None:
    """Put one outstanding delivery back into its queue at once, even if the channel is transactional.

    :param tag: its delivery tag.
    """
    session.settle(Settlement.REQUEUE, [session.unacked.pop(tag)])


def revoke(session: Session, tag: str, unsent: Iterable[tuple[int, Message]]) -> None:
    """Cancel a consumer. Deliveries that have not reached its client go back to the front of the queue.

    :param tag: the consumer's.
    :param unsent: delivery tags and messages of the deliveries that a rule keeps from the client. The messages matter
        only for a consumer that does not acknowledge: nothing else has them any more.
    """
    numbered = list(unsent)
    consumer = session.consumers.pop(tag, None)
    if consumer is None:
        if not session.cancel_replies(tag):
            # The client has cancelled the consumer before; then its deliveries are outstanding still.
            session.settle(Settlement.REQUEUE, _take_out(session, numbered))
        return
    waiting = session.mailbox.take(consumer)
    queue = consumer.queue
    if consumer in queue.consumers:
        queue.cancel(consumer)
    if queue.deleted:
        return
    if consumer.no_ack:
        watcher = session.vhost.common.watcher
        if watcher is not None:
            for number, message in numbered:
                watcher.revived(session.channel.number, number, message)
        queue.restore([*(message for _, message in numbered), *(each.message for each in waiting)])
        queue.run()
        return
    deliveries = _take_out(session, numbered) + waiting
    session.settle(Settlement.REQUEUE if queue.recoverable else Settlement.ACK, deliveries)


def _take_out(session: Session, numbered: Iterable[tuple[int, Message]]) -> list[Delivery]:
    return [session.unacked.pop(number) for number, _ in numbered if number in session.unacked]
