"""What rules ask of a connection's channels, and what they have them do."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING

from fakebroker.amqp.channel import Channel
from fakebroker.broker.channel import rule_take_back
from fakebroker.broker.channel.session import Session
from fakebroker.broker.message import Message
from fakebroker.wire.command import Command

if TYPE_CHECKING:
    from fakebroker.wire.methods import BasicDeliver


class RuleAccess:
    """What rules may know of the channels of a connection, and what they have them do.

    A channel that is not open has no consumers and no deliveries, and nothing is done to it.
    """

    def __init__(self, channels: Mapping[int, Channel]) -> None:
        self._channels = channels

    def consumer(self, channel: int, tag: str) -> tuple[str, bool] | None:
        """The queue of a consumer, and whether it is consumed without acks. None when there is no such consumer."""
        session = self._session(channel)
        consumer = None if session is None else session.consumers.get(tag)
        return None if consumer is None else (consumer.queue.name, consumer.no_ack)

    def consumes(self, channel: int, tag: str) -> bool:
        """Whether there is such a consumer. One of direct replies counts too."""
        session = self._session(channel)
        return session is not None and session.consumes(tag)

    def gives_back(self, channel: int, tag: str) -> bool:
        """Whether a delivery to this consumer can go back to its queue.

        It can not without acks, since nothing is kept for it then, nor to a stream, which keeps all it has anyhow.
        """
        session = self._session(channel)
        consumer = None if session is None else session.consumers.get(tag)
        return consumer is not None and not consumer.no_ack and consumer.queue.recoverable

    def outstanding(self, channel: int) -> Collection[int]:
        """The tags of the deliveries on a channel that are not yet acknowledged, in their order."""
        session = self._session(channel)
        return () if session is None else session.unacked

    def transactional(self, channel: int) -> bool:
        """Whether a channel is transactional: its acks wait for the commit."""
        session = self._session(channel)
        return session is not None and session.transaction is not None

    def requeue(self, channel: int, tag: int) -> None:
        """Put a delivery back into its queue."""
        session = self._session(channel)
        if session is not None:
            rule_take_back.requeue(session, tag)

    def revoke(self, channel: int, tag: str, unsent: Sequence[Command[BasicDeliver]]) -> None:
        """Cancel a consumer. Its deliveries that are still unsent go back to the queue."""
        session = self._session(channel)
        if session is not None:
            rule_take_back.revoke(session, tag, [(each.args.delivery_tag, _message(each)) for each in unsent])

    def published(self, channel: int) -> int | None:
        """How many messages have been published on a channel in confirm mode; None for any other channel."""
        session = self._session(channel)
        return None if session is None else session.publisher.published

    def number_publish(self, channel: int, number: int) -> None:
        """Give the next publish the number by which the client knows it; 0 where the client has not sent it."""
        session = self._session(channel)
        if session is not None:
            session.publisher.number_publish(number)

    def _session(self, channel: int) -> Session | None:
        found = self._channels.get(channel)
        return None if found is None or not found.is_running else found.session


def _message(delivery: Command[BasicDeliver]) -> Message:
    assert delivery.content is not None, "a delivery carries content"
    args = delivery.args
    message = Message(args.exchange, args.routing_key, delivery.content)
    message.redelivered = args.redelivered
    return message
