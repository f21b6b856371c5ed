"""What a bare socket sees of each action, over TCP."""

from __future__ import annotations

import select
import socket
import struct
import time
from contextlib import suppress
from types import MappingProxyType
from typing import Any

from fakebroker.faults.crossing import octets_of
from fakebroker.wire.command import Command, Content, Heartbeat, Malformed, ProtocolHeader
from fakebroker.wire.reader import Reader
from fakebroker.wire.spec import load
from fakebroker.wire.writer import encode
from tests.faults.clients.rules import COMMON, PLAIN, Row, Seen, instead, until
from tests.rawclient import HEADERS

PATIENCE, HURRY = 10.0, 0.3
"""Real seconds to wait for an answer: before the rule has acted, and afterwards where one waits in vain."""

CAPABILITIES = {"consumer_cancel_notify": True, "connection.blocked": True}


class Over(Exception):
    """The conversation has come to its end."""


class RawConversation:
    """A blocking socket that follows no rules of its own."""

    version = "0-9-1"
    heartbeat = 0

    def __init__(self, broker: Any, row: Row, acted: Any) -> None:
        self.seen: list[str] = []
        self._broker = broker
        self._row = row
        self._acted = acted
        self._spec = load(self.version)
        self._reader = Reader(self._spec, lambda channel: True)
        self._events: list[Any] = []
        self._passed = False
        self._undecoded = 0
        self._socket = socket.socket()

    def run(self) -> list[str]:
        """What was seen, to the end."""
        try:
            self.log_in()
            self._work()
        except Over:
            pass
        finally:
            self.close()
        return self.seen

    def close(self) -> None:
        """Be gone."""
        self._socket.close()

    def log_in(self) -> None:
        """The handshake."""
        try:
            self._socket.connect((self._broker.host, self._broker.port))
            self._socket.sendall(HEADERS[self.version])
        except OSError:
            self._over()
        start = self._answer("connection.start")
        self.seen += [f"offered {start.args.mechanisms.decode()}"] if b"EXTERNAL" in start.args.mechanisms else []
        properties = {"capabilities": CAPABILITIES}
        fields: dict[str, Any] = {"mechanism": "PLAIN", "response": b"\0guest\0guest", "locale": "en_US"}
        self._say("connection.start-ok", 0, client_properties=properties, **fields)
        while (tune := self._answer("connection.tune", "connection.secure")).name == "connection.secure":
            self.seen.append(f"challenge {tune.args.challenge.decode()}")
            self._say("connection.secure-ok", 0, response=b"well")
        limits = tune.args._asdict()
        self._reader.frame_max = limits["frame_max"]
        if limits["frame_max"] != 131072:
            self.seen.append("tune {channel_max} {frame_max} {heartbeat}".format(**limits))
        self._say("connection.tune-ok", 0, **{**limits, "heartbeat": self.heartbeat})
        self._say("connection.open", 0, virtual_host="/")
        self._answer("connection.open-ok")
        self.seen.append("logged in")

    def _work(self) -> None:
        self.ask("channel.open", "channel.open-ok")
        self.seen.append("channel open")
        self.seen.append(f"declared {self.ask('queue.declare', 'queue.declare-ok', queue='jobs').args.message_count}")
        if self.version == "0-9-1":
            self.ask("confirm.select", "confirm.select-ok")
        for number in (1, 2, 3):
            content = Content.make({}, b"m%d" % number)
            self._say("basic.publish", 1, content, routing_key="jobs")
            self._gather("basic.ack", number)
        self.ask("basic.consume", "basic.consume-ok", queue="jobs", consumer_tag="me")
        self._gather("basic.deliver", 3)
        self.ask("basic.qos", "basic.qos-ok")  # by now all that was on its way has come
        answer = self.ask("basic.get", ("basic.get-empty", "basic.get-ok"), queue="jobs")
        self.seen.append("empty" if answer.content is None else f"fetched {answer.args.delivery_tag} {_body(answer)}")
        self._say("connection.close", 0)
        self._answer("connection.close-ok")
        self.seen.append("goodbye")

    # --- saying

    def _say(self, name: str, channel: int = 1, content: Content | None = None, **fields: Any) -> None:
        # A socket that is gone says so when it is read; what came before the end is there still.
        with suppress(OSError):
            self._socket.sendall(encode(self._spec.command(channel, name, content, **fields), 0))

    def tell(self, name: str, **fields: Any) -> None:
        """Send a command on channel 1, and wait for nothing."""
        self._say(name, 1, **fields)

    def reset(self) -> None:
        """Have the socket end with a RST when it is closed."""
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    def is_quiet(self) -> bool:
        """Whether there is nothing to read, not even an end."""
        return not select.select([self._socket], [], [], 0)[0]

    def ask(self, name: str, answers: str | tuple[str, ...], **fields: Any) -> Command:
        """Send a command on channel 1, and wait for its answer."""
        self._say(name, 1, **fields)
        return self._answer(*((answers,) if isinstance(answers, str) else answers))

    # --- hearing

    def _answer(self, *names: str) -> Command:
        """The answer; whatever else comes before it is told."""
        while True:
            event = self._next()
            if event is None:
                self._in_vain()
            elif isinstance(event, Command) and event.name in names and event.channel in (0, 1):
                return event
            else:
                self._tell(event)

    def _gather(self, name: str, count: int) -> None:
        """Wait for so many of a kind, or until nothing more comes."""
        came = sum(each.startswith(("ack", "nack") if name == "basic.ack" else "deliver") for each in self.seen)
        while came < count:
            event = self._next(self._row.few)
            if event is None:
                return
            came += self._tell(event) in (name, "basic.nack" if name == "basic.ack" else name)

    def _in_vain(self) -> None:
        if self._row.passes and not self._passed:
            self._passed = True
            self.seen.append(f"({self._row.passes:g} s pass)")
            self._broker.clock.advance(self._row.passes)
        elif self._row.release and not self._passed:
            self._passed = True
            self.seen.append("(released)")
            self._broker.faults.release(self._row.release)
        else:
            self.seen.append("silence")
            raise Over

    def _next(self, few: bool = False) -> Any:
        """The next event; None when none comes in time.

        :param few: whether there may be no more.
        """
        deadline = time.monotonic() + PATIENCE
        while not self._events:
            hurried = few or (self._row.silent and not self._row.few and not self._passed)
            self._socket.settimeout(HURRY if hurried else PATIENCE)
            try:
                data = self._socket.recv(65536)
            except TimeoutError:
                if (hurried and self._acted()) or time.monotonic() > deadline:
                    return None
                continue
            except OSError:
                self._over()
            if not data:
                self._over()
            header = data[:8] if data.startswith(b"AMQP") else b""
            self._events += [ProtocolHeader(header)] if header else self._reader.feed(data)
            self._undecoded += len(data)
        event = self._events.pop(0)
        self._undecoded -= len(octets_of(event, self._reader.frame_max))
        return event

    def _over(self) -> None:
        self.seen.append("half of something, and the end" if self._undecoded else "the end")
        raise Over

    def _tell(self, event: Any) -> str:
        """Put into words what came, and do what a client does about it."""
        if isinstance(event, Malformed):
            self.seen.append("no frame")
            raise Over
        if isinstance(event, ProtocolHeader):
            self.seen.append(f"header {event.data[4:].hex(' ')}")
            return ""
        if isinstance(event, Heartbeat):
            self.seen.append("heartbeat")
            return ""
        args, name = event.args, event.name
        elsewhere = f" on {event.channel}" if event.channel > 1 else ""
        if name in ("basic.ack", "basic.nack"):
            self.seen.append(f"{name[6:]} {args.delivery_tag}{' multiple' if args.multiple else ''}")
        elif name == "basic.deliver":
            self.seen.append(f"deliver {args.delivery_tag} {_body(event)}{' again' if args.redelivered else ''}")
            self._say("basic.ack", 1, delivery_tag=args.delivery_tag)
        elif name == "basic.return":
            self.seen.append(f"return {args.reply_code} {_body(event)}")
        elif name in ("connection.close", "channel.close"):
            self.seen.append(f"{name} {args.reply_code}")
            self._say(f"{name}-ok", event.channel)
            if name == "channel.close":
                raise Over
        else:
            keys = [key for key in ("active", "consumer_tag", "reason", "host") if hasattr(args, key)]
            told = [str(getattr(args, key)) for key in keys]
            self.seen.append(" ".join([name, *told]) + elsewhere)
        return str(name)


