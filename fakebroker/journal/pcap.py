"""Captures: the journal as a pcap file, for Wireshark and tshark.

Each connection becomes a TCP stream on port 5672 between two made-up hosts, with handshake, end and checksums. Commands
are encoded again; bytes that rules have written stand as they were. The format is libpcap's classic one (magic
0xa1b2c3d4, microseconds), with link type 101: raw IP.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable

from fakebroker.journal.entries import Entry, Lost, Opened, Raw
from fakebroker.wire.command import Command, Heartbeat, Malformed, ProtocolHeader
from fakebroker.wire.writer import HEARTBEAT, encode

LINKTYPE_RAW = 101
BROKER_PORT = 5672
CLIENT_PORT = 40000
CLIENT = bytes((10, 0, 0, 1))
BROKER = bytes((10, 0, 0, 2))
SEGMENT = 32768
"""How many octets of data a packet may have: IP's length field holds 65535 at most."""
FRAME_MAX = 131072

FIN, SYN, RST, PSH, ACK = 1, 2, 4, 8, 16


def capture(entries: Iterable[Entry]) -> bytes:
    """Make a capture file of these entries."""
    streams: dict[int, _Stream] = {}
    packets = [struct.pack(">IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 0xFFFF, LINKTYPE_RAW)]
    for entry in entries:
        stream = streams.get(entry.connection)
        if stream is None:
            stream = streams[entry.connection] = _Stream(CLIENT_PORT + entry.connection % 20000)
            packets += _at(entry.time, stream.opening())
        if isinstance(entry.item, Opened):
            continue
        if isinstance(entry.item, Lost):
            packets += _at(entry.time, stream.ending(entry.item.reason))
        else:
            packets += _at(entry.time, stream.data(entry.direction == "in", octets(entry)))
    return b"".join(packets)


def octets(entry: Entry) -> bytes:
    """The entry's bytes on the wire; none if it was not on the wire."""
    item = entry.item
    if isinstance(item, Command):
        return encode(item, FRAME_MAX)
    if isinstance(item, (ProtocolHeader, Malformed, Raw)):
        return item.data
    return HEARTBEAT if isinstance(item, Heartbeat) else b""


def _at(time: float, packets: Iterable[bytes]) -> list[bytes]:
    seconds = int(time)
    micros = int((time - seconds) * 1_000_000)
    return [struct.pack(">IIII", seconds, micros, len(packet), len(packet)) + packet for packet in packets]


class _Stream:
    """One TCP connection, with the sequence numbers of both sides."""

    def __init__(self, client_port: int) -> None:
        self._ports = (client_port, BROKER_PORT)
        self._next = {True: 1000, False: 2000}

    def opening(self) -> list[bytes]:
        packets = [self._packet(True, SYN, b"", acknowledged=False)]
        self._next[True] += 1
        packets.append(self._packet(False, SYN | ACK))
        self._next[False] += 1
        return [*packets, self._packet(True, ACK)]

    def data(self, from_client: bool, data: bytes) -> list[bytes]:
        packets = []
        for start in range(0, len(data), SEGMENT):
            piece = data[start : start + SEGMENT]
            packets.append(self._packet(from_client, PSH | ACK, piece))
            self._next[from_client] = (self._next[from_client] + len(piece)) % 2**32
        return packets

    def ending(self, reason: str) -> list[bytes]:
        if "reset" in reason:
            return [self._packet("client" in reason, RST | ACK)]
        first = "client" in reason
        packets = [self._packet(first, FIN | ACK)]
        self._next[first] += 1
        packets.append(self._packet(not first, FIN | ACK))
        self._next[not first] += 1
        return [*packets, self._packet(first, ACK)]

    def _packet(self, from_client: bool, flags: int, data: bytes = b"", acknowledged: bool = True) -> bytes:
        source, target = (CLIENT, BROKER) if from_client else (BROKER, CLIENT)
        ports = self._ports if from_client else self._ports[::-1]
        ack = self._next[not from_client] if acknowledged else 0
        tcp = struct.pack(">HHIIBBHHH", *ports, self._next[from_client], ack, 5 << 4, flags, 0xFFFF, 0, 0) + data
        pseudo = source + target + struct.pack(">BBH", 0, 6, len(tcp))
        tcp = tcp[:16] + struct.pack(">H", _checksum(pseudo + tcp)) + tcp[18:]
        head = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(tcp), 0, 0, 64, 6, 0) + source + target
        return head[:10] + struct.pack(">H", _checksum(head)) + head[12:] + tcp


def _checksum(data: bytes) -> int:
    """The Internet checksum (RFC 1071)."""
    if len(data) % 2:
        data += b"\0"
    total: int = sum(struct.unpack(f">{len(data) // 2}H", data))
    while total > 0xFFFF:
        total = (total & 0xFFFF) + (total >> 16)
    return total ^ 0xFFFF
