"""A plain socket that is connected to a broker in memory behaves as one that is connected over TCP."""

from __future__ import annotations

import errno
import os
import select
import socket
import struct
from io import BytesIO
from pathlib import Path
from unittest import TestCase, skipUnless

import fakebroker
from fakebroker.faults import Blackhole, Close, StallReading, when
from fakebroker.testing import NeverSettles

HEADER = b"AMQP\x00\x00\x09\x01"
START = b"\x01\x00\x00"
"""How a frame of channel 0 begins: connection.start, with which the broker answers the header."""

ADDRESS = ("localhost", 5672)
FDS = Path("/proc/self/fd")


def connected(timeout: float | None = None) -> socket.socket:
    return socket.create_connection(ADDRESS, timeout)


class Connecting(TestCase):
    def test_the_broker_answers_the_protocol_header(self) -> None:
        with fakebroker.memory(), connected() as client:
            client.sendall(HEADER)
            self.assertTrue(client.recv(4096).startswith(START))

    def test_a_broker_that_is_down_refuses(self) -> None:
        with fakebroker.memory() as broker:
            broker.down()
            with self.assertRaises(ConnectionRefusedError):
                connected()
            broker.up()
            connected().close()

    def test_connect_ex_returns_the_error_number(self) -> None:
        with fakebroker.memory() as broker, socket.socket() as client:
            broker.down()
            self.assertEqual(client.connect_ex(ADDRESS), errno.ECONNREFUSED)
            broker.up()
            self.assertEqual(client.connect_ex(ADDRESS), 0)
            self.assertEqual(client.connect_ex(ADDRESS), errno.EISCONN)

    def test_a_socket_that_does_not_wait_connects_in_the_background(self) -> None:
        with fakebroker.memory(), socket.socket() as client:
            client.setblocking(False)
            self.assertEqual(client.connect_ex(ADDRESS), errno.EINPROGRESS)
            self.assertEqual(select.select([], [client], [], 5), ([], [client], []))
            self.assertEqual(client.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR), 0)
            with self.assertRaises(BlockingIOError):
                client.recv(1)

    def test_a_socket_that_does_not_wait_learns_of_a_refusal_from_so_error(self) -> None:
        with fakebroker.memory() as broker, socket.socket() as client:
            broker.down()
            client.setblocking(False)
            with self.assertRaises(BlockingIOError):
                client.connect(ADDRESS)
            self.assertEqual(select.select([], [client], [], 5)[1], [client])
            self.assertEqual(client.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR), errno.ECONNREFUSED)
            self.assertEqual(client.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR), 0)

    def test_a_refusal_that_nobody_asked_about_is_told_by_the_next_connect(self) -> None:
        with fakebroker.memory() as broker, socket.socket() as client:
            broker.down()
            client.setblocking(False)
            self.assertEqual(client.connect_ex(ADDRESS), errno.EINPROGRESS)
            self.assertEqual(client.connect_ex(ADDRESS), errno.ECONNREFUSED)
            broker.up()
            self.assertEqual(client.connect_ex(ADDRESS), errno.EINPROGRESS)

    def test_both_ends_have_addresses_of_tcp(self) -> None:
        with fakebroker.memory():
            with connected() as one, connected() as two:
                self.assertEqual(one.getpeername(), ("127.0.0.1", 5672))
                self.assertEqual((one.getsockname(), two.getsockname()), (("127.0.0.1", 49152), ("127.0.0.1", 49153)))
                self.assertIn("raddr=('127.0.0.1', 5672)", repr(one))

    def test_ipv6_leads_to_the_same_broker(self) -> None:
        with fakebroker.memory(), socket.socket(socket.AF_INET6) as client:
            client.connect(("::1", 5672))
            self.assertEqual(client.getpeername(), ("::1", 5672, 0, 0))

    def test_another_address_stays_real(self) -> None:
        with fakebroker.memory(), socket.socket() as server:
            server.bind(("127.0.0.1", 0))
            server.listen()
            with socket.create_connection(server.getsockname()) as client:
                far, address = server.accept()
                with far:
                    client.sendall(b"question")
                    self.assertEqual(far.recv(100), b"question")
                    self.assertEqual(client.getsockname(), address)

    def test_waiting_for_a_real_client_takes_its_time(self) -> None:
        with fakebroker.memory() as broker, socket.create_server(("127.0.0.1", 0)) as server:
            server.settimeout(60)
            with self.assertRaises(TimeoutError):
                server.accept()
            self.assertEqual(broker.clock.seconds(), 60)

    def test_each_block_counts_its_clients_anew(self) -> None:
        names = []
        for _ in range(2):
            with fakebroker.memory(), connected() as client:
                names.append(client.getsockname())
        self.assertEqual(names[0], names[1])


