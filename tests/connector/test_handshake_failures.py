"""Whatever a broker does instead of a handshake, the connector says what happened and leaves nothing behind."""

from twisted.internet import error
from twisted.internet.defer import CancelledError, fail
from twisted.internet.interfaces import IStreamClientEndpoint
from zope.interface import implementer

from connector import (
    AuthenticationRefused,
    CannotConnect,
    ClosedByBroker,
    ConnectionLost,
    ConnectionRefused,
    HungUpAtLogin,
    MechanismNotOffered,
    ProtocolError,
    ProtocolMismatch,
    Redirected,
    TimedOut,
    VhostRefused,
    WrongState,
)
from tests.connector.peer import START, TUNE, PeerTestCase, data, frame, hang_up, reset, send, silence


@implementer(IStreamClientEndpoint)
class Failing:
    """An endpoint that cannot connect."""

    def __init__(self, cause):
        self.cause = cause

    def connect(self, protocolFactory):
        return fail(self.cause)


class Connecting(PeerTestCase):
    def tearDown(self):
        self.assert_nothing_left()

    def test_nobody_listens(self):
        self.listening = False
        refused = self.error(self.connector.connect(), ConnectionRefused)
        self.assertEqual(refused.step, "connect")
        self.assertIn("refused", str(refused))
        self.assertIsInstance(refused.__cause__, error.ConnectionRefusedError)

    def test_no_such_host(self):
        self.connector.endpoint = Failing(error.DNSLookupError("no such host"))
        unknown = self.error(self.connector.connect(), CannotConnect)
        self.assertIn("no such host", str(unknown))

    def test_the_operating_system_gives_up(self):
        self.connector.endpoint = Failing(error.TCPTimedOutError())
        self.assertEqual(self.error(self.connector.connect(), TimedOut).step, "connect")

    def test_the_broker_says_nothing(self):
        self.on["header"] = silence
        late = self.error(self.connector.connect(), TimedOut, after=8)
        self.assertEqual((late.step, late.seconds), ("start", 8))
        self.assertEqual(str(late), "no answer within 8 seconds (step: start)")

    def test_the_broker_hangs_up(self):
        self.on["header"] = hang_up
        lost = self.error(self.connector.connect(), ConnectionLost)
        self.assertEqual((lost.step, lost.clean), ("start", True))

    def test_the_broker_resets_the_connection(self):
        self.on["header"] = reset
        lost = self.error(self.connector.connect(), ConnectionLost)
        self.assertEqual((lost.step, lost.clean), ("start", False))

    def test_the_broker_speaks_another_version(self):
        self.on["header"] = data(b"AMQP\x00\x00\x09\x01")
        mismatch = self.error(self.connector.connect(), ProtocolMismatch)
        self.assertEqual(mismatch.header, b"AMQP\x00\x00\x09\x01")
        self.assertIn("AMQP 0 0 9 1", str(mismatch))

    def test_the_other_version_comes_in_pieces(self):
        def answer(peer):
            for octet in b"AMQP\x00\x00\x09\x01":
                peer.transport.write(bytes([octet]))

        self.on["header"] = answer
        self.assertEqual(self.error(self.connector.connect(), ProtocolMismatch).header, b"AMQP\x00\x00\x09\x01")

    def test_the_other_version_is_cut_short(self):
        def answer(peer):
            peer.transport.write(b"AMQP\x00")
            peer.transport.loseConnection()

        self.on["header"] = answer
        self.error(self.connector.connect(), ConnectionLost)

    def test_it_is_no_broker(self):
        self.on["header"] = data(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        wrong = self.error(self.connector.connect(), ProtocolError)
        self.assertEqual(wrong.step, "start")
        self.assertIn("HTTP/1.1 400", str(wrong))

    def test_the_first_frame_is_broken(self):
        self.on["header"] = data(b"\x01\x00\x00\x00\x00\x00\x04\x00\x0a\x00\x0a\xce")  # start without its arguments
        wrong = self.error(self.connector.connect(), ProtocolError)
        self.assertIsNotNone(wrong.__cause__)

    def test_the_first_frame_does_not_end_where_it_should(self):
        self.on["header"] = data(frame("connection.start", 0)[:-1] + b"\x00")
        self.assertIn("frame error", str(self.error(self.connector.connect(), ProtocolError)))

    def test_the_first_frame_is_endless(self):
        self.on["header"] = data(b"\x01\x00\x00\xff\xff\xff\xff" + bytes(5000))
        self.assertIn("4096 are the limit", str(self.error(self.connector.connect(), ProtocolError)))

    def test_a_body_comes_before_any_method(self):
        self.on["header"] = lambda peer: peer.transport.write(
            b"\x01\x00\x00\x00\x00\x00\x04\x00\x0a\x00\x0b\xce\x03\x00\x00\x00\x00\x00\x01x\xce"
        )
        self.error(self.connector.connect(), ProtocolError)

    def test_the_broker_closes_the_connection(self):
        self.on["header"] = send("connection.close", reply_code=541, reply_text="INTERNAL_ERROR")
        closed = self.error(self.connector.connect(), ClosedByBroker)
        self.assertEqual((closed.code, closed.text, closed.step), (541, "INTERNAL_ERROR", "start"))
        self.assertEqual(self.peer.names, ["connection.close-ok"])

    def test_its_owner_cancels_the_attempt(self):
        self.on["header"] = silence
        connecting = self.connector.connect()
        self.clock.advance(0)
        connecting.cancel()
        self.error(connecting, CancelledError)

    def test_disconnect_ends_the_attempt(self):
        self.on["header"] = silence
        connecting = self.connector.connect()
        self.clock.advance(0)
        self.result(self.connector.disconnect())
        lost = self.error(connecting, ConnectionLost)
        self.assertIn("this side disconnected", str(lost))

    def test_it_works_the_next_time(self):
        self.on["header"] = silence
        self.error(self.connector.connect(), TimedOut, after=8)
        self.on["header"] = START
        self.log_in()
        self.result(self.connector.disconnect())

    def test_a_second_connect_is_refused(self):
        self.connect()
        self.error(self.connector.connect(), WrongState)
        self.result(self.connector.disconnect())

    def test_a_spec_that_is_nowhere_is_said_so(self):
        self.error(self.connector.connect(spec="nowhere/amqp.xml"), FileNotFoundError)


class Authenticating(PeerTestCase):
    def setUp(self):
        super().setUp()
        self.connect()

    def tearDown(self):
        self.assert_nothing_left()

    def refuse(self, kind, after=0):
        return self.error(self.connector.authenticate(), kind, after)

    def test_the_broker_says_no(self):
        self.on["connection.start-ok"] = send(
            "connection.close", reply_code=403, reply_text="ACCESS_REFUSED - Login was refused"
        )
        refused = self.refuse(AuthenticationRefused)
        self.assertEqual((refused.code, refused.text), (403, "ACCESS_REFUSED - Login was refused"))
        self.assertEqual(self.peer.names[-1], "connection.close-ok")

    def test_the_broker_hangs_up_without_a_word(self):
        self.on["connection.start-ok"] = hang_up
        refused = self.refuse(HungUpAtLogin)
        self.assertIsInstance(refused, AuthenticationRefused)
        self.assertIsInstance(refused, ConnectionLost)
        self.assertEqual((refused.code, refused.clean, refused.step), (None, True, "tune"))

    def test_the_broker_resets_the_connection(self):
        """As RabbitMQ 3.10 refuses credentials; nobody could tell it from a network that fails just then."""
        self.on["connection.start-ok"] = reset
        self.assertFalse(self.refuse(HungUpAtLogin).clean)

    def test_the_broker_closes_for_another_reason(self):
        self.on["connection.start-ok"] = send("connection.close", reply_code=504, class_id=10, method_id=11)
        closed = self.refuse(ClosedByBroker)
        self.assertEqual((closed.code, closed.class_id, closed.method_id), (504, 10, 11))

    def test_the_broker_hung_up_before(self):
        self.peer.transport.loseConnection()
        self.clock.advance(0)
        lost = self.refuse(ConnectionLost)
        self.assertEqual(lost.step, "start")

    def test_the_mechanism_is_not_offered(self):
        self.result(self.connector.disconnect())
        self.on["header"] = send("connection.start", mechanisms="EXTERNAL PLAIN")
        self.connect()
        refused = self.refuse(MechanismNotOffered)
        self.assertEqual(refused.offered, ("EXTERNAL", "PLAIN"))
        self.assertEqual(self.peer.names, [])

    def test_the_mechanism_is_unknown_here(self):
        self.connector.mechanism = "EXTERNAL"
        self.refuse(ValueError)
        self.result(self.connector.disconnect())

    def test_no_answer_to_the_credentials(self):
        self.on["connection.start-ok"] = silence
        self.assertEqual(self.refuse(TimedOut, after=8).step, "tune")

    def test_challenges_without_end(self):
        self.on["connection.start-ok"] = self.on["connection.secure-ok"] = self.later(
            1, send("connection.secure", challenge="again")
        )
        authenticating = self.connector.authenticate()
        self.clock.pump([1] * 8)
        self.assertEqual(self.error(authenticating, TimedOut).step, "tune")
        self.clock.advance(1)  # the peer's last challenge, to nobody

    def test_no_answer_to_open(self):
        self.on["connection.open"] = silence
        self.assertEqual(self.refuse(TimedOut, after=8).step, "open")

    def test_the_broker_hangs_up_at_open(self):
        self.on["connection.open"] = hang_up
        lost = self.refuse(ConnectionLost)
        self.assertEqual((lost.step, lost.clean), ("open", True))

    def test_the_broker_resets_the_connection_at_open(self):
        self.on["connection.open"] = reset
        self.assertFalse(self.refuse(ConnectionLost).clean)

    def test_no_such_vhost(self):
        self.on["connection.open"] = send(
            "connection.close", reply_code=530, reply_text="NOT_ALLOWED - vhost / not found", class_id=10, method_id=40
        )
        refused = self.refuse(VhostRefused)
        self.assertEqual((refused.code, refused.class_id, refused.method_id), (530, 10, 40))
        self.assertIn("vhost / not found", str(refused))

    def test_other_codes_for_a_refused_vhost(self):
        for code in (402, 403):
            self.result(self.connector.disconnect())
            self.on["connection.open"] = send("connection.close", reply_code=code)
            self.connect()
            self.assertEqual(self.refuse(VhostRefused).code, code)

    def test_a_broken_vhost_is_another_matter(self):
        self.on["connection.open"] = send("connection.close", reply_code=541, reply_text="INTERNAL_ERROR")
        self.refuse(ClosedByBroker)

    def test_the_broker_sends_us_elsewhere(self):
        self.on["connection.open"] = send("connection.redirect", host="there:5673", known_hosts="a:1,b:2")
        sent = self.refuse(Redirected)
        self.assertEqual((sent.host, sent.port, sent.known_hosts), ("there", 5673, "a:1,b:2"))

    def test_garbage_in_place_of_open_ok(self):
        self.on["connection.open"] = data(b"\x01\x00\x00\x00\x00\x00\x04\x00\x63\x00\x63\xce")
        self.assertEqual(self.refuse(ProtocolError).step, "open")

    def test_another_answer_in_place_of_open_ok(self):
        self.on["connection.open"] = send("connection.close-ok")
        self.assertIn("close-ok", str(self.refuse(ProtocolError)))

    def test_a_second_tune(self):
        self.on["connection.open"] = TUNE
        self.refuse(ProtocolError)

    def test_a_method_of_channels_on_the_connection_s_own(self):
        self.on["connection.open"] = send("channel.alert")
        self.assertIn("the broker sent channel.alert on channel 0", str(self.refuse(ProtocolError)))

    def test_authenticate_before_connect(self):
        self.result(self.connector.disconnect())
        self.connector = self.make()
        self.refuse(WrongState)

    def test_authenticate_twice(self):
        self.result(self.connector.authenticate())
        self.refuse(WrongState)
        self.result(self.connector.disconnect())

    def test_authenticate_after_disconnect(self):
        self.result(self.connector.disconnect())
        self.refuse(ConnectionLost)

    def test_disconnect_ends_the_attempt(self):
        self.on["connection.start-ok"] = silence
        authenticating = self.connector.authenticate()
        self.clock.advance(0)
        self.result(self.connector.disconnect())
        self.error(authenticating, ConnectionLost)
        self.assertEqual(self.peer.names, ["connection.start-ok"])

    def test_its_owner_cancels_the_attempt(self):
        self.on["connection.start-ok"] = silence
        authenticating = self.connector.authenticate()
        self.clock.advance(0)
        authenticating.cancel()
        self.error(authenticating, CancelledError)
