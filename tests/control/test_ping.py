"""``fakebroker ping`` and what answers that is no broker, or none that lets it in."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from unittest import TestCase

from tests.control.process import SECONDS
from tests.control.test_main import said

START = b"\0\x0a\0\x0a"
SECURE = b"\0\x0a\0\x14"
CLOSE = b"\0\x0a\0\x32"


def frame(method: bytes, kind: int = 1) -> bytes:
    return bytes([kind, 0, 0]) + len(method).to_bytes(4, "big") + method + b"\xce"


class Answers(TestCase):
    def pinged(self, *answers: bytes, user: str = "") -> str:
        """What a ping of somebody who gives these answers ends with."""
        with socket.create_server(("127.0.0.1", 0)) as server:
            thread = threading.Thread(target=self.answer, args=(server, answers))
            thread.start()
            where = f"127.0.0.1:{server.getsockname()[1]}"
            code, out, err = said("ping", f"amqp://{user}{where}")
            thread.join(SECONDS)
        self.assertEqual((code, out), (1, ""))
        self.assertTrue(err.startswith(f"fakebroker ping: {where}: "), err)
        return err.partition(f"{where}: ")[2]

    def answer(self, server: socket.socket, answers: tuple[bytes, ...]) -> None:
        client, _ = server.accept()
        with client:
            for answer in answers:
                client.recv(4096)
                client.sendall(answer)
            client.shutdown(socket.SHUT_WR)
            with suppress(ConnectionResetError):
                client.recv(4096)

    def test_who_says_something_else_is_no_broker(self) -> None:
        for answer in (b"HTTP/1.1 400 Bad Request\r\n\r\n", b"AMQP\0\0\x09\x01", b"", frame(START, 8), frame(SECURE)):
            self.assertEqual(self.pinged(answer), "what answers is no AMQP 0-9-1 broker\n", answer)

    def test_nor_is_who_breaks_off_in_the_middle_of_a_close(self) -> None:
        said = self.pinged(frame(START), frame(CLOSE), user="guest:guest@")
        self.assertEqual(said, "what answers is no AMQP 0-9-1 broker\n")

    def test_a_broker_that_hangs_up_lets_nobody_in(self) -> None:
        said = self.pinged(frame(START), b"", user="guest:guest@")
        self.assertEqual(said, "'guest' is not let in: the broker hung up\n")

    def test_nor_does_one_that_asks_further(self) -> None:
        said = self.pinged(frame(START), frame(SECURE), user="guest:guest@")
        self.assertEqual(said, "'guest' is not let in: the broker wants something else\n")


class Mistakes(TestCase):
    def test_a_host_whose_name_can_be_none_is_told(self) -> None:
        for host in ("a..b", "a" * 64):
            code, _, err = said("ping", f"amqp://{host}:5672")
            self.assertEqual(code, 2)
            self.assertIn(f"'amqp://{host}:5672' is not a URL such as amqp://", err)

    def test_a_time_that_is_none_is_told(self) -> None:
        for time in ("0", "-1", "soon", "inf", "nan", "1e300"):
            code, _, err = said("ping", f"--timeout={time}", "amqp://127.0.0.1:1")
            self.assertEqual(code, 2)
            self.assertIn(f"'{time}' is not a number of seconds", err)