class Reading(TestCase):
    def test_a_timeout_passes_in_virtual_time(self) -> None:
        with fakebroker.memory() as broker, connected(5) as client:
            with self.assertRaisesRegex(TimeoutError, "timed out"):
                client.recv(1)
            self.assertEqual(broker.clock.seconds(), 5)

    def test_so_rcvtimeo_too(self) -> None:
        with fakebroker.memory() as broker, connected() as client:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, struct.pack("@qq", 2, 500_000))
            with self.assertRaises(BlockingIOError):
                client.recv(1)
            self.assertEqual(broker.clock.seconds(), 2.5)

    def test_so_rcvtimeo_that_was_set_before_connecting_counts(self) -> None:
        with fakebroker.memory() as broker, socket.socket() as client:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, struct.pack("@qq", 3, 0))
            client.connect(ADDRESS)
            with self.assertRaises(BlockingIOError):
                client.recv(1)
            self.assertEqual(broker.clock.seconds(), 3)

    def test_a_wait_for_what_never_comes_is_an_error_that_names_it(self) -> None:
        with fakebroker.memory() as broker:
            broker.faults.add(when("connection.start"), Blackhole())
            with connected() as client, self.assertRaisesRegex(NeverSettles, "octets from 127.0.0.1:5672"):
                client.sendall(HEADER)
                client.recv(1)

    def test_every_way_to_read_waits(self) -> None:
        ways = {
            "recv": lambda client: client.recv(3),
            "recv_into": lambda client: client.recv_into(bytearray(3)),
            "recvfrom": lambda client: client.recvfrom(3)[0],
            "recvfrom_into": lambda client: client.recvfrom_into(bytearray(3))[0],
            "recvmsg": lambda client: client.recvmsg(3)[0],
            "recvmsg_into": lambda client: client.recvmsg_into([bytearray(3)])[0],
            "makefile": lambda client: client.makefile("rb").read(3),
        }
        for name, way in ways.items():
            with self.subTest(name), fakebroker.memory(), connected() as client:
                client.sendall(HEADER)
                self.assertIn(way(client), (START, 3))

    def test_what_the_broker_closes_ends(self) -> None:
        with fakebroker.memory() as broker, connected() as client:
            broker.faults.add(when("connection.start"), Close(after=True))
            client.sendall(HEADER)
            self.assertTrue(client.recv(4096).startswith(START))
            self.assertEqual(client.recv(4096), b"")
            self.assertEqual(client.recv(4096), b"")

    def test_what_the_broker_resets_is_reset(self) -> None:
        with fakebroker.memory() as broker, connected() as client:
            client.sendall(HEADER)
            broker.abort()
            with self.assertRaises(ConnectionResetError):
                while client.recv(4096):
                    pass
            self.assertEqual(client.recv(100), b"")


