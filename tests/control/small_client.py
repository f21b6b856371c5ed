"""A program that talks to a broker, as tests of ``fakebroker sweep`` run it: small, so that it starts in no time.

Its argument says what kind of program it is:

- ``careful`` publishes a message with confirms and takes it back with an ack. Any error ends it with exit status 1.
- ``careless`` publishes without confirms, and ends with exit status 0 whatever happens.
- ``patient`` consumes; a consumer that the broker cancels is waited for, for ever. With ``forever`` as second argument
  it waits for a message that nobody has published.
- ``parent`` is patient, and has a child, whose process id it writes to the file that its second argument names.
- ``many`` is patient, and publishes and gets six messages.
- ``at`` is many, at the port that its second argument names.
- ``whole`` takes what it reads first for a whole frame, and is careful then.
- ``stranger`` does not connect, and ``unhappy`` ends with exit status 3.
"""

from __future__ import annotations

import os
import socket
import struct
import subprocess
import sys
from pathlib import Path

METHOD = 1
START, TUNE, OPEN_OK, CLOSE_OK = (10, 10), (10, 30), (10, 41), (10, 51)
CHANNEL_OK, DECLARE_OK, CONFIRM_OK, CONSUME_OK = (20, 11), (50, 11), (85, 11), (60, 21)
DELIVER, ACK, NACK = (60, 60), (60, 80), (60, 120)


def short(text: str) -> bytes:
    return bytes((len(text),)) + text.encode()


class Client:
    def __init__(self) -> None:
        self.socket = socket.create_connection((os.environ["AMQP_HOST"], int(os.environ["AMQP_PORT"])))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.stream = self.socket.makefile("rb")
        self.socket.sendall(b"AMQP\0\0\x09\x01")
        self.expect(START)
        response = f"\0{os.environ['AMQP_USER']}\0{os.environ['AMQP_PASSWORD']}"
        capability = short("consumer_cancel_notify") + b"t\x01"
        capabilities = short("capabilities") + b"F" + struct.pack(">I", len(capability)) + capability
        table = struct.pack(">I", len(capabilities)) + capabilities
        self.say(
            (10, 11), table + short("PLAIN") + struct.pack(">I", len(response)) + response.encode() + short("en_US")
        )
        self.expect(TUNE)
        self.say((10, 31), struct.pack(">HIH", 2047, 131072, 0))
        self.say((10, 40), short(os.environ["AMQP_VHOST"]) + short("") + b"\0")
        self.expect(OPEN_OK)
        self.say((20, 10), short(""), 1)
        self.expect(CHANNEL_OK)
        self.say((50, 10), b"\0\0" + short("jobs") + b"\0" + struct.pack(">I", 0), 1)
        self.expect(DECLARE_OK)

    def frame(self, kind: int, channel: int, payload: bytes) -> None:
        self.socket.sendall(struct.pack(">BHI", kind, channel, len(payload)) + payload + b"\xce")

    def say(self, method: tuple[int, int], arguments: bytes, channel: int = 0) -> None:
        self.frame(METHOD, channel, struct.pack(">HH", *method) + arguments)

    def expect(self, wanted: tuple[int, int]) -> None:
        while True:
            head = self.stream.read(7)
            if len(head) < 7:
                raise ConnectionError("the broker has hung up")
            kind, _, length = struct.unpack(">BHI", head)
            payload = self.stream.read(length + 1)
            if kind == METHOD and struct.unpack(">HH", payload[:4]) == wanted:
                return
            if kind == METHOD and struct.unpack(">HH", payload[:4]) == NACK:
                raise ConnectionError("refused")
            if kind == METHOD and struct.unpack(">HH", payload[:4]) in ((10, 50), (20, 40)):
                raise ConnectionError(f"closed with {struct.unpack('>H', payload[4:6])[0]}")

    def publish(self, body: bytes) -> None:
        self.say((60, 40), b"\0\0" + short("") + short("jobs") + b"\0", 1)
        self.frame(2, 1, struct.pack(">HHQH", 60, 0, len(body), 0))
        self.frame(3, 1, body)

    def consume(self, count: int = 1) -> None:
        self.say((60, 20), b"\0\0" + short("jobs") + short("me") + b"\0" + struct.pack(">I", 0), 1)
        self.expect(CONSUME_OK)
        for number in range(1, count + 1):
            self.expect(DELIVER)
            self.say(ACK, struct.pack(">QB", number, 0), 1)

    def close(self) -> None:
        self.say((10, 50), struct.pack(">H", 200) + short("") + b"\0\0\0\0")
        self.expect(CLOSE_OK)


def careful() -> None:
    client = Client()
    client.say((85, 10), b"\0", 1)
    client.expect(CONFIRM_OK)
    client.publish(b"order 1")
    client.expect(ACK)
    client.consume()
    client.close()


def careless() -> None:
    try:
        client = Client()
        client.publish(b"order 1")
        client.close()
    except OSError:
        sys.stdout.write("never mind\n")


def patient(count: int = 1) -> None:
    client = Client()
    for number in range(count):
        client.publish(b"order %d" % number)
    client.consume(count + ("forever" in sys.argv))
    client.close()


def many() -> None:
    patient(6)


def parent() -> None:
    child = subprocess.Popen(["sleep", "600"])
    with Path(sys.argv[2]).open("a") as file:
        file.write(f"{child.pid}\n")
    patient()
    child.kill()
    child.wait()


def whole() -> None:
    with socket.create_connection((os.environ["AMQP_HOST"], int(os.environ["AMQP_PORT"]))) as first:
        first.sendall(b"AMQP\0\0\x09\x01")
        if first.recv(65536)[-1:] != b"\xce":
            raise ValueError("half a frame")
    careful()


def stranger() -> None:
    sys.stdout.write("I know nobody\n")


def at() -> None:
    os.environ["AMQP_PORT"] = sys.argv[2]
    many()


def unhappy() -> None:
    Client().close()
    sys.stderr.write("I am unhappy\n")
    sys.exit(3)


if __name__ == "__main__":
    kinds = (at, careful, careless, patient, many, parent, whole, stranger, unhappy)
    {each.__name__: each for each in kinds}[sys.argv[1]]()
