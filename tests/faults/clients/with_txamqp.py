"""What txAMQP sees of each action, in memory, on virtual time."""

from __future__ import annotations

from contextlib import suppress
from types import MappingProxyType
from typing import Any

from twisted.internet.defer import Deferred
from twisted.python.failure import Failure
from txamqp.client import Closed, TwistedDelegate
from txamqp.content import Content

from fakebroker import FakeBroker
from fakebroker.testing import VirtualClock, txamqp_client
from tests.faults.clients.rules import COMMON, PLAIN, Row, Seen, instead, until

LONG = 5.0
"""Virtual seconds after which an answer does not come any more."""


class Over(Exception):
    """The conversation has come to its end."""


class Telling(TwistedDelegate):
    """Notes what comes unasked."""

    def __init__(self, seen: list[str]) -> None:
        super().__init__()
        self._seen = seen

    def connection_secure(self, channel: Any, message: Any) -> None:
        self._seen.append(f"challenge {message.challenge}")
        channel.connection_secure_ok(response="well")

    def basic_return_(self, channel: Any, message: Any) -> None:
        self._seen.append(f"return {message.reply_code} {message.content.body}")

    def basic_ack(self, channel: Any, message: Any) -> None:
        self._seen.append(f"ack {message.delivery_tag}{' multiple' if message.multiple else ''}")

    def basic_nack(self, channel: Any, message: Any) -> None:
        self._seen.append(f"nack {message.delivery_tag}")

    def basic_cancel(self, channel: Any, message: Any) -> None:
        self._seen.append(f"basic.cancel {message.consumer_tag}")

    def channel_flow(self, channel: Any, message: Any) -> None:
        self._seen.append(f"channel.flow {message.active}")
        channel.channel_flow_ok(active=message.active)


class TxConversation:
    """A client in memory; the clock is turned whenever it waits."""

    def __init__(self, broker: FakeBroker, clock: VirtualClock, row: Row) -> None:
        self.seen: list[str] = []
        self._broker = broker
        self._clock = clock
        self._row = row

    def run(self) -> list[str]:
        """What was seen, to the end."""
        with suppress(Over):
            self._work()
        return self.seen

    def _work(self) -> None:
        delegate = Telling(self.seen)
        client = self._result(txamqp_client(self._broker, version="0-9-1", delegate=delegate))
        self.seen.append("logged in")
        channel = self._result(client.channel(1))
        self._result(channel.channel_open())
        self.seen.append("channel open")
        self.seen.append(f"declared {self._result(channel.queue_declare(queue='jobs')).message_count}")
        self._result(channel.confirm_select())
        for number in (1, 2, 3):
            publishing = channel.basic_publish(routing_key="jobs", content=Content(f"m{number}"))
            publishing.addErrback(lambda failure: None)  # what ends it is told by what comes next
            self._clock.advance(LONG)
        self._result(channel.basic_consume(queue="jobs", consumer_tag="me"))
        messages = self._result(client.queue("me"))
        self._clock.advance(LONG)
        self._take(channel, messages)
        answer = self._result(channel.basic_get(queue="jobs"))
        fetched = answer.method.name == "get-ok"
        self.seen.append(f"fetched {answer.delivery_tag} {answer.content.body}" if fetched else "empty")
        self._take(channel, messages)
        self._result(client.channels[0].connection_close())
        self.seen.append("goodbye")

    def _take(self, channel: Any, messages: Any) -> None:
        while messages.pending:
            message = self._result(messages.get())
            again = " again" if message.redelivered else ""
            self.seen.append(f"deliver {message.delivery_tag} {message.content.body}{again}")
            channel.basic_ack(delivery_tag=message.delivery_tag)
            self._clock.settle()

    def _result(self, deferred: Deferred[Any]) -> Any:
        results: list[Any] = []
        deferred.addBoth(results.append)
        self._clock.advance(LONG)
        if not results and self._row.release:
            self.seen.append("(released)")
            self._broker.faults.release(self._row.release)
            self._clock.advance(LONG)
        result = results[0] if results else "silence"
        if isinstance(result, Failure):
            closed = isinstance(result.value, Closed)
            result = _told(result.value) if closed else type(result.value).__name__
        elif results:
            return result
        self.seen.append(result)
        raise Over


def _told(closed: Closed) -> str:
    reason: Any = closed.args[0] if closed.args else None
    method = getattr(reason, "method", None)
    if method is not None and hasattr(reason, "reply_code"):
        return f"{method.klass.name}.{method.name} {reason.reply_code}"
    return "the end"


def converse(row: Row) -> tuple[FakeBroker, list[str], Any]:
    """The broker of a conversation, what its client saw, and the rule."""
    clock = VirtualClock()
    broker = FakeBroker(clock=clock)
    rules = [broker.faults.add(where, then) for where, then in row.rules]
    seen = TxConversation(broker, clock, row).run()
    clock.result(broker.stop())
    return broker, seen, rules[0]


SEEN: MappingProxyType[str, Seen] = MappingProxyType(
    {
        **COMMON,
        "refuse": ("ConnectionRefusedError",),
        "close": until("declared 0", "the end"),
        "octet_limit": until("declared 0", "the end"),
        "half_close": until("declared 0", "the end"),
        "reset": until("declared 0", "the end"),
        "blackhole": until("ack 2", "silence"),
        "stall_reading": until("ack 3", "silence"),
        "down": until("ack 2", "the end"),
        "foreign_header": ("the end",),
        "mechanisms": PLAIN,  # it knows PLAIN, and looks no further
        "refuse_mechanism": ("the end",),  # its five seconds of patience are longer than the three
        "challenge": ("challenge say more", "challenge say more", *PLAIN),
        "refuse_login": ("the end",),
        "tune": PLAIN,
        "refuse_vhost": ("connection.close 530",),
        "redirect": PLAIN,  # in 0-9-1 there is none
        "expire": until("ack 2", "connection.close 320"),
        "truncate": until("empty", "the end"),
        "cut": until("deliver 1 m1", "the end"),
        "corrupt": until("empty", "the end"),
        "wrong_frame_end": until("empty", "the end"),
        "wrong_channel": until("empty", "silence"),
        "oversize_frame": PLAIN,  # it does not hold the broker to what was agreed
        "unknown_frame": until("declared 0", "the end"),
        "garbage": until("declared 0", "silence"),  # it takes the octets for a frame, and waits for its end
        "drop": until("declared 0", "silence"),
        "postpone": (*until("deliver 3 m3"), "empty", "deliver 3 m3", "goodbye"),
        "say": instead("empty", "empty", "deliver 9 late"),
        "close_channel": until("empty", "channel.close 404"),
        "close_connection": until("empty", "connection.close 541"),
        "confirm_multiple": until("ack 1", "ack 2 multiple", *PLAIN[PLAIN.index("ack 3") :]),
        "return_message": (*until("ack 2", "return 312 m2", "ack 2", "ack 3"), "deliver 1 m1", "deliver 2 m3",
                           "empty", "goodbye"),
        "cancel_consumer": (*until("deliver 2 m2", "fetched 4 m2"), "goodbye"),  # it has not asked to be told
        "delete_queue": until("empty", "channel.close 404"),
        "block": PLAIN,  # nor of this
        "flow": instead("ack 2", "channel.flow False", "ack 2"),
        "set_state": until("ack 2", "connection.close 320"),
        "do": until("ack 1", "connection.close 320"),
    }
)  # fmt: skip
"""By action, the whole conversation."""
