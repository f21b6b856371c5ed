"""A running connection: closes both ways, wrong methods, heartbeats, alarms, channels."""

from __future__ import annotations

from fakebroker.wire.command import Content
from fakebroker.wire.writer import encode
from tests.amqp.test_handshake import HandshakeCase
from tests.rawclient import RawClient


class RunningCase(HandshakeCase):
    def setUp(self) -> None:
        super().setUp()
        self.client.open()


class ClosingConnections(RunningCase):
    def test_a_clients_close_is_answered_and_the_socket_left_to_the_client(self) -> None:
        self.client.send("connection.close", reply_code=200, reply_text="bye")
        self.client.take("connection.close-ok")
        self.assertIsNone(self.client.lost)
        self.assertEqual([], self.broker.connections)
        self.client.hang_up()
        self.assertEqual([], self.clock.getDelayedCalls())

    def test_a_client_that_never_hangs_up_is_hung_up_on_after_thirty_seconds(self) -> None:
        self.client.send("connection.close", reply_code=200)
        self.client.take("connection.close-ok")
        self.assertClosedSilentlyAfter(30)

    def test_an_administrators_close_says_why_and_waits_for_close_ok(self) -> None:
        self.broker.close_connection(self.broker.connections[0], "go away")
        self.clock.advance(0)
        self.assertConnectionClosed(320, "CONNECTION_FORCED - go away", (0, 0))
        self.client.send("channel.open", channel=1)
        self.assertEqual([], self.client.names)
        self.client.send("connection.close-ok")
        self.assertIsNotNone(self.client.lost)

    def test_both_sides_may_close_at_once(self) -> None:
        self.broker.close_connection(self.broker.connections[0])
        self.client.send("connection.close", reply_code=200)
        self.assertEqual(["connection.close", "connection.close-ok"], self.client.names)

    def test_deleting_the_user_closes_its_connections(self) -> None:
        self.broker.users.remove("guest")
        self.clock.advance(0)
        self.assertConnectionClosed(320, "CONNECTION_FORCED - user 'guest' is deleted", (0, 0))

    def test_deleting_the_vhost_closes_its_connections(self) -> None:
        self.broker.broker.remove_vhost("/")
        self.clock.advance(0)
        self.assertConnectionClosed(320, "CONNECTION_FORCED - vhost '/' is deleted", (0, 0))


class WrongMethods(RunningCase):
    def assertRefused(self, code: int, text: str, method: tuple[int, int], name: str, channel: int) -> None:
        self.client.send(name, channel)
        self.assertConnectionClosed(code, text, method)

    def test_a_handshake_step_on_a_running_connection_is_504(self) -> None:
        text = "CHANNEL_ERROR - unexpected method in connection state running"
        self.assertRefused(504, text, (10, 40), "connection.open", 0)

    def test_a_channel_method_on_channel_0_is_504(self) -> None:
        text = "CHANNEL_ERROR - unexpected method in connection state running"
        self.assertRefused(504, text, (20, 10), "channel.open", 0)

    def test_a_method_on_a_channel_that_is_not_open_is_504(self) -> None:
        self.assertRefused(504, "CHANNEL_ERROR - expected 'channel.open'", (50, 10), "queue.declare", 3)

    def test_a_second_open_of_a_channel_is_504(self) -> None:
        self.client.open_channel(1)
        self.assertRefused(504, "CHANNEL_ERROR - second 'channel.open' seen", (20, 10), "channel.open", 1)

    def test_a_connection_method_on_a_channel_is_503(self) -> None:
        self.client.open_channel(1)
        self.assertRefused(503, "COMMAND_INVALID - unimplemented method", (10, 50), "connection.close", 1)

    def test_a_method_only_servers_send_is_503(self) -> None:
        self.client.open_channel(1)
        self.assertRefused(503, "COMMAND_INVALID - unimplemented method", (50, 11), "queue.declare-ok", 1)

    def test_stopping_the_flow_is_not_implemented(self) -> None:
        self.client.open_channel(1)
        self.client.send("channel.flow", 1, active=True)
        self.assertTrue(self.client.take("channel.flow-ok").args.active)
        self.assertRefused(540, "NOT_IMPLEMENTED - active=false", (20, 20), "channel.flow", 1)

    def test_a_reply_text_is_cut_to_what_fits_though_it_be_in_the_middle_of_a_character(self) -> None:
        around = len("NOT_FOUND - no queue '' in vhost '/'")
        for name in ("q" * (255 - around), "q" * (256 - around), "q" + "é" * 120):
            octets = f"NOT_FOUND - no queue '{name}' in vhost '/'".encode()
            octets = octets if len(octets) <= 255 else octets[:252] + b"..."
            self.client.open_channel(1)
            self.client.send("queue.declare", 1, queue=name, passive=True)
            # Half a character is no UTF-8: the client's reader takes no such text, so that its octets are looked at.
            self.assertIn(bytes([len(octets)]) + octets, self.client.octets)
            self.client.events.clear()
            self.client.send("channel.close-ok", 1)

    def test_a_new_secret_is_accepted(self) -> None:
        self.client.send("connection.update-secret", new_secret=b"x", reason="rotation")
        self.client.take("connection.update-secret-ok")


