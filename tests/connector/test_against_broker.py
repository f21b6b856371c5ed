"""The connector against FakeBroker: in memory and in no time; at the end, over TCP."""

from typing import Any

from twisted.internet.defer import Deferred, inlineCallbacks
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase, TestCase
from txamqp.client import ChannelClosed
from txamqp.content import Content

from connector import (
    AmqpConnector,
    AuthenticationRefused,
    ChannelClosedByBroker,
    ClosedByBroker,
    ConnectionRefused,
    HungUpAtLogin,
    MechanismNotOffered,
    ProtocolMismatch,
    VhostRefused,
)
from connector.spec import VERSIONS, load
from fakebroker import FakeBroker


class InMemory(SynchronousTestCase):
    def setUp(self):
        self.clock = Clock()
        self.broker = FakeBroker(clock=self.clock)
        self.connector = self.make()

    def tearDown(self):
        self.result(self.connector.disconnect())
        self.assertEqual(self.broker.connections, [])
        self.assertEqual(self.clock.getDelayedCalls(), [])

    def make(self, kind: type[AmqpConnector] = AmqpConnector, **options: Any) -> AmqpConnector:
        return kind(endpoint=self.broker.endpoint(), clock=self.clock, **options)

    def result(self, deferred: Deferred[Any]) -> Any:
        self.clock.advance(0)
        return self.successResultOf(deferred)

    def error(self, deferred: Deferred[Any], kind: type[Exception]) -> Any:
        self.clock.advance(0)
        return self.failureResultOf(deferred, kind).value

    def open_channel(self) -> Any:
        self.result(self.connector.connect())
        self.result(self.connector.authenticate())
        return self.result(self.connector.channel_open())

    def test_a_message_goes_round_in_every_version_and_with_every_mechanism(self):
        for version in VERSIONS:
            for mechanism in ("AMQPLAIN", "PLAIN"):
                self.connector = self.make(spec=version, mechanism=mechanism)
                channel = self.open_channel()
                self.result(channel.queue_declare(queue="letters"))
                self.result(channel.basic_consume(queue="letters", no_ack=True, consumer_tag="reader"))
                channel.basic_publish(routing_key="letters", content=Content(version))
                mailbox = self.result(self.connector.connection.queue("reader"))
                self.assertEqual(self.result(mailbox.get()).content.body, version)
                self.result(self.connector.disconnect())

    def test_a_wrong_password(self):
        self.result(self.connector.connect())
        refused = self.error(self.connector.authenticate("guest", "guess"), AuthenticationRefused)
        self.assertEqual(refused.code, 403)
        self.assertIn("Login was refused using authentication mechanism AMQPLAIN", refused.text)

    def test_a_wrong_password_of_a_client_of_old(self):
        """It hears nothing, for as long as RabbitMQ takes, and is hung up on."""
        self.connector.client_properties = {}
        self.result(self.connector.connect())
        authenticating = self.connector.authenticate("guest", "guess")
        self.clock.advance(0)
        self.clock.advance(2.9)
        self.assertNoResult(authenticating)
        self.clock.advance(0.1)
        self.clock.advance(0)
        self.assertIsNone(self.error(authenticating, HungUpAtLogin).code)

    def test_credentials_outside_ascii(self):
        self.broker.users.add("Jürgen", "größe")
        for mechanism in ("AMQPLAIN", "PLAIN"):
            self.connector.mechanism = mechanism
            self.result(self.connector.connect())
            refused = self.error(self.connector.authenticate("Jürgen", "größe"), VhostRefused)
            self.assertIn("refused for user 'Jürgen'", refused.text)

    def test_no_such_vhost(self):
        self.result(self.connector.connect(vhost="nürgends"))
        refused = self.error(self.connector.authenticate(), VhostRefused)
        self.assertEqual((refused.code, refused.text), (530, "NOT_ALLOWED - vhost nürgends not found"))

    def test_another_version(self):
        spec = load("0-8")
        self.addCleanup(setattr, spec, "major", spec.major)
        spec.major = 42
        self.assertEqual(self.error(self.connector.connect(), ProtocolMismatch).header, b"AMQP\x00\x00\x09\x01")

    def test_a_mechanism_that_is_not_offered(self):
        self.broker.broker.mechanisms = ["PLAIN"]
        self.result(self.connector.connect())
        self.assertEqual(self.error(self.connector.authenticate(), MechanismNotOffered).offered, ("PLAIN",))

    def test_a_challenge_of_one_s_own(self):
        class Challenged(AmqpConnector):
            def respond(self, challenge: bytes) -> bytes:
                return f"My password is {self.password}".encode() if challenge else self.user.encode()

        self.broker.broker.mechanisms = ["RABBIT-CR-DEMO"]
        self.connector = self.make(Challenged, mechanism="RABBIT-CR-DEMO")
        self.open_channel()

    def test_a_broker_that_has_stopped(self):
        self.result(self.broker.stop())
        self.error(self.connector.connect(), ConnectionRefused)

    def test_a_broker_that_stops(self):
        channel = self.open_channel()
        self.result(self.broker.stop())
        reason = self.connector.reason
        assert isinstance(reason, ClosedByBroker)
        self.assertEqual(reason.code, 320)
        self.error(self.connector.channel_open(), ClosedByBroker)
        self.assertTrue(channel.closed)

    def test_it_connects_again(self):
        for _ in range(3):
            self.open_channel()
            self.result(self.connector.disconnect())

    def test_a_number_that_is_taken(self):
        self.open_channel()
        self.assertEqual(self.error(self.connector.channel_open(1), ClosedByBroker).code, 504)

    def test_numbers_come_back_when_channels_are_closed(self):
        """By the broker, or by ourselves; what is asked of such a channel fails."""
        first = self.open_channel()
        second = self.result(self.connector.channel_open())
        self.error(second.queue_declare(queue="none", passive=True), ChannelClosed)
        self.result(first.channel_close())
        self.failureResultOf(first.queue_declare(queue="q"), ChannelClosed)
        self.failureResultOf(second.queue_declare(queue="q"), ChannelClosed)
        self.assertEqual(self.result(self.connector.channel_open(2)).id, 2)
        self.assertEqual(self.result(self.connector.channel_open()).id, 1)
        self.result(self.connector.channel.queue_declare(queue="q"))

    def test_channels_without_end(self):
        self.broker.broker.tuning.channel_max = 3
        self.open_channel()
        self.connector.connection.channel_max = 4
        self.result(self.connector.channel_open())
        self.result(self.connector.channel_open())
        refused = self.error(self.connector.channel_open(), ClosedByBroker)
        self.assertEqual(refused.code, 530)
        self.assertNotIsInstance(refused, ChannelClosedByBroker)

    def test_heartbeats_both_ways(self):
        self.connector.heartbeat = 5
        self.open_channel()
        self.clock.pump([1] * 120)
        self.assertEqual(self.connector.cnx.state, "connected")
        self.assertIsNone(self.connector.reason)


