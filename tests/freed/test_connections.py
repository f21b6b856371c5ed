"""However a connection ends, it is freed, with its channels and all that they had in hand."""

from __future__ import annotations

from typing import Any

from fakebroker.errors import AMQPError
from tests.freed.watch import Freed, OverTcp, OverTls, freed


class Ways:
    """The ways in which a busy connection ends."""

    @freed
    def test_the_client_closes(self: Any) -> None:
        client = self.busy()
        client.send("connection.close", reply_code=200)
        client.hang_up()
        self.delete("q")

    @freed
    def test_the_client_hangs_up_with_no_word(self: Any) -> None:
        self.busy().hang_up()
        self.delete("q")

    @freed
    def test_the_client_resets(self: Any) -> None:
        self.busy().abort()
        self.delete("q")

    @freed
    def test_the_client_hangs_up_in_the_middle_of_a_message(self: Any) -> None:
        client = self.client()
        client.send("queue.declare", 1, queue="q")
        whole = client.octets_of("basic.publish", 1, b"x" * 100_000, routing_key="q")
        client.send_octets(whole[:60_000])
        client.hang_up()
        self.delete("q")

    @freed
    def test_a_client_is_gone_that_never_said_a_word(self: Any) -> None:
        self.connect().hang_up()

    @freed
    def test_a_client_is_gone_in_the_middle_of_the_handshake(self: Any) -> None:
        client = self.connect()
        client.log_in()
        client.hang_up()

    @freed
    def test_a_wrong_protocol_header(self: Any) -> None:
        client = self.connect()
        client.send_octets(b"HTTP/1.1")
        self.assertIsNotNone(client.lost)

    @freed
    def test_a_login_that_is_refused(self: Any) -> None:
        silent, told = self.connect(), self.connect()
        silent.log_in(password="wrong")
        told.log_in(password="wrong", capabilities={"authentication_failure_close": True})
        self.wait(30)
        self.assertTrue(silent.lost and told.lost)

    @freed
    def test_a_virtual_host_that_is_refused(self: Any) -> None:
        client = self.connect()
        client.log_in()
        client.send("connection.tune-ok", channel_max=2047, frame_max=131072, heartbeat=0)
        client.send("connection.open", virtual_host="nowhere")
        self.wait(30)
        self.assertIsNotNone(client.lost)

    @freed
    def test_a_handshake_that_takes_too_long(self: Any) -> None:
        client = self.connect()
        client.log_in()
        self.wait(10)
        self.assertIsNotNone(client.lost)

    @freed
    def test_a_client_that_sends_no_heartbeats(self: Any) -> None:
        client = self.busy()
        self.wait(60)
        self.assertIsNotNone(client.lost)
        self.delete("q")

    @freed
    def test_octets_that_make_no_sense(self: Any) -> None:
        unknown, no_end = b"\1\0\1\0\0\0\4\0\x0a\0\1\xce", b"\1\0\1\0\0\0\4\0\x3c\0\x28!"
        for octets in (unknown, no_end, b"\x09\0\0\0\0\0\0\xce", b"\0" * 99):
            client = self.busy()
            client.send_octets(octets)
            self.wait(30)
            self.assertIsNotNone(client.lost)
        self.delete("q")

    @freed
    def test_arguments_that_make_no_sense(self: Any) -> None:
        declare = b"\0\x32\0\x0a\0\0\1q"
        for payload in (declare, declare + b"\0\0\0\0\5\1x?", b"\0\x0a\0\x28\0", b"\0\x3c\0\x28\0"):
            for channel in (0, 1):
                client = self.busy()
                size = len(payload).to_bytes(4, "big")
                client.send_octets(b"\1\0" + bytes([channel]) + size + payload + b"\xce")
                self.wait(60)
                self.assertIsNotNone(client.lost)
        self.delete("q")

    @freed
    def test_an_error_of_the_connection(self: Any) -> None:
        client = self.busy()
        client.send("basic.qos", 5)
        self.wait(30)
        self.assertIsNotNone(client.lost)
        self.delete("q")

    @freed
    def test_a_channel_that_ends_its_connection(self: Any) -> None:
        client = self.busy()
        client.send("exchange.declare", 1, exchange="e", type="unknown")
        client.send("connection.close-ok")
        self.pause()
        self.assertIsNotNone(client.lost)
        self.delete("q")

    @freed
    def test_an_administrator_closes_and_the_client_answers(self: Any) -> None:
        client = self.busy()
        self.broker.close_connection(self.broker.connections[0])
        self.pause()
        client.send("connection.close-ok")
        client.hang_up()
        self.delete("q")

    @freed
    def test_an_administrator_closes_and_the_client_does_not_answer(self: Any) -> None:
        client = self.busy()
        self.broker.close_connection(self.broker.connections[0])
        self.wait(30)
        self.assertIsNotNone(client.lost)
        self.delete("q")

    @freed
    def test_the_user_is_deleted(self: Any) -> None:
        self.broker.users.add("bob", "bob")
        self.broker.users["bob"].permit("/")
        client = self.busy(user="bob", password="bob")
        self.broker.delete_user("bob")
        self.wait(30)
        self.assertIsNotNone(client.lost)
        self.delete("q")

    @freed
    def test_the_broker_restarts(self: Any) -> None:
        client = self.busy()
        self.broker.restart()
        self.wait(30)
        self.assertIsNotNone(client.lost)

    @freed
    def test_the_broker_goes_down_and_comes_up(self: Any) -> None:
        client = self.busy()
        self.broker.down(1)
        self.wait(5)
        self.assertIsNotNone(client.lost)

    @freed
    def test_the_broker_stops(self: Any) -> None:
        client = self.busy()
        self.broker.stop()
        self.pause()
        self.assertIsNotNone(client.lost)
        self.broker.vhosts["/"].queues.delete(self.broker.vhosts["/"].queues["q"])

    @freed
    def test_it_is_blocked_by_an_alarm_and_the_client_goes(self: Any) -> None:
        client = self.busy(capabilities={"connection.blocked": True})
        self.broker.set_alarm("memory")
        self.publish(client, 1, "q", "q")
        client.abort()
        self.wait(60)  # nothing is read from who is blocked
        self.broker.clear_alarm("memory")
        self.wait(60)
        self.delete("q")

    @freed
    def test_it_is_blocked_by_an_alarm_and_the_broker_closes(self: Any) -> None:
        client = self.busy()
        self.broker.set_alarm("memory")
        self.publish(client, 1, "q", "q")
        self.broker.restart()
        self.wait(60)
        client.hang_up()
        self.wait(60)

    @freed
    def test_a_client_that_does_not_read_is_gone(self: Any) -> None:
        client = self.client()
        client.send("queue.declare", 1, queue="q")
        client.stop_reading()
        client.send("basic.consume", 1, queue="q")
        for _ in range(40):
            self.broker.publish(bytes(1_000_000), "q")
        self.pause()
        self.assertFalse(self.broker.connections[0].writable)
        client.abort()
        self.wait(60)
        self.delete("q")

    @freed
    def test_who_is_held_by_a_test_can_still_be_asked(self: Any) -> None:
        client = self.busy()
        [connection] = self.broker.connections
        channel = connection.channels[1]
        queue = self.broker.vhosts["/"].queues["own"]
        [unacked, *_] = queue.unacked
        client.hang_up()
        self.delete("q")
        shown = [repr(each) for each in (connection, channel, queue, unacked)]
        self.assertEqual([[], 0, "guest"], [queue.ready, queue.message_count, connection.user.name])
        self.assertRegex(connection.name, r".+:\d+ -> .+:\d+")
        self.assertIn("'own'", shown[2])
        self.assertEqual((False, {}, True), (connection.is_open, connection.channels, queue.deleted))
        connection.close("once more")
        connection.fail(AMQPError("not-found", "too late"))
        channel.fail(AMQPError("not-found", "too late"))
        channel.send("channel.close-ok")
        queue.run()
        self.wait(60)


class InMemory(Ways, Freed):
    """In memory."""


class Tcp(Ways, OverTcp):
    """Over sockets."""


class Tls(Ways, OverTls):
    """Over TLS."""
