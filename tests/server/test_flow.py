"""A client that does not read makes the broker hold its messages in the queue, not in a buffer."""

from __future__ import annotations

from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from fakebroker import FakeBroker
from fakebroker.broker.message import Message
from fakebroker.server.protocol import ENOUGH
from fakebroker.wire.command import Content
from tests.rawclient import RawClient

MESSAGES, SIZE = 1000, 1024


class SlowConsumers(SynchronousTestCase):
    def setUp(self) -> None:
        self.clock = Clock()
        self.broker = FakeBroker(clock=self.clock)
        self.addCleanup(self.broker.stop)
        self.queue = self.broker.vhosts["/"].queues.declare("q")
        self.client = RawClient.connect(self.broker, self.clock).open()
        self.client.open_channel(1)

    def publish(self, count: int) -> None:
        for _ in range(count):
            self.queue.publish(Message("", "q", Content.make({}, b"x" * SIZE)))

    def test_what_a_client_does_not_read_stays_in_the_queue(self) -> None:
        self.publish(MESSAGES)
        self.client.transport.pauseProducing()  # type: ignore[union-attr]
        self.client.send("basic.consume", 1, queue="q", no_ack=True)
        delivered = MESSAGES - self.queue.message_count
        self.assertGreater(delivered * SIZE, ENOUGH / 2)
        self.assertLess(delivered * SIZE, 4 * ENOUGH)
        self.publish(1)
        self.clock.advance(60)
        self.assertEqual(MESSAGES + 1 - delivered, self.queue.message_count)

    def test_when_it_reads_again_it_gets_everything_in_order(self) -> None:
        self.client.transport.pauseProducing()  # type: ignore[union-attr]
        self.client.send("basic.consume", 1, queue="q", no_ack=True)
        self.publish(MESSAGES)
        self.client.transport.resumeProducing()  # type: ignore[union-attr]
        self.clock.advance(0)
        self.client.take("basic.consume-ok")
        tags = [event.args.delivery_tag for event in self.client.events]  # type: ignore[union-attr]
        self.assertEqual(list(range(1, MESSAGES + 1)), tags)
        self.assertEqual(0, self.queue.message_count)

    def test_a_client_that_does_not_read_can_still_be_hung_up_on(self) -> None:
        self.client.transport.pauseProducing()  # type: ignore[union-attr]
        self.client.send("basic.consume", 1, queue="q", no_ack=True)
        self.publish(MESSAGES)
        self.successResultOf(self.broker.stop())
        self.assertEqual([], self.clock.getDelayedCalls())
