"""What is under way outside of memory keeps time from jumping; what lies idle there does not."""

from __future__ import annotations

import os
import select
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from unittest import TestCase, mock

import fakebroker
from fakebroker.testing import NeverSettles
from tests.testing.virtual.test_sockets import ADDRESS, HEADER

SLOW_SERVER = """
import socket, time
with socket.create_server(("127.0.0.1", 0)) as server:
    print(server.getsockname()[1], flush=True)
    while True:
        client, _ = server.accept()
        while client.recv(100):
            time.sleep(0.1)
            client.sendall(b"answer")
"""


def slow_server(test: TestCase) -> tuple[str, int]:
    """The address of a server in a process of its own."""
    server = subprocess.Popen([sys.executable, "-S", "-c", SLOW_SERVER], stdout=subprocess.PIPE, text=True)
    test.addCleanup(server.communicate)
    test.addCleanup(server.kill)
    assert server.stdout is not None
    return "127.0.0.1", int(server.stdout.readline())


@contextmanager
def lacking(module: ModuleType, name: str) -> Iterator[None]:
    """On a system where a module does not have this name."""
    with mock.patch.object(module, name, create=True):
        delattr(module, name)
        yield


class RealOnes(TestCase):
    def setUp(self) -> None:
        self.address = slow_server(self)

    def test_an_answer_is_waited_for_before_time_jumps(self) -> None:
        with fakebroker.memory() as broker, socket.create_connection(self.address, 600) as database:
            database.sendall(b"question")
            self.assertEqual(database.recv(100), b"answer")
            self.assertEqual(broker.clock.seconds(), 0)

    def test_with_select_too(self) -> None:
        with fakebroker.memory() as broker:
            with socket.create_connection(self.address) as database, socket.create_connection(ADDRESS) as client:
                client.sendall(HEADER)
                client.recv(4096)
                database.sendall(b"question")
                self.assertEqual(select.select([client, database], [], [], 60)[0], [database])
                database.recv(100)
                self.assertEqual(broker.clock.seconds(), 0)

    def test_a_socket_that_is_written_to_from_c_too(self) -> None:
        import _socket

        with fakebroker.memory() as broker, socket.create_connection(self.address) as database:
            _socket.socket.send(database, b"question")  # as a driver in C does
            self.assertEqual(select.select([database], [], [], 60)[0], [database])
            database.recv(100)
            self.assertEqual(broker.clock.seconds(), 0)

    def test_a_question_that_follows_an_answer_at_once_is_waited_for(self) -> None:
        with fakebroker.memory() as broker, socket.create_connection(self.address) as database:
            for _ in range(2):
                database.sendall(b"question")
                self.assertEqual(select.select([database], [], [], 60)[0], [database])
                database.recv(100)
            self.assertEqual(broker.clock.seconds(), 0)

    def test_an_idle_connection_does_not_keep_time_from_jumping(self) -> None:
        with fakebroker.memory() as broker, socket.create_connection(self.address) as database:
            database.sendall(b"question")
            database.recv(100)
            self.assertEqual(select.select([database], [], [], 3600), ([], [], []))
            self.assertEqual(broker.clock.seconds(), 3600)

    def test_a_timeout_of_a_real_socket_takes_real_time(self) -> None:
        with fakebroker.memory() as broker, socket.create_connection(self.address, 0.01) as database:
            database.sendall(b"question")
            with self.assertRaisesRegex(TimeoutError, "timed out"):
                database.recv(100)
            self.assertEqual(broker.clock.seconds(), 0.01)

    def test_the_output_of_a_child_is_waited_for(self) -> None:
        with fakebroker.memory() as broker:
            child = subprocess.run(
                [sys.executable, "-c", "import time; time.sleep(0.1); print('done')"],
                capture_output=True,
                text=True,
                timeout=60,
            )
            self.assertEqual((child.stdout, broker.clock.seconds()), ("done\n", 0))

    def test_the_end_of_a_child_is_waited_for(self) -> None:
        with fakebroker.memory() as broker:
            code = "import time; time.sleep(0.05)"
            self.assertEqual(subprocess.Popen([sys.executable, "-c", code]).wait(60), 0)
            self.assertEqual(broker.clock.seconds(), 0)

    def test_a_child_may_take_its_time_when_nothing_else_is_waited_for(self) -> None:
        with fakebroker.memory(), mock.patch("fakebroker.testing.virtual.simulation.OUTSIDE_SECONDS", 0.01):
            code = "import time; time.sleep(0.1)"
            self.assertEqual(subprocess.Popen([sys.executable, "-c", code]).wait(), 0)

    def test_a_child_that_takes_too_long_is_told_in_its_time(self) -> None:
        with fakebroker.memory() as broker:
            child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
            with self.assertRaises(subprocess.TimeoutExpired):
                child.wait(0.05)
            self.assertEqual(broker.clock.seconds(), 0.05)
            child.kill()
            child.wait()

    def test_a_child_is_waited_for_where_the_system_can_not_tell_of_its_end(self) -> None:
        with fakebroker.memory() as broker, lacking(os, "pidfd_open"):
            code = "import time; time.sleep(0.05)"
            self.assertEqual(subprocess.Popen([sys.executable, "-S", "-c", code]).wait(60), 0)
            self.assertEqual(broker.clock.seconds(), 0)

    def test_a_child_whose_end_somebody_else_has_asked_for_is_not_waited_for(self) -> None:
        with fakebroker.memory() as broker:
            child = subprocess.Popen(["true"])
            os.waitid(os.P_PID, child.pid, os.WEXITED)
            self.assertEqual(child.wait(60), 0)
            self.assertEqual(broker.clock.seconds(), 0)

    def test_a_socket_of_the_same_machine_is_a_real_one_too(self) -> None:
        with tempfile.TemporaryDirectory() as folder, fakebroker.memory() as broker:
            name = f"{folder}/socket"
            with socket.socket(socket.AF_UNIX) as server, socket.socket(socket.AF_UNIX) as client:
                server.bind(name)
                server.listen()
                client.connect(name)
                far, _ = server.accept()
                with far:
                    client.sendall(b"question")
                    self.assertEqual(far.recv(100), b"question")
                    far.settimeout(3)
                    self.assertRaises(TimeoutError, far.recv, 1)
            self.assertEqual(broker.clock.seconds(), 3)

    def test_a_real_socket_that_does_not_wait_sends_at_once(self) -> None:
        with fakebroker.memory(), socket.create_connection(self.address) as database:
            self.assertEqual(database.send(b"question"), 8)
            self.assertEqual(database.recv(100), b"answer")
            database.setblocking(False)
            self.assertEqual(database.send(b"question"), 8)
            self.assertEqual(select.select([database], [], [], 60)[0], [database])
            self.assertEqual(database.recv(100), b"answer")