class Channels(RunningCase):
    def test_a_closed_channel_can_be_opened_again(self) -> None:
        self.client.open_channel(1)
        self.client.send("channel.close", 1, reply_code=200)
        self.client.take("channel.close-ok")
        self.client.open_channel(1)

    def test_after_the_brokers_close_everything_is_ignored_until_close_ok(self) -> None:
        self.client.open_channel(1)
        self.client.send("queue.declare", 1, queue="none", passive=True)
        close = self.client.take("channel.close").args
        text = "NOT_FOUND - no queue 'none' in vhost '/'"
        self.assertEqual((404, text, 50, 10), (close.reply_code, close.reply_text, close.class_id, close.method_id))
        self.client.send("queue.declare", 1, queue="q")
        self.assertEqual([], self.client.names)
        self.client.send("channel.close", 1, reply_code=200)
        self.client.take("channel.close-ok")
        self.client.send("channel.close-ok", 1)
        self.client.open_channel(1)

    def test_an_open_instead_of_close_ok_is_a_second_open(self) -> None:
        self.client.open_channel(1)
        self.client.send("queue.declare", 1, queue="none", passive=True)
        self.client.take("channel.close")
        self.client.send("channel.open", 1)
        close = self.client.take("connection.close").args
        self.assertEqual("CHANNEL_ERROR - second 'channel.open' seen", close.reply_text)

    def test_what_it_fetched_comes_back_when_the_channel_is_gone(self) -> None:
        self.fail_with_one_message_unacknowledged("basic.get", "basic.get-ok")
        self.client.send("basic.get", 2, queue="q")
        self.client.take("basic.get-empty")
        self.client.send("channel.close-ok", 1)
        self.client.send("basic.get", 2, queue="q")
        self.assertTrue(self.client.take("basic.get-ok").args.redelivered)

    def test_what_it_consumed_comes_back_when_the_channel_is_closed(self) -> None:
        self.fail_with_one_message_unacknowledged("basic.consume", "basic.consume-ok", "basic.deliver")
        self.client.send("basic.get", 2, queue="q")
        self.assertTrue(self.client.take("basic.get-ok").args.redelivered)

    def fail_with_one_message_unacknowledged(self, how: str, *answers: str) -> None:
        """Channel 1 gets the one message of a queue, and is closed by the broker; channel 2 is open."""
        self.client.open_channel(1)
        self.client.open_channel(2)
        self.client.send("queue.declare", 1, queue="q", exclusive=True)
        self.client.take("queue.declare-ok")
        self.client.send("basic.publish", 1, Content.make({}, b"m"), routing_key="q")
        self.client.send(how, 1, queue="q")
        for answer in answers:
            self.client.take(answer)
        self.client.send("queue.declare", 1, queue="none", passive=True)
        self.client.take("channel.close")

    def test_a_channel_that_is_not_open_is_closed_for_want_of_a_last_queue(self) -> None:
        self.client.send("queue.unbind", 9, exchange="amq.fanout")
        close = self.client.take("channel.close").args
        self.assertEqual((404, "NOT_FOUND - no previously declared queue"), (close.reply_code, close.reply_text))
        self.client.send("channel.close-ok", 9)
        self.client.open_channel(9)

    def burst(self, *commands: str) -> list[str]:
        """What is answered to commands for an open channel that arrive in one piece."""
        self.client.open_channel(1)
        said = [self.client.spec.command(0 if name == "connection.close" else 1, name) for name in commands]
        self.client.send_octets(b"".join(encode(command, 0) for command in said))
        return self.client.names

    def test_what_comes_with_a_close_is_ignored(self) -> None:
        self.assertEqual(["channel.close-ok"], self.burst("channel.close", "queue.declare", "tx.commit"))
        self.client.take("channel.close-ok")
        self.client.open_channel(1)

    def test_a_close_that_comes_with_another_is_answered_too(self) -> None:
        self.assertEqual(["channel.close-ok"] * 2, self.burst("channel.close", "channel.close"))

    def test_an_open_that_comes_with_a_close_is_a_second_one(self) -> None:
        self.assertEqual(["connection.close"], self.burst("channel.close", "channel.open"))
        self.assertEqual("CHANNEL_ERROR - second 'channel.open' seen", self.client.take().args.reply_text)

    def test_a_connection_that_closes_with_its_channel_answers_for_both(self) -> None:
        self.assertEqual(["connection.close-ok"], self.burst("channel.close", "connection.close"))

    def test_the_number_of_a_channel_may_be_above_channel_max(self) -> None:
        self.client.open_channel(65535)


