"""What the machine can do: a bare Twisted server that answers canned bytes, swallows messages or produces them.

``python -m benchmarks.bare PORT`` answers every method with bytes made beforehand and looks at nothing else. Where a
queue called ``bulk`` is declared, that connection stops looking even for methods: bytes are counted, a passive declare
tells how many messages that makes, and a consumer gets as many.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import cast

from twisted.internet import reactor
from twisted.internet.interfaces import IReactorCore, IReactorTCP, ITCPTransport
from twisted.internet.protocol import Protocol, ServerFactory

from benchmarks.frames import CLOSE, FRAME_MAX, HEAD, HEADER, METHOD, declare, frame, ids

BULK = "bulk"
START = frame(
    0,
    "connection.start",
    version_minor=9,
    server_properties={"product": "bare", "capabilities": {"basic.nack": True, "publisher_confirms": True}},
    mechanisms=b"PLAIN",
    locales=b"en_US",
)
START_0_8 = START.replace(b"\x00\x09", b"\x08\x00", 1)
TUNE = frame(0, "connection.tune", channel_max=2047, frame_max=FRAME_MAX, heartbeat=0)
ANSWERS = {
    ids("connection.start-ok"): TUNE,
    ids("connection.open"): frame(0, "connection.open-ok"),
    ids("connection.close"): frame(0, "connection.close-ok"),
    ids("connection.close", "0-8"): frame(0, "connection.close-ok", version="0-8"),
    ids("channel.open"): frame(1, "channel.open-ok"),
    ids("channel.close"): frame(1, "channel.close-ok"),
    ids("queue.declare"): frame(1, "queue.declare-ok", queue="q"),
    ids("queue.delete"): frame(1, "queue.delete-ok"),
    ids("queue.purge"): frame(1, "queue.purge-ok"),
    ids("basic.get"): frame(1, "basic.get-ok", b"x" * 128, delivery_tag=1, routing_key="q"),
    ids("basic.qos"): frame(1, "basic.qos-ok"),
    ids("confirm.select"): frame(1, "confirm.select-ok"),
}
_CONSUME, _CONFIRM = ids("basic.consume"), ids("confirm.select")
_DECLARE_BULK = declare(BULK).data
_ASK = declare(BULK, passive=True).data


class Bare(Protocol):
    """Answers each method with its canned bytes."""

    transport: ITCPTransport

    def connectionMade(self) -> None:
        self.transport.setTcpNoDelay(True)
        self._handle: Callable[[bytes], None] = self._begin
        self._swallowed = 0
        self._message_size = 1
        self._deliveries = b""

    def dataReceived(self, data: bytes) -> None:
        self._handle(data)

    def _begin(self, data: bytes) -> None:
        self._handle = self._answer
        self.transport.write(START if data == HEADER else START_0_8)

    def _answer(self, data: bytes) -> None:
        if data == _DECLARE_BULK:
            self._handle = self._swallow
        answers = []
        at = 0
        while at < len(data):
            answers.append(ANSWERS.get(data[at + METHOD : at + METHOD + 4], b""))
            at += HEAD.size + HEAD.unpack_from(data, at)[2] + 1
        self.transport.write(b"".join(answers))

    def _swallow(self, data: bytes) -> None:
        method = data[METHOD : METHOD + 4]
        if data.endswith(_ASK):
            self._count(data[: -len(_ASK)])
            count = self._swallowed // self._message_size
            self._deliveries = b"".join(_deliveries(count))
            self.transport.write(frame(1, "queue.declare-ok", queue=BULK, message_count=count))
        elif method == _CONSUME:
            self.transport.write(frame(1, "basic.consume-ok", consumer_tag="c") + self._deliveries)
        elif method in ANSWERS:
            if method == _CONFIRM:
                self._handle = self._confirm
            self._swallowed = 0
            self.transport.write(ANSWERS[method])
        else:
            self._count(data)

    def _confirm(self, data: bytes) -> None:
        if data.endswith(CLOSE):
            self.transport.write(ANSWERS[ids("connection.close")])
            return
        self._count(data)
        tag = self._swallowed // self._message_size
        self.transport.write(frame(1, "basic.ack", delivery_tag=tag, multiple=True))

    def _count(self, data: bytes) -> None:
        if data and not self._swallowed:
            self._message_size = _size_of_message(data)
        self._swallowed += len(data)


def _size_of_message(data: bytes) -> int:
    """The octets of the first message's frames: method, header, and bodies up to what the header announces."""
    header: int = HEAD.size + HEAD.unpack_from(data)[2] + 1
    body = int.from_bytes(data[header + METHOD + 4 : header + METHOD + 12], "big")
    bodies = -(-body // (FRAME_MAX - 8))
    size: int = HEAD.unpack_from(data, header)[2]
    return header + HEAD.size + size + 1 + body + 8 * bodies


def _deliveries(count: int) -> list[bytes]:
    tagged = frame(1, "basic.deliver", b"x" * 128, consumer_tag="c", delivery_tag=1, routing_key=BULK)
    tag = METHOD + 4 + 2
    return [tagged[:tag] + number.to_bytes(8, "big") + tagged[tag + 8 :] for number in range(1, count + 1)]


def main() -> None:
    """Listen on the port given, and say so."""
    factory = ServerFactory()
    factory.noisy = False
    factory.protocol = Bare
    cast(IReactorTCP, reactor).listenTCP(int(sys.argv[1]), factory, backlog=1024, interface="127.0.0.1")
    print("listening", flush=True)
    cast(IReactorCore, reactor).run()


if __name__ == "__main__":
    main()
