"""A server that runs out of descriptors goes on serving, and accepts again when there are some."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
from pathlib import Path
from unittest import TestCase, skipIf

from tests.control.process import SECONDS, end, variables

HEADER = b"AMQP\0\0\x09\x01"
LIMIT = 64


@skipIf(os.name != "posix" or shutil.which("sh") is None, "no limit can be set on descriptors here")
class Descriptors(TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.log = Path(folder.name, "log")
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                ["sh", "-c", f'ulimit -n {LIMIT}; exec "$0" -m fakebroker serve --port 0', sys.executable],
                env=variables(),
                cwd=folder.name,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        self.addCleanup(end, self.process)
        assert self.process.stdout is not None
        self.port = int(self.process.stdout.readline().split(":")[-1].split("/")[0])

    def connect(self) -> socket.socket:
        client = socket.create_connection(("127.0.0.1", self.port), SECONDS)
        self.addCleanup(client.close)
        return client

    def is_served(self, client: socket.socket) -> bool:
        try:
            client.sendall(HEADER)
            return client.recv(8) != b""
        except OSError:
            return False

    def test_who_is_too_many_is_hung_up_on_and_the_others_are_served(self) -> None:
        clients = [self.connect() for _ in range(3 * LIMIT)]
        served = [client for client in clients if self.is_served(client)]
        self.assertGreater(len(served), LIMIT / 2)
        self.assertLess(len(served), LIMIT)
        for client in clients:
            client.close()
        while not self.is_served(self.connect()):
            """The server hears of their end one after the other."""
        self.process.terminate()
        self.assertEqual(0, self.process.wait(SECONDS))
        self.assertLess(len(self.log.read_text().splitlines()), 20)
