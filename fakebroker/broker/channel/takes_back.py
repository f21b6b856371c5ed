"""What rules have a session do: give back what it has delivered, lose a consumer."""

from __future__ import annotations

from collections.abc import Iterable

from fakebroker.broker.channel.mailbox import Mailbox
from fakebroker.broker.channel.settlement import Settlement
from fakebroker.broker.message import Message
from fakebroker.broker.queues.consumer import Consumer, Delivery


class TakesBack:
    """The part of a session that only rules know."""

    consumers: dict[str, Consumer]
    mailbox: Mailbox
    unacked: dict[int, Delivery]

    def _finish(self, how: Settlement, deliveries: list[Delivery]) -> None:
        raise NotImplementedError

    def _ends_replies(self, tag: str) -> bool:
        raise NotImplementedError

    def requeue(self, tag: int) -> None:
        """Take back one delivery that is outstanding, whether the session is in a transaction or not."""
        self._finish(Settlement.REQUEUE, [self.unacked.pop(tag)])

    def revoke(self, tag: str, unsent: Iterable[tuple[int, Message]]) -> None:
        """Cancel a consumer; deliveries that have not reached its client go back to the front of the queue.

        :param unsent: their delivery tags, and the messages for a consumer that does not acknowledge.
        """
        numbered = list(unsent)
        consumer = self.consumers.pop(tag, None)
        if consumer is None:
            if not self._ends_replies(tag):
                # The consumer has gone before; its queue would have waited for these.
                self._finish(Settlement.REQUEUE, self._pop(numbered))
            return
        waiting = self.mailbox.take(consumer)
        queue = consumer.queue
        if consumer in queue.consumers:
            queue.cancel(consumer)
        if queue.deleted:
            return
        if consumer.no_ack:
            queue.restore([*(message for _, message in numbered), *(each.message for each in waiting)])
            queue.run()
            return
        deliveries = self._pop(numbered) + waiting
        self._finish(Settlement.REQUEUE if queue.recoverable else Settlement.ACK, deliveries)

    def _pop(self, numbered: Iterable[tuple[int, Message]]) -> list[Delivery]:
        return [self.unacked.pop(number) for number, _ in numbered if number in self.unacked]
