"""An open connection: channels, its end by either side, heartbeats."""

from txamqp.client import Closed
from txamqp.queue import Closed as QueueClosed

from connector import (
    ChannelClosedByBroker,
    ClosedByBroker,
    ConnectionLost,
    ProtocolError,
    TimedOut,
    Timeouts,
    WrongState,
)
from tests.connector.peer import PeerTestCase, data, frame, hang_up, reset, send, silence


class Channels(PeerTestCase):
    def setUp(self):
        super().setUp()
        self.log_in()

    def tearDown(self):
        self.result(self.connector.disconnect())
        self.assert_nothing_left()

    def test_each_call_opens_another_one(self):
        first, second = self.result(self.connector.channel_open()), self.result(self.connector.channel_open())
        self.assertEqual((first.id, second.id), (1, 2))
        self.assertIs(self.connector.channel, second)

    def test_a_number_may_be_chosen(self):
        self.assertEqual(self.result(self.connector.channel_open(7)).id, 7)

    def test_the_broker_refuses_it(self):
        self.on["channel.open"] = send("channel.close", reply_code=506, reply_text="no memory")
        refused = self.error(self.connector.channel_open(), ChannelClosedByBroker)
        self.assertEqual((refused.code, refused.text), (506, "no memory"))
        self.assertEqual(self.peer.names[-1], "channel.close-ok")
        self.assertEqual(self.connector.cnx.state, "connected")

    def test_the_number_of_a_refused_one_is_used_again(self):
        self.on["channel.open"] = send("channel.close", reply_code=506)
        self.error(self.connector.channel_open(), ChannelClosedByBroker)
        self.on["channel.open"] = send("channel.open-ok")
        self.assertEqual(self.result(self.connector.channel_open()).id, 1)

    def test_the_broker_closes_the_connection_instead(self):
        self.on["channel.open"] = data(frame("connection.close", 0, reply_code=530, reply_text="NOT_ALLOWED"))
        closed = self.error(self.connector.channel_open(), ClosedByBroker)
        self.assertEqual((closed.code, closed.step), (530, "channel_open"))

    def test_no_answer_leaves_the_connection_as_it_is(self):
        self.on["channel.open"] = silence
        self.assertEqual(self.error(self.connector.channel_open(), TimedOut, after=8).step, "channel_open")
        self.on["channel.open"] = send("channel.open-ok")
        self.assertEqual(self.result(self.connector.channel_open()).id, 2)

    def test_the_connection_is_lost(self):
        self.on["channel.open"] = reset
        self.assertFalse(self.error(self.connector.channel_open(), ConnectionLost).clean)

    def test_garbage_instead(self):
        self.on["channel.open"] = data(b"\x07\x00\x00\x00\x00\x00\x00\xce")
        self.error(self.connector.channel_open(), ProtocolError)

    def test_before_authenticate(self):
        self.result(self.connector.disconnect())
        self.connect()
        self.error(self.connector.channel_open(), WrongState)

    def test_no_more_than_agreed(self):
        self.result(self.connector.disconnect())
        self.on["connection.start-ok"] = send("connection.tune", channel_max=1)
        self.log_in()
        self.result(self.connector.channel_open())
        self.error(self.connector.channel_open(), WrongState)