class Writing(TestCase):
    def test_writing_to_an_end_that_was_reset(self) -> None:
        with fakebroker.memory() as broker, connected() as client:
            client.sendall(HEADER)
            broker.abort()
            with self.assertRaises(ConnectionResetError):
                client.sendall(b"more")
            with self.assertRaises(BrokenPipeError):
                client.sendall(b"more")

    def test_writing_to_an_end_that_was_closed_meets_a_reset(self) -> None:
        with fakebroker.memory() as broker, connected() as client:
            broker.faults.add(when("connection.start"), Close(after=True))
            client.sendall(HEADER)
            client.sendall(b"more")  # as over TCP: only the answer to this tells
            with self.assertRaises(ConnectionResetError):
                client.sendall(b"and more")

    def test_a_broker_that_does_not_read_is_waited_for(self) -> None:
        with fakebroker.memory() as broker, connected(7) as client:
            broker.faults.add(when("connection.start"), StallReading(until="enough"))
            client.sendall(HEADER)
            with self.assertRaisesRegex(TimeoutError, "timed out"):
                client.sendall(bytes(4_000_000))
            self.assertEqual(broker.clock.seconds(), 7)
            broker.faults.release("enough")
            with self.assertRaises(ConnectionResetError):  # the broker reads it, and does not like it
                client.sendall(b"more")

    def test_a_socket_that_does_not_wait_sends_what_there_is_room_for(self) -> None:
        with fakebroker.memory() as broker, connected() as client:
            broker.faults.add(when("connection.start"), StallReading(until="enough"))
            client.sendall(HEADER)
            client.setblocking(False)
            self.assertLess(client.send(bytes(4_000_000)), 4_000_000)
            with self.assertRaises(BlockingIOError):
                while client.send(bytes(100_000)):
                    pass
            self.assertEqual(select.select([], [client], [], 3), ([], [], []))
            broker.faults.release("enough")
            self.assertEqual(select.select([], [client], [], 3), ([], [client], []))

    def test_every_way_to_write_reaches_the_broker(self) -> None:
        ways = {
            "send": lambda client: client.send(HEADER),
            "sendall": lambda client: client.sendall(HEADER),
            "sendmsg": lambda client: client.sendmsg([HEADER[:4], HEADER[4:]]),
            "sendto": lambda client: client.sendto(HEADER, ADDRESS),
            "sendfile": lambda client: client.sendfile(BytesIO(HEADER)),
            "makefile": lambda client: client.makefile("wb", buffering=0).write(HEADER),
            "os.write": lambda client: os.write(client.fileno(), HEADER),
        }
        for name, way in ways.items():
            with self.subTest(name), fakebroker.memory(), connected() as client:
                self.assertIn(way(client), (len(HEADER), None))
                self.assertTrue(client.recv(4096).startswith(START))

    def test_a_socket_with_a_timeout_sends_as_soon_as_there_is_room(self) -> None:
        with fakebroker.memory() as broker, connected(7) as client:
            broker.faults.add(when("connection.start"), StallReading(until="enough"))
            self.assertEqual(client.send(HEADER), 8)
            with self.assertRaisesRegex(TimeoutError, "timed out"):
                while client.send(bytes(100_000)):
                    pass
            self.assertEqual(broker.clock.seconds(), 7)

    def test_sendall_of_a_socket_that_does_not_wait_ends_when_there_is_no_room(self) -> None:
        with fakebroker.memory() as broker, connected() as client:
            broker.faults.add(when("connection.start"), StallReading(until="enough"))
            client.setblocking(False)
            client.sendall(HEADER)
            with self.assertRaises(BlockingIOError):
                client.sendall(bytes(4_000_000))

    def test_what_is_sent_is_there_when_send_returns(self) -> None:
        with fakebroker.memory() as broker, connected() as client:
            client.send(HEADER)
            self.assertIn("protocol header", broker.journal.transcript())


