"""The tests with which the connector began, as the article of 2009 wrote them: nothing in them knows of a fake."""

# mypy: disable-error-code="override, assignment"
# (trial waits for what setUp and tearDown return)

from twisted.internet.defer import inlineCallbacks
from twisted.trial import unittest

from connector import AmqpConnector
from fakebroker import FakeBroker


class AmqpConnectorTest(unittest.TestCase):
    @inlineCallbacks
    def setUp(self):
        self.broker = FakeBroker()
        yield self.broker.listen()
        self.addCleanup(self.broker.stop)
        self.connector = AmqpConnector()
        self.connector.port = self.broker.port

    @inlineCallbacks
    def tearDown(self):
        yield self.connector.cnx.disconnect()

    def test_connector_init(self):
        connector = AmqpConnector()
        self.assertEqual(
            (connector.port, connector.user, connector.password, connector.vhost), (5672, "guest", "guest", "/")
        )

    @inlineCallbacks
    def test_connect(self):
        yield self.connector.connect()
        self.assertTrue(self.connector.cnx)
        self.assertTrue(self.connector.connection)

    @inlineCallbacks
    def test_connect_with_arguments(self):
        yield self.connector.connect("localhost", self.broker.port, self.connector.spec, "/")
        self.assertTrue(self.connector.connection)

    @inlineCallbacks
    def test_connect_with_the_article_s_spec(self):
        """The article's path was relative to trial's _trial_temp."""
        yield self.connector.connect(self.connector.host, self.broker.port, "../amqp0-8.xml", "/")
        self.assertTrue(self.connector.connection)

    @inlineCallbacks
    def test_authenticate(self):
        yield self.connector.connect()
        yield self.connector.authenticate("guest", "guest")
        self.assertTrue(self.connector.connection)

    @inlineCallbacks
    def test_channel_open(self):
        yield self.connector.connect()
        yield self.connector.authenticate()
        yield self.connector.channel_open()
        self.assertTrue(self.connector.channel)
