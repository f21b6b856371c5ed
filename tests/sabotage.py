"""A busy broker, and an exception at one call of its code: what is then told, and who is still served."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from types import CodeType, FrameType
from typing import Any, NamedTuple

from twisted.internet.protocol import Factory, Protocol

import fakebroker
from fakebroker import FakeBroker
from fakebroker.faults import Delay, Duplicate, Hold, Redeliver, when
from fakebroker.testing import VirtualClock
from fakebroker.wire.command import Content
from fakebroker.wire.spec import load
from fakebroker.wire.writer import encode

PACKAGE = str(Path(fakebroker.__file__).parent)
SPEC = load("0-9-1")


class Injected(Exception):
    """What is raised."""


class Boundary(NamedTuple):
    """A place where one function of the package is called."""

    callee: CodeType
    caller: CodeType | None
    line: int

    def __str__(self) -> str:
        place = Path(self.callee.co_filename).relative_to(PACKAGE)
        caller = "a test" if self.caller is None else self.caller.co_name
        return f"{place}:{self.callee.co_firstlineno} {self.callee.co_name}, called by {caller}, line {self.line}"


@contextmanager
def watched(seen: Callable[[Boundary], None]) -> Iterator[None]:
    """Within the block, every call of a function of the package is shown to ``seen``; what that raises, it raises."""

    def profile(frame: FrameType, event: str, _: Any) -> None:
        if event == "call" and frame.f_code.co_filename.startswith(PACKAGE):
            back = frame.f_back
            inside = back is not None and back.f_code.co_filename.startswith(PACKAGE)
            caller = back.f_code if back is not None and inside else None
            seen(Boundary(frame.f_code, caller, back.f_lineno if back is not None else 0))

    before = sys.getprofile()
    sys.setprofile(profile)
    try:
        yield
    finally:
        sys.setprofile(before)


class Peer(Protocol):
    """A client that writes what was made before, and reads nothing of what comes, so that no code of the package is
    its own."""

    def __init__(self) -> None:
        self.octets = b""

    def dataReceived(self, data: bytes) -> None:
        self.octets += data


def octets(name: str, channel: int = 1, body: bytes | None = None, properties: Any = None, **fields: Any) -> bytes:
    """One command as it is written."""
    content = None if body is None else Content.make(properties or {}, body)
    return encode(SPEC.command(channel, name, content, **fields), 0)


def handshake(heartbeat: int) -> list[bytes]:
    """All that a client says up to its fourth channel; it never sends a heartbeat."""
    return [
        b"AMQP\0\0\x09\x01",
        octets("connection.start-ok", 0, mechanism="PLAIN", response=b"\0guest\0guest", locale="en_US",
               client_properties={"capabilities": {"connection.blocked": True, "consumer_cancel_notify": True}}),
        octets("connection.tune-ok", 0, channel_max=2047, frame_max=131072, heartbeat=heartbeat)
        + octets("connection.open", 0, virtual_host="/"),
        b"".join(octets("channel.open", number) for number in (1, 2, 3, 4)),
    ]  # fmt: skip


HANDSHAKE = handshake(heartbeat=10)
QUIET = handshake(heartbeat=0)
DEAD = {"x-dead-letter-exchange": "", "x-dead-letter-routing-key": "dead"}
QUEUES: dict[str, dict[str, Any]] = {
    "work": {},
    "dead": {},
    "short": {"x-max-length": 1, **DEAD},
    "brief": {"x-message-ttl": 500, **DEAD},
    "urgent": {"x-max-priority": 3},
    "idle": {"x-expires": 2000},
    "agreed": {"x-queue-type": "quorum"},
    "log": {"x-queue-type": "stream"},
}
TOPOLOGY = [
    *(octets("queue.declare", queue=name, durable=True, arguments=arguments) for name, arguments in QUEUES.items()),
    octets("exchange.declare", exchange="topics", type="topic"),
    octets("queue.bind", queue="work", exchange="topics", routing_key="a.#"),
    octets("queue.bind", queue="urgent", exchange="topics", routing_key="*.b"),
    octets("queue.bind", queue="agreed", exchange="amq.headers", arguments={"x-match": "any", "kind": "vote"}),
    octets("basic.qos", 2, prefetch_count=10),
    octets("basic.qos", 3, prefetch_count=2, global_=True),
    octets("basic.consume", 2, queue="work", consumer_tag="worker"),
    octets("basic.consume", 2, queue="agreed", consumer_tag="voter"),
    octets("basic.consume", 3, queue="urgent", consumer_tag="hasty"),
    octets("basic.qos", 4, prefetch_count=1),
    octets("basic.consume", 4, queue="log", consumer_tag="reader", arguments={"x-stream-offset": "first"}),
    octets("basic.consume", 1, queue="dead", consumer_tag="undertaker", no_ack=True),
    octets("basic.consume", 1, queue="amq.rabbitmq.reply-to", consumer_tag="replies", no_ack=True),
    octets("confirm.select"),
]
PUBLISH = [
    octets("basic.publish", body=b"one", exchange="topics", routing_key="a.b", properties={"priority": 2}),
    octets("basic.publish", body=b"alike", routing_key="work") * 5,
    octets("basic.publish", body=b"vote", exchange="amq.headers", properties={"headers": {"kind": "vote"}}) * 3,
    *(octets("basic.publish", body=b"x", routing_key=name) * 2 for name in ("short", "brief", "log")),
    octets("basic.publish", body=b"m", routing_key="nowhere", mandatory=True),
    octets("basic.publish", body=b"q", routing_key="urgent", properties={"reply_to": "amq.rabbitmq.reply-to"}),
]
SETTLE = [
    octets("basic.ack", 2, delivery_tag=1),
    octets("basic.ack", 2, delivery_tag=3, multiple=True),
    octets("basic.nack", 2, delivery_tag=4, requeue=True),
    octets("basic.reject", 3, delivery_tag=1, requeue=False),
    octets("basic.get", 1, queue="urgent"),
    octets("basic.recover", 2, requeue=True),
    octets("tx.select", 3),
    octets("basic.publish", 3, body=b"tx", routing_key="work"),
    octets("tx.commit", 3),
    octets("queue.purge", queue="work"),
    octets("basic.cancel", 2, consumer_tag="voter"),
    octets("queue.unbind", queue="work", exchange="topics", routing_key="a.#"),
]
END = [
    octets("queue.delete", queue="agreed"),
    octets("exchange.delete", exchange="topics"),
    octets("queue.declare", 3, queue="missing", passive=True),
    octets("channel.close", 2),
    octets("connection.close", 0),
]


class Stage:
    """A broker on which something happens, and a bystander whom all that does not concern."""

    def __init__(self) -> None:
        self.clock = VirtualClock()
        self.broker = FakeBroker(clock=self.clock)
        self.raised: list[Exception] = []
        self.bystander = self.connect(QUIET)
        self.write(self.bystander, [octets("queue.declare", queue="apart"),
                                    octets("basic.consume", queue="apart", no_ack=True)])  # fmt: skip

    def connect(self, pieces: list[bytes]) -> Peer:
        """A client that has written something, piece by piece."""
        peer = Peer()
        factory = Factory.forProtocol(lambda: peer)
        factory.noisy = False
        self.attempt(lambda: self.broker.endpoint().connect(factory))
        self.write(peer, pieces)
        return peer

    def write(self, peer: Peer, pieces: list[bytes]) -> None:
        for piece in pieces:
            self.attempt(partial(self._write, peer, piece))

    def _write(self, peer: Peer, piece: bytes) -> None:
        if peer.transport is not None:
            peer.transport.write(piece)
            self.clock.settle()

    def attempt(self, call: Callable[[], Any]) -> None:
        """What a test does; what it is told by an exception is noted, and the test goes on."""
        try:
            call()
        except Exception as error:
            self.raised.append(error)

    def serves(self, peer: Peer, queue: str, body: bytes) -> bool:
        """Whether a client that consumes from a queue gets a message that another one publishes."""
        sender = self.connect([*QUIET, octets("basic.publish", routing_key=queue, body=body)])
        self.attempt(self.clock.settle)
        self.write(sender, [octets("connection.close", 0)])
        return body in peer.octets


def clients(stage: Stage) -> None:
    """What clients do: everything once."""
    one, other = stage.connect(HANDSHAKE), stage.connect(HANDSHAKE)
    stage.write(one, TOPOLOGY)
    stage.write(other, PUBLISH)
    stage.write(one, PUBLISH)
    stage.write(one, SETTLE)
    stage.attempt(lambda: stage.clock.advance(1))
    stage.write(one, END)
    if other.transport is not None:
        stage.attempt(other.transport.abortConnection)  # type: ignore[attr-defined]
    stage.attempt(lambda: stage.clock.advance(40))  # heartbeats that are not answered, queues that expire


def faults(stage: Stage) -> None:
    """The same with rules at work."""
    add = stage.broker.faults.add
    stage.attempt(lambda: add(when("basic.publish", nth=2), Delay(0.1)))
    stage.attempt(lambda: add(when("basic.deliver", nth=2), Duplicate()))
    stage.attempt(lambda: add(when("basic.ack", nth=1), Hold("later")))
    stage.attempt(lambda: add(when("basic.deliver", nth=4), Redeliver()))
    clients(stage)
    stage.attempt(lambda: stage.broker.faults.release("later"))


def operator(stage: Stage) -> None:
    """What tests and operators do."""
    broker, attempt = stage.broker, stage.attempt
    one, _ = stage.connect(HANDSHAKE), stage.connect(HANDSHAKE)
    stage.write(one, TOPOLOGY)
    attempt(lambda: broker.publish(b"m", "work", headers={"a": 1}))
    attempt(lambda: broker.get("urgent"))
    attempt(lambda: broker.set_alarm())
    stage.write(one, PUBLISH[:2])
    attempt(broker.clear_alarm)
    attempt(broker.clear_alarm)
    attempt(lambda: broker.journal.transcript())
    attempt(lambda: broker.export_definitions())
    attempt(lambda: broker.delete_queue("work"))
    attempt(lambda: broker.close_connection(broker.connections[1]))
    attempt(stage.clock.settle)


def outage(stage: Stage) -> None:
    """What ends everybody."""
    broker, attempt = stage.broker, stage.attempt
    one = stage.connect(HANDSHAKE)
    stage.write(one, TOPOLOGY)
    stage.write(one, PUBLISH)
    attempt(broker.restart)
    attempt(stage.clock.settle)
    stage.connect(HANDSHAKE)
    attempt(lambda: broker.down(5))
    attempt(lambda: stage.clock.advance(5))
    stage.connect(HANDSHAKE)
    attempt(broker.reset)
    attempt(stage.clock.settle)


SCENES: dict[str, Callable[[Stage], None]] = {
    "clients": clients, "faults": faults, "operator": operator, "outage": outage,
}  # fmt: skip


def boundaries(scene: Callable[[Stage], None]) -> list[Boundary]:
    """Where functions are called in a scene, in the order of the first time."""
    found: dict[Boundary, None] = {}
    stage = Stage()
    with watched(lambda boundary: found.setdefault(boundary, None)):
        scene(stage)
    return list(found)


def sabotaged(scene: Callable[[Stage], None], boundary: Boundary) -> Stage:
    """A stage after a scene in which the first call at a boundary raised, and nothing was done about it."""
    stage = Stage()
    done: list[Boundary] = []

    def sabotage(here: Boundary) -> None:
        if here == boundary and not done:
            done.append(here)
            sys.setprofile(None)
            raise Injected(str(boundary))

    with watched(sabotage):
        scene(stage)
    return stage
