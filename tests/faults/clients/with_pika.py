"""What pika sees of each action, over a broker in a thread."""

from __future__ import annotations

import threading
from types import MappingProxyType
from typing import Any

import pika
from pika.adapters.utils.connection_workflow import AMQPConnectorException
from pika.exceptions import AMQPError, ChannelClosedByBroker, ConnectionClosedByBroker, NackError, UnroutableError

from tests.faults.clients.rules import COMMON, PLAIN, ROWS, Row, Seen, instead, until

PATIENCE, LOGIN, HURRY = 10.0, 2.0, 0.3
"""Real seconds to wait for what shall come, for a login where one may wait in vain, and for anything else there."""


class Silence(Exception):
    """An answer does not come."""


class PikaConversation:
    """A blocking connection, one channel, a consumer with a callback."""

    def __init__(self, broker: Any, row: Row, acted: Any) -> None:
        self.seen: list[str] = []
        self._broker = broker
        self._row = row
        self._acted = acted
        self._released = False

    def run(self) -> list[str]:
        """What was seen, to the end."""
        passing = threading.Thread(target=self._let_time_pass, daemon=True)
        if self._row.passes:
            passing.start()
        try:
            self._work()
        except Silence:
            self.seen.append("silence")
        except (ConnectionClosedByBroker, ChannelClosedByBroker) as error:
            kind = "connection" if isinstance(error, ConnectionClosedByBroker) else "channel"
            self.seen.append(f"{kind}.close {error.reply_code}")
        except (AMQPError, AMQPConnectorException) as error:
            # What pika makes of a refusal depends on whether it has sent its header by then.
            refused = self._row is ROWS["refuse"]
            self.seen.append("refused" if refused else type(error).__name__)
        if self._row.passes:
            passing.join()
        return self.seen

    def _let_time_pass(self) -> None:
        self._broker.journal.wait_for("connection.start-ok", "in")
        self._broker.clock.advance(self._row.passes)

    def _work(self) -> None:
        limit = LOGIN if self._row.silent else PATIENCE
        parameters = pika.URLParameters(f"{self._broker.url}?heartbeat=0&stack_timeout={limit}")
        self._connection = connection = pika.BlockingConnection(parameters)
        self.seen.append("logged in")
        connection.add_on_connection_blocked_callback(self._blocked)
        connection.add_on_connection_unblocked_callback(lambda *_: self.seen.append("connection.unblocked"))
        self._watch()
        channel = connection.channel()
        self.seen.append("channel open")
        self.seen.append(f"declared {channel.queue_declare('jobs').method.message_count}")
        channel.confirm_delivery()
        for number in (1, 2, 3):
            self._publish(channel, number)
        channel.add_on_cancel_callback(lambda frame: self.seen.append(f"basic.cancel {frame.method.consumer_tag}"))
        channel.basic_consume("jobs", self._take, consumer_tag="me")
        self._gather(3)
        method, _, body = channel.basic_get("jobs")
        self.seen.append("empty" if method is None else f"fetched {method.delivery_tag} {body.decode()}")
        connection.process_data_events(time_limit=0)
        connection.close()
        self.seen.append("goodbye")

    def _publish(self, channel: Any, number: int) -> None:
        try:
            channel.basic_publish("", "jobs", b"m%d" % number, mandatory=True)
            self.seen.append(f"ack {number}")
        except NackError:
            self.seen.append(f"nack {number}")
        except UnroutableError as error:
            [message] = error.messages
            self.seen += [f"return {message.method.reply_code} {message.body.decode()}", f"ack {number}"]

    def _take(self, channel: Any, method: Any, _: Any, body: bytes) -> None:
        again = " again" if method.redelivered else ""
        self.seen.append(f"deliver {method.delivery_tag} {body.decode()}{again}")
        channel.basic_ack(method.delivery_tag)

    def _gather(self, count: int) -> None:
        def came() -> int:
            return sum(each.startswith("deliver") for each in self.seen)

        wanted = came() + count
        before = -1
        while before < len(self.seen) if self._row.few else came() < wanted:
            before = len(self.seen)
            self._connection.process_data_events(time_limit=HURRY)
        self._connection.process_data_events(time_limit=0)

    def _blocked(self, _: Any, frame: Any) -> None:
        self.seen.append(f"connection.blocked {frame.method.reason}")

    def _watch(self) -> None:
        """Whatever pika waits for, it does not wait in vain for ever."""
        if self._row.silent:
            self._connection._impl._adapter_call_later(HURRY, self._in_vain)

    def _in_vain(self) -> None:
        if not self._acted():
            self._watch()
        elif self._row.release and not self._released:
            self._released = True
            self.seen.append("(released)")
            self._broker.faults.release(self._row.release)
        elif not self._released:
            raise Silence


SEEN: MappingProxyType[str, Seen] = MappingProxyType(
    {
        **COMMON,
        "refuse": ("refused",),
        "close": until("declared 0", "StreamLostError"),
        "octet_limit": until("declared 0", "StreamLostError"),
        "half_close": until("declared 0", "StreamLostError"),
        "reset": until("declared 0", "StreamLostError"),
        "blackhole": until("ack 2", "silence"),
        "stall_reading": until("ack 3", "silence"),
        "down": until("ack 2", "StreamLostError"),
        "foreign_header": ("IncompatibleProtocolError",),
        "mechanisms": PLAIN,
        "refuse_mechanism": ("ProbableAuthenticationError",),
        "challenge": ("AMQPConnectorStackTimeout",),  # it knows no challenges, and does not answer
        "refuse_login": ("ProbableAuthenticationError",),
        "tune": PLAIN,
        "refuse_vhost": ("ProbableAccessDeniedError",),
        "redirect": PLAIN,  # in 0-9-1 there is none
        "expire": until("ack 2", "connection.close 320"),
        "truncate": until("empty", "StreamLostError"),
        "cut": until("deliver 1 m1", "StreamLostError"),
        "corrupt": until("empty", "StreamLostError"),
        "wrong_frame_end": until("empty", "StreamLostError"),
        "wrong_channel": until("empty", "silence"),
        "oversize_frame": PLAIN,  # it does not hold the broker to what was agreed
        "unknown_frame": until("declared 0", "StreamLostError"),
        "garbage": until("declared 0", "silence"),  # it takes the octets for a frame, and waits for its end
        "drop": until("declared 0", "silence"),
        "postpone": (*until("deliver 3 m3"), "empty", "deliver 3 m3", "goodbye"),
        "say": instead("empty", "empty", "deliver 9 late"),
        "close_channel": until("empty", "channel.close 404"),
        "close_connection": until("empty", "connection.close 541"),
        "confirm_multiple": until("ack 1", "silence"),  # it publishes no more before the first is confirmed
        "return_message": (*until("ack 2", "return 312 m2", "ack 2", "ack 3"), "deliver 1 m1", "deliver 2 m3",
                           "empty", "goodbye"),
        "cancel_consumer": (*until("deliver 2 m2", "basic.cancel me", "fetched 4 m2"), "goodbye"),
        "delete_queue": until("empty", "channel.close 404"),
        "block": instead("ack 3", "ack 3", "connection.blocked low on memory", "connection.unblocked"),
        "flow": PLAIN,  # it answers, and goes on
        "set_state": until("ack 2", "connection.close 320"),
        "do": until("ack 1", "connection.close 320"),
    }
)  # fmt: skip
"""By action, the whole conversation."""
