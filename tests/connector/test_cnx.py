"""The transport's handle: it may be let go of at any time."""

from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.interfaces import IProtocol, IStreamClientEndpoint
from zope.interface import implementer

from connector import CannotConnect, ConnectionLost, TimedOut
from tests.connector.peer import PeerTestCase


@implementer(IStreamClientEndpoint)
class Slow:
    """An endpoint that connects when told to."""

    def __init__(self, endpoint):
        self.endpoint = endpoint
        self.cancelled = False

    def connect(self, protocolFactory):
        self.factory = protocolFactory
        self.attempt: Deferred[IProtocol] = Deferred(lambda _: setattr(self, "cancelled", True))
        return self.attempt

    def go_on(self):
        self.endpoint.connect(self.factory).chainDeferred(self.attempt)


class Handle(PeerTestCase):
    def setUp(self):
        super().setUp()
        self.connector.endpoint = self.slow = Slow(self.endpoint)

    def tearDown(self):
        self.result(self.connector.cnx.disconnect())
        self.assert_nothing_left()

    def test_there_is_one_before_connect(self):
        self.assertEqual(self.connector.cnx.state, "disconnected")
        self.result(self.connector.cnx.disconnect())
        self.result(self.connector.disconnect())

    def test_its_states(self):
        self.connector.connect()
        self.assertEqual(self.connector.cnx.state, "connecting")
        self.slow.go_on()
        self.clock.advance(0)
        self.assertEqual(self.connector.cnx.state, "connected")

    def test_an_attempt_that_takes_too_long_is_cancelled(self):
        late = self.error(self.connector.connect(), TimedOut, after=8)
        self.assertEqual(late.step, "connect")
        self.assertTrue(self.slow.cancelled)

    def test_an_attempt_that_its_owner_cancels(self):
        connecting = self.connector.connect()
        connecting.cancel()
        self.error(connecting, CancelledError)
        self.assertTrue(self.slow.cancelled)

    def test_an_attempt_that_disconnect_ends(self):
        connecting = self.connector.connect()
        self.result(self.connector.cnx.disconnect())
        self.assertEqual(self.error(connecting, ConnectionLost).step, "connect")
        self.assertTrue(self.slow.cancelled)

    def test_a_transport_that_comes_too_late_is_refused(self):
        self.error(self.connector.connect(), TimedOut, after=8)
        self.slow.endpoint.connect(self.slow.factory).addErrback(lambda _: None)
        self.clock.advance(0)
        self.assertEqual(self.connector.cnx.state, "disconnected")
        self.assertEqual(self.factory.peers, [])

    def test_an_endpoint_whose_connection_is_gone_at_once(self):
        connecting = self.connector.connect()
        self.slow.go_on()
        self.peer.transport.abortConnection()
        self.error(connecting, ConnectionLost)

    def test_gone_fires_whoever_closes(self):
        connecting = self.connector.connect()
        self.slow.go_on()
        self.result(connecting)
        gone = self.connector.cnx.gone()
        self.assertNoResult(gone)
        self.peer.transport.loseConnection()
        self.result(gone)

    def test_an_endpoint_with_an_error_of_its_own(self):
        connecting = self.connector.connect()
        self.slow.attempt.errback(OSError("no more sockets"))
        self.assertIn("no more sockets", str(self.error(connecting, CannotConnect)))