class Ends(PeerTestCase):
    def setUp(self):
        super().setUp()
        self.log_in()
        self.result(self.connector.channel_open())

    def tearDown(self):
        self.assert_nothing_left()

    def test_disconnect_takes_leave(self):
        self.result(self.connector.disconnect(320, "going home"))
        name, message = self.peer.received[-1]
        self.assertEqual((name, message.reply_code, message.reply_text), ("connection.close", 320, "going home"))
        self.assertEqual(self.peer.lost, "ConnectionDone")

    def test_disconnect_fires_when_the_transport_is_gone(self):
        leaving = self.connector.disconnect()
        self.assertNoResult(leaving)
        self.result(leaving)
        self.assertEqual(self.connector.cnx.state, "disconnected")

    def test_disconnect_twice_at_once(self):
        self.on["connection.close"] = self.later(1, send("connection.close-ok"))
        leaving, again = self.connector.disconnect(), self.connector.disconnect()
        self.clock.advance(0)
        self.assertNoResult(again)
        self.clock.advance(1)
        self.result(leaving)
        self.result(again)
        self.result(self.connector.disconnect())
        self.assertEqual(self.peer.names.count("connection.close"), 1)

    def test_a_broker_that_does_not_take_leave(self):
        self.on["connection.close"] = silence
        late = self.error(self.connector.disconnect(), TimedOut, after=5)
        self.assertEqual(late.step, "close")
        self.assertEqual(self.peer.lost, "ConnectionLost")

    def test_a_broker_that_goes_first(self):
        self.on["connection.close"] = hang_up
        self.result(self.connector.disconnect())

    def test_a_broker_that_answers_nonsense(self):
        self.on["connection.close"] = data(b"nonsense")
        self.result(self.connector.disconnect())

    def test_cnx_disconnect_just_hangs_up(self):
        self.result(self.connector.cnx.disconnect())
        self.assertNotIn("connection.close", self.peer.names)
        self.assertEqual(self.peer.lost, "ConnectionDone")

    def test_a_transport_that_does_not_close_is_aborted(self):
        self.connector.connection.transport.loseConnection = lambda: None
        leaving = self.connector.cnx.disconnect()
        self.clock.advance(5)
        self.result(leaving)

    def test_whatever_waits_is_told(self):
        declaring = self.connector.channel.queue_declare(queue="q")
        delivery = self.result(self.connector.connection.queue("tag")).get()
        returned = self.connector.connection.basic_return_queue.get()
        self.result(self.connector.disconnect())
        self.failureResultOf(declaring, Closed)
        self.failureResultOf(delivery, QueueClosed)
        self.failureResultOf(returned, QueueClosed)

    def test_what_is_asked_afterwards_is_told_too(self):
        channel = self.connector.channel
        self.result(self.connector.disconnect())
        self.failureResultOf(channel.queue_declare(queue="q"), Closed)
        fresh = self.result(self.connector.connection.channel(9))
        self.failureResultOf(fresh.channel_open(), Closed)

    def test_the_reason_is_known(self):
        self.assertIsNone(self.connector.reason)
        closing = frame("connection.close", 0, reply_code=320, reply_text="CONNECTION_FORCED - shutdown")
        self.peer.transport.write(closing)
        self.clock.advance(0)
        reason = self.connector.reason
        assert isinstance(reason, ClosedByBroker)
        self.assertEqual((reason.code, reason.step), (320, None))
        self.assertEqual(self.peer.names[-1], "connection.close-ok")

    def test_the_reason_is_the_first_one(self):
        self.peer.transport.write(b"nonsense")
        self.clock.advance(0)
        self.assertIsInstance(self.connector.reason, ProtocolError)

    def test_a_consumer_that_the_broker_cancels(self):
        delivery = self.result(self.connector.connection.queue("tag")).get()
        self.peer.transport.write(frame("basic.cancel", 1, consumer_tag="tag"))
        self.clock.advance(0)
        self.failureResultOf(delivery, QueueClosed)
        self.assertEqual(self.connector.cnx.state, "connected")
        self.result(self.connector.disconnect())

    def test_a_channel_that_the_broker_closes(self):
        declaring = self.connector.channel.queue_declare(queue="q", passive=True)
        self.peer.transport.write(frame("channel.close", 1, reply_code=404, reply_text="NOT_FOUND"))
        self.clock.advance(0)
        self.failureResultOf(declaring, Closed)
        self.assertEqual(self.result(self.connector.channel_open()).id, 1)
        self.result(self.connector.disconnect())

    def test_no_limit_on_a_step(self):
        self.result(self.connector.disconnect())
        self.connector = self.make(timeouts=Timeouts(start=None))
        self.on["header"] = silence
        connecting = self.connector.connect()
        self.clock.advance(3600)
        self.assertNoResult(connecting)
        self.peer.transport.loseConnection()
        self.error(connecting, ConnectionLost)


class Heartbeats(PeerTestCase):
    def setUp(self):
        super().setUp()
        self.connector = self.make(heartbeat=10)

    def tearDown(self):
        self.assert_nothing_left()

    def pass_seconds(self, seconds: int) -> None:
        self.clock.pump([1] * seconds)

    def beat(self) -> None:
        self.peer.transport.write(b"\x08\x00\x00\x00\x00\x00\x00\xce")

    def test_they_are_sent(self):
        self.log_in()
        self.pass_seconds(25)
        self.assertEqual(self.peer.names[-2:], ["heartbeat", "heartbeat"])
        self.result(self.connector.disconnect())

    def test_the_interval_is_the_client_s(self):
        self.log_in()
        self.assertEqual(dict(self.peer.received)["connection.tune-ok"].heartbeat, 10)
        self.result(self.connector.disconnect())

    def test_a_silent_broker_is_given_up(self):
        self.log_in()
        self.pass_seconds(30)
        self.assertEqual(str(self.connector.reason), "the broker sent nothing for 30 seconds")
        self.assertEqual(self.peer.lost, "ConnectionLost")

    def test_a_broker_that_beats_is_not(self):
        self.log_in()
        for _ in range(6):
            self.beat()
            self.pass_seconds(10)
        self.assertEqual(self.connector.cnx.state, "connected")
        self.result(self.connector.disconnect())

    def test_none_during_the_handshake(self):
        self.on["header"] = silence
        self.error(self.connector.connect(), TimedOut, after=8)

    def test_none_when_nobody_listens(self):
        self.listening = False
        self.connector.connect().addErrback(lambda _: None)

    def test_none_after_the_end(self):
        self.log_in()
        client = self.connector.connection
        self.result(self.connector.disconnect())
        client.outgoing.put(client._unpack_frame(frame("channel.flow", 1)))
