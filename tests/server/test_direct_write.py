"""Sending past the reactor: nothing is lost, doubled or reordered by it."""

from __future__ import annotations

from unittest import TestCase

from twisted.internet import main, tcp
from twisted.internet.testing import StringTransport

from fakebroker.server.direct_write import sender


class Connection(tcp.Connection):
    """A TCP connection whose socket takes so many octets at a time."""

    def __init__(self, takes: int | Exception) -> None:
        self.connected = True
        self._tempDataBuffer: list[bytes] = []
        self.takes = takes
        self.sent = b""
        self.queued = b""

    def writeSomeData(self, data: bytes) -> int | Exception:  # type: ignore[override]
        if isinstance(self.takes, Exception):
            return self.takes
        self.sent += data[: self.takes]
        return len(data[: self.takes])

    def write(self, data: bytes) -> None:
        self.queued += data


class Sending(TestCase):
    def test_what_the_socket_takes_is_gone_at_once(self) -> None:
        connection = Connection(100)
        sender(connection)(b"all of it")
        self.assertEqual((b"all of it", b""), (connection.sent, connection.queued))

    def test_what_it_does_not_take_goes_the_usual_way(self) -> None:
        connection = Connection(3)
        sender(connection)(b"all of it")
        self.assertEqual((b"all", b" of it"), (connection.sent, connection.queued))

    def test_a_full_socket_takes_nothing(self) -> None:
        connection = Connection(0)
        sender(connection)(b"all of it")
        self.assertEqual((b"", b"all of it"), (connection.sent, connection.queued))

    def test_nothing_overtakes_what_waits(self) -> None:
        for waiting in ("dataBuffer", "_tempDataBuffer"):
            connection = Connection(100)
            setattr(connection, waiting, b"before" if waiting == "dataBuffer" else [b"before"])
            sender(connection)(b"after")
            self.assertEqual((b"", b"after"), (connection.sent, connection.queued))

    def test_a_lost_connection_is_noticed_the_usual_way(self) -> None:
        connection = Connection(main.CONNECTION_LOST)
        sender(connection)(b"all of it")
        self.assertEqual(b"all of it", connection.queued)

    def test_a_closed_connection_is_not_touched(self) -> None:
        connection = Connection(100)
        connection.connected = False
        sender(connection)(b"all of it")
        self.assertEqual(b"", connection.sent)

    def test_under_tls_the_transport_encrypts(self) -> None:
        connection = Connection(100)
        connection.TLS = True
        sender(connection)(b"secret")
        self.assertEqual((b"", b"secret"), (connection.sent, connection.queued))

    def test_any_other_transport_is_written_to(self) -> None:
        transport = StringTransport()
        sender(transport)(b"hello")
        self.assertEqual(b"hello", transport.value())
