"""txAMQP's channel with strict answers: each answer goes to the method that asked, and an unexpected one ends the
connection."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any

from twisted.internet.defer import Deferred, DeferredQueue
from twisted.python.failure import Failure
from txamqp.client import ChannelClosed, Closed, ConnectionClosed
from txamqp.connection import Body, Frame, Header, Method
from txamqp.message import Message
from txamqp.protocol import AMQChannel
from txamqp.queue import TimeoutDeferredQueue

from connector.errors import ChannelClosedByBroker, ClosedByBroker, ProtocolError, WrongState
from connector.explain import Reason, as_text, explain

if TYPE_CHECKING:
    from connector.client import Client


class Request:
    """A method that was sent and that the broker has to answer.

    :ivar answers: the methods that answer it.
    :ivar awaited: False when nobody waits for the answer any more; the broker still sends it.
    """

    def __init__(self, method: Any) -> None:
        self.name = method_name(method)
        self.answers = tuple(method.responses)
        self.awaited = True


class Channel(AMQChannel):
    """A channel whose queues use the connection's clock (txAMQP's use the global reactor). After this side has closed
    it, further methods fail at once and its number is free again. The broker answers in the order of the methods. What
    it sends beyond that, or in another order, is never taken as the answer to a later method.
    """

    def __init__(self, id: int, outgoing: Any, client: Client) -> None:
        super().__init__(id, outgoing, client)
        self.incoming = TimeoutDeferredQueue(clock=client.clock)
        self.responses = TimeoutDeferredQueue(clock=client.clock)
        self._asked: deque[Request] = deque()
        self._content: int | None = 0  # octets of a body that are still missing; None before its header
        if client.closed:
            self.closed, self.reason = True, client.reason

    @property
    def is_free(self) -> bool:
        """Whether its number can be used again: the channel is closed on both sides."""
        return bool(self.closed) and not any(request.name == "channel.close" for request in self._asked)

    def channel_close(self, *args: object, **fields: object) -> Deferred[Message]:
        """Send ``channel.close``; fires with close-ok."""

        def closed(answer: Message) -> Message:
            self.close(answer)
            return answer

        closing: Deferred[Message] = super().channel_close(*args, **fields)
        return closing.addCallback(closed)

    def invoke(self, method: Any, args: Any, content: Any = None) -> Deferred[Any]:
        """Send a method; fires with the answer, if the method has one."""
        if self.closed or not method.responses or self._no_wait(method, args):
            return super().invoke(method, args, content)  # type: ignore[no-any-return]
        request = Request(method)
        self._asked.append(request)

        def done(result: object) -> object:
            request.awaited = False
            return result

        answered: Deferred[object] = super().invoke(method, args, content)
        return answered.addBoth(done)

    @staticmethod
    def _no_wait(method: Any, args: Any) -> bool:
        field = method.fields.byname.get("nowait")
        return field is not None and bool(args[method.fields.index(field)])

    def dispatch(self, frame: Frame, work: Any) -> None:
        """Handle a frame.

        :raises ProtocolError: for an answer to no method, and for a frame out of place.
        """
        payload = frame.payload
        if isinstance(payload, Method):
            self._check_place(payload.method)
            self._content = None if payload.method.content else 0
            if payload.method.response and not self._answers(payload.method):
                self.queue: Any = DeferredQueue()  # its content is ignored, too
                return
        else:
            self._check_content(payload)
        super().dispatch(frame, work)

    def _check_place(self, method: Any) -> None:
        name = method_name(method)
        if self._content != 0:
            raise ProtocolError(f"the broker sent {name} where the content of another method was to come")
        if (method.klass.name == "connection") != (self.id == 0):
            raise ProtocolError(f"the broker sent {name} on channel {self.id}")

    def _check_content(self, payload: Any) -> None:
        if isinstance(payload, Header) and self._content is None and not payload.weight:
            self._content = payload.size
        elif isinstance(payload, Body) and self._content and len(payload.content) <= self._content:
            self._content -= len(payload.content)
        else:
            kind = type(payload).__name__.lower()
            raise ProtocolError(f"the broker sent a content {kind} on channel {self.id} where none was to come")

    def _answers(self, method: Any) -> bool:
        """Whether somebody waits for this answer."""
        if self.closed and (not self._asked or method not in self._asked[0].answers):
            return False  # methods sent before the channel closed may still be answered
        if not self._asked or method not in self._asked[0].answers:
            asked = f"{self._asked[0].name} was asked" if self._asked else "nothing was asked"
            raise ProtocolError(f"the broker sent {method_name(method)} on channel {self.id}, where {asked}")
        return self._asked.popleft().awaited

    def do_close(self, reason: Reason) -> None:
        """The channel is closed. The broker now answers only a close that has crossed its own."""
        self._asked = deque(request for request in self._asked if request.name == "channel.close")
        super().do_close(reason)

    @staticmethod
    def _raise_closed(reason: Reason) -> None:
        raise why_closed(reason)


class ChannelEnded(ChannelClosedByBroker, ChannelClosed):
    """The broker has closed the channel of the method; ``args`` are txAMQP's."""


class ConnectionEnded(ClosedByBroker, ConnectionClosed):
    """The broker has closed the connection of the method; ``args`` are txAMQP's."""


class ChannelLeft(WrongState, ChannelClosed):
    """This side has closed the channel of the method; ``args`` are txAMQP's."""


def why_closed(reason: Reason) -> Closed:
    """The error of a method on a closed channel: an error of the connector that is one of txAMQP's too."""
    if isinstance(reason, Failure):
        error = explain(reason, None)
        return error if isinstance(error, Closed) else Closed(reason)
    ended: ChannelEnded | ConnectionEnded | ChannelLeft
    if reason.method.name != "close":
        ended = ChannelLeft("this side has closed the channel")
    else:
        kind = ChannelEnded if reason.method.klass.name == "channel" else ConnectionEnded
        ended = kind(reason.reply_code, as_text(reason.reply_text), None, reason.class_id, reason.method_id)
    ended.args = (reason,)
    return ended


def method_name(method: Any) -> str:
    """``channel.open-ok``."""
    return f"{method.klass.name}.{method.name}".replace("_", "-")
