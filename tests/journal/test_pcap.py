"""Captures: their bytes, and what Wireshark's dissector makes of them."""

from __future__ import annotations

import shutil
import struct
import subprocess
import tempfile
from pathlib import Path
from unittest import skipUnless

from fakebroker.faults import Garbage, Reset, when
from fakebroker.journal.pcap import RST
from tests.faults.scene import Scene

TSHARK = shutil.which("tshark")


class Captures(Scene):
    def packets(self) -> list[tuple[float, bytes]]:
        """The time and the octets of each packet."""
        data = self.broker.journal.pcap()
        self.assertEqual(struct.pack(">IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 0xFFFF, 101), data[:24])
        packets = []
        offset = 24
        while offset < len(data):
            seconds, micros, kept, length = struct.unpack_from(">IIII", data, offset)
            self.assertEqual(kept, length)
            packets.append((seconds + micros / 1e6, data[offset + 16 : offset + 16 + length]))
            offset += 16 + length
        return packets

    def streams(self) -> tuple[bytes, bytes]:
        """What both sides sent, put together from the packets' payloads by sequence number."""
        sides = {5672: b"", 40001: b""}
        expected: dict[int, int] = {}
        for _, packet in self.packets():
            source, _, sequence, _, _, flags = struct.unpack_from(">HHIIBB", packet, 20)
            payload = packet[40:]
            self.assertEqual(expected.setdefault(source, sequence), sequence)
            expected[source] = sequence + len(payload) + (1 if flags & 0x03 else 0)
            sides[source] += payload
        return sides[40001], sides[5672]

    def test_the_streams_are_what_passed(self) -> None:
        client = self.connect()
        client.begin()
        client.hang_up()
        sent, received = self.streams()
        self.assertEqual(b"AMQP\x00\x00\x09\x01", sent)
        self.assertEqual(client.octets, received)

    def test_what_a_rule_wrote_is_there_as_it_was(self) -> None:
        client = self.client()
        self.add(when("queue.declare"), Garbage(b"JUNK"))
        client.send("queue.declare", 1, queue="x")
        self.assertTrue(self.streams()[1].endswith(client.octets))

    def test_a_reset_is_a_reset_of_who_made_it(self) -> None:
        self.client().abort()
        self.client()
        self.add(when("basic.qos"), Reset())
        last = self.client()
        last.send("basic.qos", 1)
        ends = []
        for _, packet in self.packets():
            source, flags = struct.unpack_from(">H", packet, 20)[0], packet[33]
            if flags & RST:
                ends.append(source)
        self.assertEqual([40001, 5672], ends)

    def test_times_are_the_clocks(self) -> None:
        client = self.client()
        self.clock.advance(1.25)
        client.hang_up()
        self.assertEqual((0.0, 1.25), (self.packets()[0][0], self.packets()[-1][0]))

    def test_checksums_are_right(self) -> None:
        client = self.client()
        self.publish(client, "odd")
        for _, packet in self.packets():
            self.assertEqual(0xFFFF, ones_sum(packet[:20]))
            tcp = packet[20:]
            self.assertEqual(0xFFFF, ones_sum(packet[12:20] + struct.pack(">BBH", 0, 6, len(tcp)) + tcp))

    @skipUnless(TSHARK, "tshark is not installed")
    def test_wireshark_shows_the_methods(self) -> None:
        client = self.consuming()
        self.publish(client, "hello")
        client.send("basic.ack", 1, delivery_tag=1)
        client.hang_up()
        shown = dissected(self.broker.journal.pcap())
        for method in ("Connection.Start", "Connection.Tune-Ok", "Queue.Declare", "Basic.Publish", "Basic.Deliver"):
            self.assertIn(method, shown)
        self.assertIn("Basic.Ack", shown)
        self.assertNotIn("Malformed", shown)
        self.assertNotIn("Retransmission", shown)
        self.assertNotIn("unseen segment", shown)


def ones_sum(data: bytes) -> int:
    """The ones' complement sum, which is all ones where a checksum is right."""
    data += b"\0" * (len(data) % 2)
    total: int = sum(struct.unpack(f">{len(data) // 2}H", data))
    while total > 0xFFFF:
        total = (total & 0xFFFF) + (total >> 16)
    return total


def dissected(capture: bytes) -> str:
    """What tshark prints for a capture."""
    assert TSHARK is not None
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "conversation.pcap"
        path.write_bytes(capture)
        command = [TSHARK, "-n", "-o", "tcp.check_checksum:TRUE", "-r", str(path)]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout
