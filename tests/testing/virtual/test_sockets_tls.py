"""TLS over blocking sockets in memory."""

from __future__ import annotations

import socket
import ssl
from unittest import TestCase

import fakebroker
from tests.testing.virtual.test_sockets import HEADER, START

ADDRESS = ("localhost", 5671)


class TlsSockets(TestCase):
    def test_the_broker_is_spoken_to_over_tls(self) -> None:
        with fakebroker.memory(tls=True) as broker, secured(broker) as client:
            self.assertIn("TLS", str(client.version()))
            client.sendall(HEADER)
            self.assertTrue(client.recv(4096).startswith(START))

    def test_every_way_to_read_waits(self) -> None:
        ways = {
            "recv": lambda client: client.recv(3),
            "recv_into": lambda client: client.recv_into(bytearray(3)),
            "read": lambda client: client.read(3),
            "makefile": lambda client: client.makefile("rb").read(3),
        }
        for name, way in ways.items():
            with self.subTest(name), fakebroker.memory(tls=True) as broker, secured(broker) as client:
                client.write(HEADER)
                self.assertIn(way(client), (START, 3))

    def test_a_timeout_passes_in_virtual_time(self) -> None:
        with fakebroker.memory(tls=True) as broker, secured(broker) as client:
            client.settimeout(5)
            with self.assertRaisesRegex(TimeoutError, "The read operation timed out"):
                client.recv(1)
            self.assertEqual(broker.clock.seconds(), 5)
            self.assertEqual(client.gettimeout(), 5)

    def test_a_socket_that_does_not_wait_is_told_what_is_lacking(self) -> None:
        with fakebroker.memory(tls=True) as broker:
            plain = socket.create_connection(ADDRESS)
            plain.setblocking(False)
            context = context_of(broker)
            with context.wrap_socket(plain, server_hostname="localhost", do_handshake_on_connect=False) as client:
                with self.assertRaises(ssl.SSLWantReadError):
                    client.do_handshake()
                client.do_handshake()
                with self.assertRaises(ssl.SSLWantReadError):
                    client.recv(1)

    def test_a_certificate_nobody_vouches_for_is_refused(self) -> None:
        with fakebroker.memory(tls=True):
            context = ssl.create_default_context()
            with socket.create_connection(ADDRESS) as plain, self.assertRaises(ssl.SSLCertVerificationError):
                context.wrap_socket(plain, server_hostname="localhost")

    def test_unwrap_ends_tls_alone(self) -> None:
        with fakebroker.memory(tls=True) as broker, secured(broker) as client:
            client.settimeout(5)
            plain = client.unwrap()
            self.assertEqual(plain.recv(1), b"")

    def test_a_handshake_that_nobody_answers_is_over_in_its_time(self) -> None:
        with fakebroker.memory() as broker:  # it speaks no TLS
            with socket.create_connection(("localhost", 5672), 3) as plain, self.assertRaises(OSError):
                ssl._create_unverified_context().wrap_socket(plain, server_hostname="localhost")
            self.assertLessEqual(broker.clock.seconds(), 3)


def secured(broker: fakebroker.FakeBroker) -> ssl.SSLSocket:
    return context_of(broker).wrap_socket(socket.create_connection(ADDRESS), server_hostname="localhost")


def context_of(broker: fakebroker.FakeBroker) -> ssl.SSLContext:
    assert broker.tls is not None
    return broker.tls.client_context()
