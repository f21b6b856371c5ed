"""What a client sees when an administrator deletes the virtual host it works in (RabbitMQ 3.10.8)."""

from __future__ import annotations

from tests.amqp.test_handshake import HandshakeCase


class RemovedVirtualHost(HandshakeCase):
    def test_consumers_are_cancelled_and_then_the_connection_is_closed(self) -> None:
        self.client.open(capabilities={"consumer_cancel_notify": True})
        self.client.open_channel()
        self.client.send("queue.declare", 1, queue="q", arguments={"x-expires": 1000})
        self.client.take("queue.declare-ok")
        self.client.send("basic.consume", 1, queue="q", consumer_tag="t")
        self.client.take("basic.consume-ok")
        self.broker.broker.remove_vhost("/")
        self.clock.advance(0)
        self.assertEqual("t", self.client.take("basic.cancel").args.consumer_tag)
        self.assertConnectionClosed(320, "CONNECTION_FORCED - vhost '/' is deleted", (0, 0))
        self.client.send("connection.close-ok")
        self.assertIsNotNone(self.client.lost)