class Words(TestCase):
    """An error names whom the socket that waits for ever is connected to."""

    def told(self, sock: socket.socket) -> str:
        with self.assertRaises(NeverSettles) as caught:
            sock.recv(1)
        return str(caught.exception)

    def test_a_peer_by_its_address(self) -> None:
        with fakebroker.memory(), socket.create_server(("127.0.0.1", 0)) as server:
            host, port = server.getsockname()
            with socket.create_connection((host, port)) as client:
                far, _ = server.accept()
                with far:
                    self.assertIn(f"octets from {host}:{port}", self.told(client))

    def test_a_peer_that_has_none(self) -> None:
        one, two = socket.socketpair()
        with fakebroker.memory(), one, two:
            self.assertIn("octets from a socket of this machine", self.told(one))

    def test_nobody(self) -> None:
        with fakebroker.memory(), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
            client.bind(("127.0.0.1", 0))
            self.assertIn("octets from a socket that is not connected", self.told(client))


class WhereLessIsTold(TestCase):
    """Systems that are not Linux tell less of a socket."""

    def test_an_answer_is_waited_for_all_the_same(self) -> None:
        address = slow_server(self)
        with lacking(socket, "TCP_INFO"), fakebroker.memory() as broker:
            with socket.create_connection(address, 600) as database:
                database.sendall(b"question")
                self.assertEqual(database.recv(100), b"answer")
                self.assertEqual(broker.clock.seconds(), 0)

    def test_a_pair_of_this_process_is_known(self) -> None:
        one, two = socket.socketpair()
        with lacking(socket, "SO_PEERCRED"), fakebroker.memory() as broker, one, two:
            self.assertEqual(select.select([one], [], [], 3600), ([], [], []))
            self.assertEqual(broker.clock.seconds(), 3600)
