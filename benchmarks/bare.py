"""What the machine can do: a bare Twisted server that answers canned bytes, swallows messages or produces them.

``python -m benchmarks.bare PORT FILE`` answers every method with bytes made beforehand (``canned.py`` makes them) and
looks at nothing else. Where a queue called ``bulk`` is declared, that connection stops looking even for methods: bytes
are counted, a passive declare tells how many messages that makes, and a consumer gets as many.
"""

from __future__ import annotations

import pickle
import sys
from collections.abc import Callable
from pathlib import Path
from struct import Struct
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

from twisted.internet import reactor
from twisted.internet.interfaces import IReactorCore, IReactorTCP, ITCPTransport
from twisted.internet.protocol import Protocol, ServerFactory

if TYPE_CHECKING:
    from benchmarks.canned import Canned

_HEADER_0_9_1 = b"AMQP\x00\x00\x09\x01"
_HEAD = Struct(">BHI")
_METHOD = 7
_FRAME_MAX = 65536
_COUNTS = Struct(">IIB")
_TAG_OF_DELIVERY = _METHOD + 4 + 2
_TAG_OF_ACK = _METHOD + 4


class Bare(Protocol):
    """Answers each method with its canned bytes."""

    transport: ITCPTransport
    factory: BareFactory

    def connectionMade(self) -> None:
        self.transport.setTcpNoDelay(True)
        self._canned = self.factory.canned
        self._handle: Callable[[bytes], None] = self._begin
        self._swallowed = 0
        self._message_size = 1
        self._deliveries = b""

    def dataReceived(self, data: bytes) -> None:
        self._handle(data)

    def _begin(self, data: bytes) -> None:
        self._handle = self._answer
        self.transport.write(self._canned.start if data == _HEADER_0_9_1 else self._canned.start_0_8)

    def _answer(self, data: bytes) -> None:
        if data == self._canned.declare_bulk:
            self._handle = self._swallow
        answers = []
        at = 0
        while at < len(data):
            answers.append(self._canned.answers.get(data[at + _METHOD : at + _METHOD + 4], b""))
            at += _HEAD.size + _HEAD.unpack_from(data, at)[2] + 1
        self.transport.write(b"".join(answers))

    def _swallow(self, data: bytes) -> None:
        canned = self._canned
        method = data[_METHOD : _METHOD + 4]
        if data.endswith(canned.ask):
            self._count(data[: -len(canned.ask)])
            count = self._swallowed // self._message_size
            self._deliveries = b"".join(_tagged(canned.delivery, _TAG_OF_DELIVERY, tag + 1) for tag in range(count))
            self.transport.write(canned.counted + _COUNTS.pack(count, 0, 0xCE))
        elif method == canned.consume:
            self.transport.write(canned.consume_ok + self._deliveries)
        elif method in canned.answers:
            if method == canned.confirm:
                self._handle = self._confirm
            self._swallowed = 0
            self.transport.write(canned.answers[method])
        elif data.endswith(canned.goodbye):
            self.transport.write(canned.answers[canned.close])
        else:
            self._count(data)

    def _confirm(self, data: bytes) -> None:
        if data.endswith(self._canned.goodbye):
            self.transport.write(self._canned.answers[self._canned.close])
            return
        self._count(data)
        self.transport.write(_tagged(self._canned.ack, _TAG_OF_ACK, self._swallowed // self._message_size))

    def _count(self, data: bytes) -> None:
        if data and not self._swallowed:
            self._message_size = _size_of_message(data)
        self._swallowed += len(data)


class BareFactory(ServerFactory):
    """Gives every connection the canned bytes."""

    noisy = False

    def __init__(self, canned: Canned) -> None:
        self.canned = canned

    def buildProtocol(self, addr: object) -> Any:
        protocol = Bare()
        protocol.factory = self
        return protocol


def _tagged(frame: bytes, at: int, tag: int) -> bytes:
    return frame[:at] + tag.to_bytes(8, "big") + frame[at + 8 :]


def _size_of_message(data: bytes) -> int:
    """The octets of the first message's frames: method, header, and bodies up to what the header announces."""
    header: int = _HEAD.size + _HEAD.unpack_from(data)[2] + 1
    body = int.from_bytes(data[header + _METHOD + 4 : header + _METHOD + 12], "big")
    bodies = -(-body // (_FRAME_MAX - 8))
    size: int = _HEAD.unpack_from(data, header)[2]
    return header + _HEAD.size + size + 1 + body + 8 * bodies


def main() -> None:
    """Listen on the port given, with the canned bytes in the file given."""
    _, port, path = sys.argv
    with Path(path).open("rb") as file:
        factory = BareFactory(cast("Canned", SimpleNamespace(**pickle.load(file))))
    cast(IReactorTCP, reactor).listenTCP(int(port), factory, backlog=1024, interface="127.0.0.1")
    cast(IReactorCore, reactor).run()


if __name__ == "__main__":
    main()
