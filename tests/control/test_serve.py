"""``fakebroker serve`` in a process of its own, over TCP, as a CI job uses it."""

from __future__ import annotations

import json
import re
import signal
import socket
import subprocess
from contextlib import suppress
from unittest import TestCase
from urllib.request import urlopen

from tests.control.process import SECONDS, run, start

URL = re.compile(r"amqp://guest:guest@127\.0\.0\.1:(\d+)/%2F\n")


class Serving(TestCase):
    def serve(self, *arguments: str) -> tuple[subprocess.Popen[str], int]:
        """A broker's process and the port in the URL it printed."""
        process = start(self, "serve", *arguments)
        assert process.stdout is not None
        line = process.stdout.readline()
        found = URL.fullmatch(line)
        if found is None:
            self.fail(f"first line on stdout: {line!r}\n{process.communicate(timeout=SECONDS)[1]}")
        return process, int(found[1])

    def greeted(self, port: int) -> socket.socket:
        """A client's socket that has seen the broker's connection.start."""
        client = socket.create_connection(("127.0.0.1", port), SECONDS)
        self.addCleanup(client.close)
        client.sendall(b"AMQP\x01\x01\x08\x00")
        frame = client.recv(11, socket.MSG_WAITALL)
        self.assertEqual(frame[:3] + frame[7:], b"\x01\x00\x00" + b"\x00\x0a\x00\x0a")
        return client

    def end(self, process: subprocess.Popen[str], number: signal.Signals) -> None:
        process.send_signal(number)
        out, err = process.communicate(timeout=SECONDS)
        self.assertEqual((process.returncode, out), (0, ""), err)

    def test_the_first_line_is_the_url_and_the_broker_is_ready(self) -> None:
        _, port = self.serve()
        self.greeted(port)

    def test_sigterm_ends_it_with_0_and_it_has_printed_nothing_but_the_url(self) -> None:
        process, _ = self.serve()
        self.end(process, signal.SIGTERM)

    def test_sigint_ends_what_a_shell_has_started_in_the_background_too(self) -> None:
        self.addCleanup(signal.signal, signal.SIGINT, signal.signal(signal.SIGINT, signal.SIG_IGN))
        process, _ = self.serve()
        self.end(process, signal.SIGINT)

    def test_so_does_sigint_with_clients_connected(self) -> None:
        process, port = self.serve()
        client = self.greeted(port)
        self.end(process, signal.SIGINT)
        client.settimeout(SECONDS)
        with suppress(ConnectionResetError):
            while client.recv(4096):
                pass

    def test_liberties_are_taken_by_seed(self) -> None:
        _, port = self.serve("--liberties", "reads.1=1")
        with socket.create_connection(("127.0.0.1", port), SECONDS) as client:
            client.sendall(b"AMQP\x00\x00\x09\x01")
            self.assertEqual(b"\x01", client.recv(4096))
            self.assertEqual(b"\x00\x00", client.recv(2, socket.MSG_WAITALL))
        status, _, told = run(self, "serve", "--liberties", "chanels.1=1")
        self.assertEqual(2, status)
        self.assertIn("did you mean 'channels'?", told)

    def test_a_chosen_port_is_taken(self) -> None:
        with socket.socket() as spare:
            spare.bind(("127.0.0.1", 0))
            wanted = spare.getsockname()[1]
        _, port = self.serve("--port", str(wanted), "--host", "127.0.0.1")
        self.assertEqual(port, wanted)

    def test_http_is_served_beside_amqp(self) -> None:
        with socket.socket() as spare:
            spare.bind(("127.0.0.1", 0))
            wanted = spare.getsockname()[1]
        process, port = self.serve("--control-port", str(wanted))
        with urlopen(f"http://127.0.0.1:{wanted}/fakebroker", timeout=SECONDS) as answer:
            self.assertEqual(json.load(answer)["url"], f"amqp://guest:guest@127.0.0.1:{port}/%2F")
        self.end(process, signal.SIGTERM)

    def test_a_port_for_http_that_is_in_use_is_told_in_one_line(self) -> None:
        _, port = self.serve()
        code, out, err = run(self, "serve", "--control-port", str(port))
        self.assertEqual((code, out), (1, ""))
        self.assertEqual(
            err.splitlines()[-1], f"fakebroker serve: cannot listen on 127.0.0.1:{port}: address already in use"
        )

    def test_a_port_in_use_is_told_in_one_line(self) -> None:
        _, port = self.serve()
        code, out, err = run(self, "serve", "--port", str(port))
        self.assertEqual((code, out), (1, ""))
        self.assertEqual(
            err.splitlines()[-1], f"fakebroker serve: cannot listen on 127.0.0.1:{port}: address already in use"
        )

    def test_a_host_that_is_not_here_is_told_in_one_line(self) -> None:
        code, out, err = run(self, "serve", "--host", "192.0.2.1")
        self.assertEqual((code, out), (1, ""))
        self.assertIn("fakebroker serve: cannot listen on 192.0.2.1:0: ", err.splitlines()[-1])