class HeartbeatsOnTheClock(HandshakeCase):
    def test_an_idle_client_gets_one_after_half_an_interval_and_then_one_an_interval(self) -> None:
        self.client.open(heartbeat=10)
        came_at = []
        for second in range(1, 20):
            self.clock.pump([1, 0])
            if self.client.names:
                came_at.append(second)
                self.client.events.clear()
        self.assertEqual([5, 15], came_at)

    def test_a_client_that_sends_nothing_is_dropped_between_two_and_three_intervals(self) -> None:
        self.client.open(heartbeat=10)
        self.clock.pump([10, 10, 9.9, 0])
        self.assertIsNone(self.client.lost)
        self.clock.pump([0.1, 0])
        self.assertIsNotNone(self.client.lost)

    def test_any_octets_keep_the_connection(self) -> None:
        self.client.open(heartbeat=10)
        for _ in range(10):
            self.clock.pump([9, 0])
            self.client.send_octets(b"\x08\x00\x00\x00\x00\x00\x00\xce")
        self.assertIsNone(self.client.lost)

    def test_without_heartbeats_silence_is_golden(self) -> None:
        self.client.open(heartbeat=0)
        self.clock.pump([3600, 0])
        self.assertEqual(([], None), (self.client.names, self.client.lost))


class AlarmsBlockPublishers(HandshakeCase):
    def publish(self, body: bytes) -> None:
        self.client.send("basic.publish", 1, Content.make({}, body), routing_key="q")

    def setUp(self) -> None:
        super().setUp()
        self.client.open(capabilities={"connection.blocked": True})
        self.client.open_channel(1)
        self.client.send("queue.declare", 1, queue="q")
        self.client.take("queue.declare-ok")
        self.broker.alarms.set("memory")
        self.clock.advance(0)

    def test_a_client_that_does_not_publish_notices_nothing(self) -> None:
        self.client.send("queue.declare", 1, queue="q", passive=True)
        self.client.take("queue.declare-ok")

    def test_a_publish_blocks_the_connection_until_the_alarm_clears(self) -> None:
        self.publish(b"held")
        self.assertEqual("low on memory", self.client.take("connection.blocked").args.reason)
        self.client.send("queue.declare", 1, queue="q", passive=True)
        self.assertEqual([], self.client.names)
        self.broker.alarms.clear()
        self.clock.advance(0)
        self.client.take("connection.unblocked")
        self.assertEqual(1, self.client.take("queue.declare-ok").args.message_count)

    def test_what_comes_to_a_blocked_connection_from_a_rule_waits_for_the_end_of_the_alarm(self) -> None:
        self.publish(b"held")
        [connection] = self.broker.connections
        connection.handle(self.client.spec.command(1, "queue.declare", None, queue="q", passive=True))
        self.client.take("connection.blocked")
        self.assertEqual([], self.client.names)
        self.broker.clear_alarm()
        self.clock.advance(0)
        self.assertEqual(["connection.unblocked", "queue.declare-ok"], self.client.names)

    def test_a_silent_client_is_not_dropped_before_the_end_of_the_alarm(self) -> None:
        silent = RawClient.connect(self.broker, self.clock).open(heartbeat=2)
        silent.open_channel(1)
        silent.send("basic.publish", 1, Content.make({}, b"m"), routing_key="q")
        self.clock.pump([2] * 10)
        self.assertIsNone(silent.lost)
        self.broker.clear_alarm()
        self.clock.pump([0, 2, 2, 2, 0])
        self.assertIsNotNone(silent.lost)

    def test_another_connection_that_only_consumes_goes_on(self) -> None:
        self.publish(b"held")
        other = RawClient.connect(self.broker, self.clock).open()
        other.open_channel(1)
        other.send("queue.declare", 1, queue="q", passive=True)
        other.take("queue.declare-ok")