class OverTcp(TestCase):
    """What trial watches over here is the reactor: nothing may be left in it."""

    @inlineCallbacks
    def setUp(self) -> Any:  # type: ignore[override]  # trial waits for it
        self.broker = FakeBroker()
        self.port = yield self.broker.listen()
        self.addCleanup(self.broker.stop)
        self.connector = AmqpConnector(port=self.port)

    @inlineCallbacks
    def test_disconnect_fires_when_nothing_is_left(self):
        yield self.connector.connect()
        yield self.connector.authenticate()
        yield self.connector.channel_open()
        yield self.connector.disconnect()

    @inlineCallbacks
    def test_a_failed_login_leaves_nothing(self):
        yield self.connector.connect()
        yield self.assertFailure(self.connector.authenticate("guest", "guess"), AuthenticationRefused)

    @inlineCallbacks
    def test_a_refused_connection_leaves_nothing(self):
        yield self.broker.stop()
        yield self.assertFailure(self.connector.connect(), ConnectionRefused)
        yield self.assertFailure(self.connector.connect("localhost"), ConnectionRefused)
        yield self.connector.cnx.disconnect()

    @inlineCallbacks
    def test_a_broker_that_stops_leaves_nothing(self):
        yield self.connector.connect()
        yield self.connector.authenticate()
        yield self.broker.stop()
        yield self.connector.cnx.disconnect()
