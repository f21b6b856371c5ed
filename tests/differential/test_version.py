"""A RabbitMQ of another line is no measure: what would be held against it is skipped, and that is said."""

from __future__ import annotations

import io
import os
import socket
import subprocess
import sys
import tempfile
import threading
from contextlib import redirect_stdout
from pathlib import Path
from unittest import TestCase

from fakebroker.wire.spec import load
from fakebroker.wire.writer import encode
from tests.differential.__main__ import main
from tests.differential.version import another_line, version_of

ROOT = Path(__file__).parents[2]


class Versions(TestCase):
    def broker(self, version: str | None) -> tuple[str, int]:
        """Where something answers as a RabbitMQ of that version begins."""
        listening = socket.create_server(("127.0.0.1", 0))
        properties = {"product": "RabbitMQ"} if version is None else {"product": "RabbitMQ", "version": version}
        start = encode(
            load("0-9-1").command(
                0, "connection.start", version_major=0, version_minor=9, server_properties=properties,
                mechanisms=b"PLAIN", locales=b"en_US",
            ),
            0,
        )  # fmt: skip

        def answer() -> None:
            peer, _ = listening.accept()
            with peer, listening:
                peer.sendall(start)
                peer.recv(8)

        thread = threading.Thread(target=answer)
        thread.start()
        self.addCleanup(thread.join)
        host, port = listening.getsockname()
        return str(host), int(port)

    def test_it_is_what_the_broker_says(self) -> None:
        self.assertEqual(version_of(self.broker("4.0.5")), "4.0.5")
        self.assertEqual(another_line(self.broker("4.0.5")), "RabbitMQ there is 4.0.5, not 3.10.x")
        self.assertEqual(another_line(self.broker("3.9.13")), "RabbitMQ there is 3.9.13, not 3.10.x")
        self.assertEqual(another_line(self.broker(None)), "RabbitMQ there is of no version, not 3.10.x")
        self.assertIsNone(another_line(self.broker("3.10.8")))

    def test_the_duel_is_skipped_and_nothing_is_recorded(self) -> None:
        for more, code in (([], 0), (["--record"], 1)):
            out = io.StringIO()
            with redirect_stdout(out):
                host, port = self.broker("4.0.5")
                self.assertEqual(main(["--rabbitmq", f"{host}:{port}", *more]), code)
            self.assertEqual(out.getvalue(), "skipped: RabbitMQ there is 4.0.5, not 3.10.x\n")

    def test_a_package_of_another_line_is_neither_installed_nor_started(self) -> None:
        for name, text in (
            ("dpkg-query", "printf 4.0.5-3"),
            ("apt-cache", "printf 'rabbitmq-server:\n  Installed: (none)\n  Candidate: 4.0.5-3\n'"),
        ):
            with tempfile.TemporaryDirectory() as folder:
                for tool in ("dpkg-query", "apt-cache", "apt-get"):
                    path = Path(folder) / tool
                    path.write_text(f"#!/bin/sh\n{text if tool == name else 'exit 1'}\n")
                    path.chmod(0o755)
                environment = {**os.environ, "PATH": f"{folder}:{os.environ['PATH']}"}
                environment.pop("FAKEBROKER_RABBITMQ", None)
                done = subprocess.run(
                    ["bash", str(ROOT / ".ci" / "differential"), sys.executable],
                    cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60,
                )  # fmt: skip
            told = "skipped: the packaged RabbitMQ is 4.0.5-3, and fakebroker is held against 3.10\n"
            self.assertEqual((done.returncode, done.stdout), (0, told), done.stderr)
