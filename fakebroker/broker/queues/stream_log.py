"""The log of a stream: its messages by offset, with the time at which each was published.

RabbitMQ 3.10: rabbit_stream_queue, rabbit_msg_record.
"""

from __future__ import annotations

from decimal import Decimal

from fakebroker.broker.message import Message, MessageContent
from fakebroker.broker.queues.arguments import age_in_seconds
from fakebroker.broker.timer import milliseconds
from fakebroker.clock import Time
from fakebroker.errors import crash
from fakebroker.values import Nested, Timestamp, Value


class StreamLog:
    """What is kept is kept for ever.

    RabbitMQ applies ``x-max-age`` and ``x-max-length-bytes`` to whole segments of 500 MB.
    """

    __slots__ = ("_clock", "_times", "messages")

    def __init__(self, clock: Time) -> None:
        self.messages: list[Message] = []
        self._times: list[int] = []  # when each was published, in milliseconds
        self._clock = clock

    def append(self, message: Message) -> None:
        """Append a message, as far as the log's own form has a place for what it says.

        :raises AMQPError: internal-error for a decimal among the headers.
        """
        message.content = _kept(message.content)
        self.messages.append(message)
        self._times.append(milliseconds(self._clock))

    def offset(self, wish: Value) -> int:
        """Where a consumer begins to read.

        :param wish: its ``x-stream-offset``: ``first``, ``last``, ``next``, an offset, a time, or an age such as
            ``1h``.
        :raises AMQPError: internal-error for a wish of any other type.
        """
        if isinstance(wish, bool) or not isinstance(wish, (int, str)):
            raise crash()
        if isinstance(wish, Timestamp):
            return self._first_since(int(wish) * 1000)
        if isinstance(wish, int):
            return max(0, int(wish))
        end = len(self.messages)
        fixed = {"first": 0, "last": max(0, end - 1), "next": end}
        if wish in fixed:
            return fixed[wish]
        return self._first_since(milliseconds(self._clock) - 1000 * (age_in_seconds(wish) or 0))

    def _first_since(self, time: int) -> int:
        return next((offset for offset, at in enumerate(self._times) if at >= time), len(self.messages))

    def clear(self) -> None:
        """The stream is gone."""
        self.messages.clear()
        self._times.clear()


def _kept(content: MessageContent) -> MessageContent:
    """What is left of a message in the form that streams keep: AMQP 1.0.

    It has no place for arrays and tables among the headers, nor for a cluster-id. Over a decimal RabbitMQ's channel
    crashes.
    """
    properties = content.properties
    headers = properties.headers or {}
    if any(isinstance(value, Decimal) for value in headers.values()):
        raise crash()
    changes: dict[str, Value] = {}
    if getattr(properties, "cluster_id", None) is not None:
        changes["cluster_id"] = None
    if any(isinstance(value, _LOST) for value in headers.values()):
        changes["headers"] = {key: value for key, value in headers.items() if not isinstance(value, _LOST)} or None
    return content.with_properties(**changes) if changes else content


_LOST = (list, dict, Nested)
