"""Addresses of reply consumers: which ones RabbitMQ can read, and over which it crashes."""

from __future__ import annotations

from base64 import b64encode
from struct import pack
from unittest import TestCase

from fakebroker.broker.queues.reply_address import PREFIX, ReplyAddress, read_address
from fakebroker.errors import AMQPError

MADE = ReplyAddress.make(7, "key")
PROCESS = str(MADE)[len(PREFIX) :].partition(".")[0]
NODE = b"reply@9248884"
PID = pack(">III", *MADE[:3])


def address(term: bytes) -> str:
    return f"{PREFIX}{b64encode(term).decode()}.key"


def of_node(node: bytes, rest: bytes = PID) -> str:
    return address(b"\x83Xv" + pack(">H", len(node)) + node + rest)


class Addresses(TestCase):
    def test_what_is_made_is_read(self) -> None:
        for number in (0, 1, 0x7FFF, 0x8000, 123456789):
            made = ReplyAddress.make(number, "key")
            self.assertEqual(made, read_address(str(made)))

    def test_the_same_written_otherwise(self) -> None:
        old, cut = b"\x83gw" + bytes([len(NODE)]) + NODE, PID[:8] + b"\0"
        for text in (
            f"{PREFIX}.{PROCESS}..key",
            f"{PREFIX}{PROCESS[:4]} \t\r\n{PROCESS[4:]}.key.",
            of_node(NODE.replace(b"@", b"@+00")),
            of_node(b"any@9248884"),
            of_node("é@9248884".encode()),
            of_node(NODE, PID[:8] + bytes(4)),
            address(old + PID),
            address(old + cut),
        ):
            self.assertEqual(MADE, read_address(text), text)

    def test_others(self) -> None:
        for text in (
            of_node(NODE, pack(">III", 0x7FFF, 0x1FFF, 0)),
            of_node(NODE, pack(">III", 0xFFFFFFFF, 0xFFFFFFFF, 1)),
            f"{PREFIX}{PROCESS}.k\udcff",
        ):
            self.assertNotIn(read_address(text), (None, MADE), text)

    def test_what_has_not_two_parts_is_no_address(self) -> None:
        for text in ("", ".", "..", "***", ".key", f"{PROCESS}.", f"{PROCESS}.key.more", f"{PROCESS}.\u0301key"):
            self.assertIsNone(read_address(PREFIX + text), text)

    def test_rabbitmq_crashes_over_a_process_that_it_cannot_read(self) -> None:
        for text in (
            f"{PREFIX}***.key",
            f"{PREFIX}é.key",
            f"{PREFIX} .key",
            f"{PREFIX}\udcff.key",
            f"{PREFIX}{PROCESS}.\udcff",
            f"{PREFIX}{PROCESS}=.key",
            f"{PREFIX}{PROCESS[:-1]}.key",
            f"{PREFIX}{PROCESS[:5]}={PROCESS[5:]}.key",
            f"{PREFIX}{'A' * 200}.key",
            address(b"hello"),
            address(b"\x83"),
            address(b"\x83X"),
            address(b"\x83Xv\0"),
            address(b"\x83Xw"),
            address(b"\x83X\x64\0\x0d" + NODE + PID),
            address(b"\x83w\x02ok"),
            of_node(NODE, PID + b"x"),
            of_node(NODE, PID[:-1]),
            of_node(NODE, pack(">III", 0x8000, 0, 0)),
            of_node(NODE, pack(">III", 0, 0x2000, 0)),
            of_node(b"reply@1"),
            of_node(b"reply@-9248884"),
            of_node(b"reply@ 9248884"),
            of_node(b"reply@" + b"9" * 5000),
            of_node(b"reply@x"),
            of_node(b"reply"),
            of_node(NODE + b"@1"),
            of_node(b"\xff" + NODE),
            of_node(b"x" * 250 + NODE),
        ):
            with self.assertRaises(AMQPError, msg=text) as caught:
                read_address(text)
            self.assertEqual("internal-error", caught.exception.name)