class RawZeroEight(RawConversation):
    version = "0-8"


def _body(command: Command) -> str:
    assert command.content is not None
    return command.content.body.decode()


SEEN: MappingProxyType[str, Seen] = MappingProxyType(
    {
        **COMMON,
        "refuse": ("the end",),
        "close": until("declared 0", "the end"),
        "octet_limit": until("declared 0", "half of something, and the end"),
        "half_close": until("declared 0", "the end"),
        "reset": until("declared 0", "the end"),
        "blackhole": until("ack 2", "silence"),
        "stall_reading": until("ack 3", "silence"),
        "down": until("ack 2", "the end"),
        "foreign_header": ("header 00 01 00 00", "the end"),
        "mechanisms": ("offered PLAIN EXTERNAL", *PLAIN),
        "refuse_mechanism": ("(3 s pass)", "the end"),
        "challenge": ("challenge say more", "challenge say more", *PLAIN),
        "refuse_login": ("the end",),
        "tune": ("tune 3 4096 7", *PLAIN),
        "refuse_vhost": ("connection.close 530", "the end"),
        "redirect": PLAIN,
        "expire": until("ack 2", "connection.close 320", "the end"),
        "truncate": until("empty", "half of something, and the end"),
        "cut": until("deliver 1 m1", "half of something, and the end"),
        "corrupt": until("empty", "no frame"),
        "wrong_frame_end": until("empty", "no frame"),
        "wrong_channel": until("empty", "basic.get-empty on 77", "silence"),
        "oversize_frame": until("declared 0", "no frame"),
        "unknown_frame": until("declared 0", "no frame"),
        "garbage": until("declared 0", "no frame"),
        "drop": until("declared 0", "silence"),
        "close_channel": until("empty", "channel.close 404"),
        "close_connection": until("empty", "connection.close 541", "the end"),
        "confirm_multiple": until("ack 1", "ack 2 multiple", *PLAIN[PLAIN.index("ack 3") :]),
        "return_message": (*until("ack 2", "return 312 m2", "ack 2", "ack 3"), "deliver 1 m1", "deliver 2 m3",
                           "empty", "goodbye"),
        "cancel_consumer": (*until("deliver 2 m2", "basic.cancel me", "fetched 4 m2"), "goodbye"),
        "postpone": (*until("deliver 3 m3"), "empty", "deliver 3 m3", "goodbye"),
        "delete_queue": until("empty", "channel.close 404"),
        "block": instead("ack 2", "connection.blocked low on memory", "connection.unblocked", "ack 2"),
        "flow": instead("ack 2", "channel.flow False", "ack 2"),
        "set_state": until("ack 2", "connection.close 320", "the end"),
        "do": until("ack 1", "connection.close 320", "the end"),
    }
)  # fmt: skip
"""By action, the whole conversation."""
