"""Batches: messages that are published alike pass the broker as one.

**What is alike.** A publisher mostly sends the same command over and over, with another body each time. Commands that
follow each other on one channel with the same arguments and the same properties are a batch, if each body fits into
one frame. The reader sees it in the bytes (:mod:`fakebroker.wire.batch`).

**When the outcome of one is the outcome of all.** Where a message goes, and what becomes of it there, depends on its
arguments, on its properties and on the state of the broker. All that counts of its body is the length. So what the
broker finds out for the first message holds for all of the batch, except where

- somebody looks at each message: a rule does, and the firehose; an alarm stops the reading at the first one;
- a check fails, which closes the channel in the middle of the batch;
- the client is told something because of each message: it is returned, it is confirmed before it is delivered to the
  same channel, or it goes to a consumer of direct replies;
- a transaction holds the messages until tx.commit;
- a queue treats each message by itself: it has a length limit or a TTL, the message has an expiration, or the queue is
  a stream.

:func:`publication` asks all this before anything is done. No other place asks it.

**How a batch passes.** The broker does once for all messages what it would do for each. A queue keeps them as one, and
a consumer gets them as one (:mod:`fakebroker.broker.queues.message_batch`). Its channel sends them as one batch of
commands, and the journal adds one entry. Nobody can tell the difference: ``tests/test_alike.py`` compares all that can
be seen.

**Where a batch is unbatched again.**

- In the reader, when it may not pass as one: its commands are yielded again, one by one (``Reader.put_back``).
- On the way to the queues, as long as somebody could see a difference in the order (:func:`_order_shows`).
- On the way to a consumer: it gets as many as it may before it is the turn of another one (``take_batch``).
- In the queue: basic.get takes a single message, and what is dead-lettered or comes back is single.
- In a channel's mailbox, when somebody looks at each message by now.
- Where each message counts: in the firehose, among the unacked deliveries, and for whoever reads the journal.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from fakebroker.broker.channel.publisher import Publisher
from fakebroker.broker.message import Message
from fakebroker.broker.queues.base import Queue
from fakebroker.broker.queues.message_batch import MessageBatch
from fakebroker.broker.queues.ready import Ready
from fakebroker.errors import AMQPError


def publication(
    publisher: Publisher, make: Callable[[], Message], bodies: Sequence[bytes], mandatory: bool
) -> Callable[[], None] | None:
    """A function that publishes a batch as one. None where somebody could tell the difference; nothing is done then.

    :param make: makes the message that stands for all. It raises AMQPError when a check fails.
    :param bodies: those of all messages.
    """
    if publisher.channel.unbatched or publisher.vhost.tracing or publisher.uncommitted is not None:
        return None
    try:
        message = make()
    except AMQPError:
        return None
    if message.more_keys and not message.exchange:
        return None  # among the keys may be addresses of direct replies
    queues = publisher.vhost.route(message)
    if not queues or publisher.confirm_goes_ahead(message, queues):
        return None
    places = [place for queue in queues if (place := queue.place_for_batch(message)) is not None]
    if len(places) < len(queues):
        return None
    return partial(_publish, publisher, MessageBatch(message, bodies), queues, places, mandatory)


def _publish(
    publisher: Publisher, batch: MessageBatch, queues: Sequence[Queue], places: Sequence[Ready], mandatory: bool
) -> None:
    while batch and _order_shows(queues, publisher.confirms):
        message = batch.take(1)[0]
        for queue in queues:
            queue.publish(message.copy(), publisher)
        publisher.taken(message, queues, mandatory, 1)
    if not batch:
        return
    count = len(batch)
    for queue, place in zip(queues, places, strict=True):
        place.append_batch(batch.copy())
        if queue.message_count == count:  # nobody waits before them
            queue.run()
    publisher.taken(batch.first, queues, mandatory, count)


def _order_shows(queues: Sequence[Queue], confirms: bool) -> bool:
    """Whether the next message has to go to all queues, and be confirmed, before the one behind it.

    A channel that consumes from several queues sees each message from all of them before the next one. And mailboxes
    are read in the order in which something came into each; confirms are told with the publisher's. It does not matter
    for a queue in which messages wait, as no consumer gets anything from it, nor for a mailbox that is due already.
    """
    takers = [each for queue in queues if not queue.message_count and (each := queue.consumers.takers)]
    sessions = [session for each in takers for session in each]
    if len(sessions) < 2 or (len(takers) < 2 and not confirms):
        return False
    return len(set(sessions)) < len(sessions) or not all(session.mailbox.due for session in sessions)
