"""A reset: the same broker, as new."""

from __future__ import annotations

from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from fakebroker import FakeBroker
from fakebroker.faults import Drop, when
from tests.rawclient import RawClient


class Reset(SynchronousTestCase):
    def setUp(self):
        self.clock = Clock()
        self.broker = FakeBroker(clock=self.clock, seed=7)

    def conversation(self) -> str:
        """A client connects and has the broker make up a name."""
        client = RawClient.connect(self.broker, self.clock).open()
        client.open_channel()
        client.send("queue.declare", 1)
        client.hang_up()
        return self.broker.journal.transcript(times=False)

    def test_everything_made_since_the_beginning_is_forgotten(self):
        self.broker.broker.add_vhost("other")
        self.broker.users.add("ann")
        self.broker.set_alarm("disk")
        self.broker.vhosts["/"].queues.declare("jobs")
        self.broker.tuning.heartbeat = 1
        self.broker.faults.add(when("basic.publish"), Drop())
        self.broker.reset()
        self.assertEqual(list(self.broker.vhosts), ["/"])
        self.assertEqual(list(self.broker.users), ["guest"])
        self.assertEqual(self.broker.alarms.raised, ())
        self.assertNotIn("jobs", self.broker.vhosts["/"].queues)
        self.assertEqual(self.broker.tuning.heartbeat, 60)
        self.assertEqual(self.broker.faults.rules, [])

    def test_the_same_conversation_afterwards_has_the_same_transcript(self):
        first = self.conversation()
        self.broker.reset()
        self.assertEqual(self.conversation(), first)

    def test_clients_lose_their_connections_and_what_they_do_then_leaves_no_trace(self):
        client = RawClient.connect(self.broker, self.clock).open()
        self.broker.reset()
        self.clock.advance(0)
        self.assertIsNotNone(client.lost)
        self.assertEqual(self.broker.connections, [])
        self.assertEqual(self.broker.journal.transcript(), FakeBroker(clock=Clock()).journal.transcript())

    def test_an_endpoint_made_before_leads_to_the_broker_still(self):
        endpoint = self.broker.endpoint()
        self.broker.endpoint = lambda tls=None: endpoint  # type: ignore[method-assign]
        self.broker.reset()
        RawClient.connect(self.broker, self.clock).open()
        self.assertEqual(len(self.broker.connections), 1)

    def test_a_broker_that_was_down_is_up(self):
        self.broker.down()
        self.broker.reset()
        RawClient.connect(self.broker, self.clock).open()

    def test_whoever_set_the_broker_up_is_called_to_do_it_again(self):
        def set_up() -> None:
            self.broker.broker.add_vhost("mine")

        self.broker.on_reset.append(set_up)
        self.broker.reset()
        self.assertIn("mine", self.broker.vhosts)
