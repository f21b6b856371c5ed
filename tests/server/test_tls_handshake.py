"""Handshakes that never come to their end."""

from __future__ import annotations

import socket
from typing import Any

from twisted.internet import reactor
from twisted.internet.defer import inlineCallbacks
from twisted.internet.task import Clock, deferLater
from twisted.trial.unittest import TestCase

from fakebroker import FakeBroker
from fakebroker.server.tls import HANDSHAKE_TIMEOUT


class Handshakes(TestCase):
    @inlineCallbacks
    def test_who_does_not_finish_one_is_hung_up_on_after_five_seconds(self) -> Any:
        clock = Clock()
        broker = FakeBroker(clock=clock)
        self.addCleanup(broker.stop)
        port = yield broker.listen_tls()
        for beginning in (b"", b"\x16\x03\x01\x02\x00\x01\x00"):
            client = socket.create_connection(("127.0.0.1", port))
            self.addCleanup(client.close)
            client.sendall(beginning)
            while not broker._factory.protocols:
                yield deferLater(reactor, 0)
            clock.advance(HANDSHAKE_TIMEOUT - 0.1)
            self.assertEqual(1, len(broker._factory.protocols))
            clock.advance(0.1)
            while broker._factory.protocols:
                yield deferLater(reactor, 0)
            self.assertEqual([], clock.getDelayedCalls())
            client.settimeout(5)
            with self.assertRaises(ConnectionResetError):
                client.recv(1)