class Options(TestCase):
    def test_those_of_tcp_are_kept(self) -> None:
        with fakebroker.memory(), connected() as client:
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            client.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
            self.assertEqual(client.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY), 1)
            self.assertEqual(client.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE), 1)
            self.assertEqual(client.getsockopt(socket.SOL_SOCKET, socket.SO_TYPE), socket.SOCK_STREAM)

    def test_a_connection_that_was_reset_has_no_peer(self) -> None:
        with fakebroker.memory() as broker, connected() as client:
            client.sendall(HEADER)
            broker.abort()
            with self.assertRaises(OSError) as caught:
                client.getpeername()
            self.assertEqual(caught.exception.errno, errno.ENOTCONN)

    def test_one_that_tcp_does_not_know_is_an_error(self) -> None:
        with fakebroker.memory(), connected() as client, self.assertRaises(OSError):
            client.setsockopt(socket.IPPROTO_TCP, 9999, 1)


class Descriptors(TestCase):
    def test_close_is_seen_at_once(self) -> None:
        with fakebroker.memory() as broker:
            connected().close()
            self.assertIn("closed by the client", broker.journal.transcript())

    def test_a_copy_keeps_the_connection_open(self) -> None:
        with fakebroker.memory() as broker:
            client = connected()
            copy = client.dup()
            client.close()
            self.assertNotIn("closed", broker.journal.transcript())
            copy.sendall(HEADER)
            self.assertTrue(copy.recv(4096).startswith(START))
            copy.close()
            self.assertIn("lost", broker.journal.transcript())

    def test_a_detached_descriptor_goes_on_in_another_object(self) -> None:
        with fakebroker.memory(), socket.socket(fileno=connected().detach()) as client:
            client.sendall(HEADER)
            self.assertTrue(client.recv(4096).startswith(START))

    def test_a_descriptor_that_is_used_again_is_another(self) -> None:
        with fakebroker.memory() as broker:
            number = connected().detach()
            os.close(number)
            with socket.socket() as other:
                self.assertEqual(other.fileno(), number)
                with self.assertRaises(OSError) as caught:
                    other.getpeername()
                self.assertEqual(caught.exception.errno, errno.ENOTCONN)
                select.select([], [], [], 1)
            self.assertIn("lost", broker.journal.transcript())

    def test_a_shut_direction_ends_the_connection(self) -> None:
        with fakebroker.memory() as broker, connected() as client:
            client.shutdown(socket.SHUT_WR)
            self.assertEqual(client.recv(1), b"")
            self.assertIn("closed by the client", broker.journal.transcript())

    @skipUnless(FDS.exists(), "needs /proc to count file descriptors")
    def test_nothing_is_left_open(self) -> None:
        before = len(list(FDS.iterdir()))
        with fakebroker.memory() as broker:
            clients = [connected() for _ in range(5)]
            clients.pop().close()
            broker.restart()
            clients.append(connected())
        for client in clients:
            client.close()
        self.assertEqual(len(list(FDS.iterdir())), before)

    def test_a_socket_that_is_left_open_is_reset_when_the_block_ends(self) -> None:
        with fakebroker.memory():
            client = connected()
        with client, self.assertRaises(ConnectionResetError):
            client.recv(1)


class Others(TestCase):
    """What has nothing to do with a broker is as it always is."""

    def test_other_sockets_have_every_way_to_write(self) -> None:
        one, two = socket.socketpair()
        with fakebroker.memory(), one, two:
            one.sendmsg([b"a", b"b"])
            one.sendfile(BytesIO(b"c"))
            self.assertEqual(two.recv(100), b"abc")
        with fakebroker.memory(), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
            server.bind(("127.0.0.1", 0))
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
                client.sendto(b"question", server.getsockname())
            self.assertEqual(server.recv(100), b"question")

    def test_methods_that_were_taken_in_a_block_work_after_it(self) -> None:
        one, two = socket.socketpair()
        with one, two:
            with fakebroker.memory():
                send, sendall, receive, option = one.send, one.sendall, two.recv, one.getsockopt
            self.assertEqual(send(b"a"), 1)
            sendall(b"b")
            self.assertEqual(receive(100), b"ab")
            self.assertEqual(option(socket.SOL_SOCKET, socket.SO_TYPE), socket.SOCK_STREAM)
