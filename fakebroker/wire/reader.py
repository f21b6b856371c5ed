"""Turns bytes into events: frames are cut from the stream, and each channel's frames are put together to commands.

Each mistake of a peer ends as it does in RabbitMQ 3.10 (modules ``rabbit_reader`` and ``rabbit_command_assembler``).
Every line was tried against the real one:

=============================================  =====================================================================
the peer sends                                 the reader yields
=============================================  =====================================================================
a payload longer than frame-max                501, ``lost``. The whole frame may be 8 bytes over frame-max.
a frame that doesn't end in 206                501, ``lost``.
a type other than 1, 2, 3, 8;                  501 ``unknown_frame``, class and method 0.
a method or header too short for its ids;
a heartbeat with a payload
a heartbeat on a channel other than 0;         505, class and method 0, the payload's first octets in the text.
header or body on channel 0;
any frame on a channel before the connection
is open
an unknown class or method                     ``DecodeError``, even where a content frame is expected.
arguments that don't fill the payload exactly  501 ``cannot decode``, with the method's ids; on channel 0 541 without a
                                               text, class and method 0.
a short string that isn't UTF-8                501, class and method 0; with the method's ids on channel 0. Methods with
                                               content are exempt.
a field table that can't be read               ``DecodeError``; on channel 0 541 without a text, class and method 0.
a header or body without a method              505, class and method 0.
no header where one is due, or of another      505 with the ids of the method whose content it should be.
class, or with a weight
no body where one is due                       505 with the ids of the method whose content it should be.
a body longer than announced                   nothing: the command never ends, and the next method is the error above.
=============================================  =====================================================================

``Malformed.lost`` means that nobody knows where the next frame begins; nothing more is read. After other errors
RabbitMQ goes on reading, since it waits for the peer's close-ok. From there on it skips frames on channels other
than 0.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import NoReturn, cast

from fakebroker.erlang.pretty_print import column_behind, show_binary, show_pair
from fakebroker.errors import AMQPError, DecodeError, bare, crash
from fakebroker.wire.assembly import Pending, assemble, is_next, refusal
from fakebroker.wire.batch import Arrival, read_batch
from fakebroker.wire.command import Command, Event, Heartbeat, Malformed, ProtocolHeader
from fakebroker.wire.framing import BODY, CONTENT, END, HEAD, HEADER, HEARTBEAT, INITIAL_MAX, METHOD, OVERHEAD
from fakebroker.wire.spec import Spec
from fakebroker.wire.utf8 import MalformedText

_unpack_head = HEAD.unpack_from
_HEAD_SIZE = HEAD.size
_ANY_LENGTH = 1 << 32
_PART = 50
"""Octets of memory that a piece of a body takes besides its own octets."""
_LONG = 16384
"""A body frame with this many octets or more is read in pieces, before all of it has come."""
_new = tuple.__new__  # a named tuple's own constructor takes twice as long


class Reader:
    """The receiving half of one connection.

    :param spec: None for a server. The reader then yields the protocol header, and waits until ``spec`` is set. With a
        spec, it expects frames from the first byte on, and on every channel.
    :param still_reads: called after an error on a channel other than 0, with its number. It returns whether RabbitMQ
        still reads frames on that channel. It does not while the connection is closing; the error is skipped then.
    :param batches: whether commands that differ only in their bodies are yielded as batches.
    """

    def __init__(
        self,
        spec: Spec | None,
        still_reads: Callable[[int], bool] = lambda _channel: True,
        batches: bool = False,
    ) -> None:
        self.spec = spec
        self.frame_max = INITIAL_MAX if spec is None else 0
        """The longest frame to accept, in bytes; 0 for any length. Set it when both sides have agreed."""
        self._still_reads = still_reads
        self._batches = batches
        self._batch_octets = 0  # of the batch that was yielded last
        self._unbatched: list[Command] = []  # what is left of a batch that could not pass as one, the last first
        self._unbatched_octets = 0.0  # of each, on average
        self._greeted = spec is not None
        self._opened = spec is not None
        self._deaf = False
        self._pending: dict[int, Pending] = {}
        self._body: tuple[int, int, int] | None = None  # of a frame that has begun: channel, length, octets to come
        self._data = b""
        self._offset = 0  # where in the data the next frame begins
        self._behind: list[bytes] = []  # pieces that have come since
        self._size = 0  # of all that has not been read
        self._needed = HEAD.size if self._greeted else len(b"AMQP0091")

    def feed(self, data: bytes) -> Iterator[Event]:
        """Take in bytes; the iterator yields the events that they complete. Only for a reader without batches.

        The bytes are read as the iterator is advanced. So what the caller sets between two events (``spec``,
        ``frame_max``) counts for the next one. If an iterator is dropped, the next one begins where it stopped.
        """
        self.take_in(data)
        return cast("Iterator[Event]", iter(self.next, None))

    def take_in(self, data: bytes) -> None:
        """Take in bytes, for :meth:`next` to read."""
        if not self._deaf:
            self._behind.append(data)
            self._size += len(data)

    def unbatch(self) -> None:
        """Yield no batches any more."""
        self._batches = False

    @property
    def octets(self) -> int:
        """How many octets have been taken in and not yielded."""
        return self._size + round(len(self._unbatched) * self._unbatched_octets)

    @property
    def unfinished(self) -> int:
        """Estimate how many octets of memory the commands take whose content is not complete yet."""
        return sum(
            len(header or b"") + sum(map(len, parts)) + _PART * (1 + len(parts))
            for _, _, _, header, _, parts in self._pending.values()
        )

    @property
    def awaits_body(self) -> bool:
        """Whether there is a command whose content is not complete yet."""
        return any(header is not None for _, _, _, header, _, _ in self._pending.values())

    def next(self) -> Arrival | None:
        """The next event; None when more bytes have to come first."""
        if self._unbatched:
            return self._unbatched.pop()
        event: Arrival | None
        while self._size >= self._needed and not self._deaf:
            if self._behind:
                self._join()
            spec = self.spec
            if spec is None or not self._greeted:
                return self._protocol_header()
            if self._body is not None:
                event = self._read_on(*self._body)
                if event is None:
                    continue
                return event
            data, offset = self._data, self._offset
            kind, channel, length = _unpack_head(data, offset)
            end = offset + _HEAD_SIZE + length
            if length > self.frame_max > 0 or end >= len(data) or data[end] != END:
                return self._irregular(kind, channel, length)
            try:
                event, behind = self._take(spec, kind, channel, data, offset, end)
            except (AMQPError, DecodeError) as error:
                event, behind = self._malformed(channel, error, data[offset : end + 1]), end + 1
            self._size -= behind - offset
            self._offset = behind
            self._needed = _HEAD_SIZE
            if event is not None:
                return event
        return None

    def put_back(self, commands: Iterable[Command]) -> None:
        """Take back the commands of the batch that was yielded last. They are yielded next, one by one."""
        self._unbatched = list(commands)
        self._unbatched.reverse()
        self._unbatched_octets = self._batch_octets / len(self._unbatched)

    def _join(self) -> None:
        """Append the bytes that have come to those that are left. Mostly none are left."""
        rest = self._data[self._offset :]
        self._data = b"".join((rest, *self._behind)) if rest or len(self._behind) > 1 else self._behind[0]
        self._offset = 0
        self._behind.clear()

    def _protocol_header(self) -> ProtocolHeader | None:
        if self._greeted:
            return None
        self._greeted = True
        self._offset = len(b"AMQP0091")
        self._size -= self._offset
        self._needed = _HEAD_SIZE
        return ProtocolHeader(self._data[: self._offset])

    def _irregular(self, kind: int, channel: int, length: int) -> Arrival | None:
        """Handle a frame that is too long, has not come completely, or doesn't end in 206."""
        if length > self.frame_max > 0:
            text = f"{describe_frame(kind, b'')}: {{frame_too_large,{length},{self.frame_max - OVERHEAD}}}"
            return self._lose_track(channel, text, self._data[self._offset : self._offset + _HEAD_SIZE])
        size = length + OVERHEAD
        if len(self._data) - self._offset >= size:
            return self._wrong_end(kind, channel, self._data[self._offset : self._offset + size])
        pending = self._pending.get(channel)
        if kind == BODY and length >= _LONG and pending is not None and is_next(pending, length):
            self._size -= _HEAD_SIZE
            self._offset += _HEAD_SIZE
            return self._read_on(channel, length, length)
        self._needed = size
        return None

    def _wrong_end(self, kind: int, channel: int, frame: bytes) -> Malformed:
        text = describe_frame(kind, frame[_HEAD_SIZE:-1]) + ": "
        text += show_pair("invalid_frame_end_marker", frame[-1], column_behind(text))
        return self._lose_track(channel, text, frame)

    def _lose_track(self, channel: int, text: str, data: bytes) -> Malformed:
        self._deaf = True
        return Malformed(channel, AMQPError("frame-error", text, (0, 0)), data, lost=True)

    def _read_on(self, channel: int, length: int, left: int) -> Arrival | None:
        """Read more of a long body frame, and the rest of its content behind it.

        The pieces are kept as they come. To join them each time would copy what is there again and again.
        """
        _, method, args, header, missing, parts = self._pending[channel]
        data, offset = self._data, self._offset
        end = min(offset + left, len(data))
        parts.append(data[offset:end])
        left -= end - offset
        event: Arrival | None = None
        if left or end == len(data):  # or only the frame-end is missing
            self._body, self._needed = (channel, length, left), 1
        else:
            self._body, self._needed = None, _HEAD_SIZE
            if data[end] != END:
                frame = HEAD.pack(BODY, channel, length) + b"".join(parts)[-length:] + data[end : end + 1]
                return self._wrong_end(BODY, channel, frame)
            event, end = self._assemble((channel, method, args, header, missing - length, parts), data, end + 1)
        self._size -= end - offset
        self._offset = end
        return event

    def _malformed(self, channel: int, error: AMQPError | DecodeError, data: bytes) -> Malformed | None:
        if channel and self._opened and not self._still_reads(channel):
            return None
        self._deaf = isinstance(error, DecodeError)
        return Malformed(channel, bare(error), data)

    def _take(
        self, spec: Spec, kind: int, channel: int, data: bytes, offset: int, end: int
    ) -> tuple[Arrival | None, int]:
        """Handle the frame between two offsets.

        :return: what it completes, if anything, and the offset where to go on.
        """
        if channel == 0 or not self._opened:
            return self._connection_frame(spec, kind, channel, data[offset + _HEAD_SIZE : end]), end + 1
        pending = self._pending.get(channel)
        if kind != METHOD:
            if pending is not None and kind in (HEADER, BODY):
                event, behind = self._assemble(pending, data, offset)
                if behind > offset:
                    return event, behind
            raise _misplaced(kind, data[offset + _HEAD_SIZE : end], pending)
        payload = data[offset + _HEAD_SIZE : end]
        method = spec.by_prefix.get(payload[:4]) or _unknown_method(payload)
        if pending is not None:
            raise refusal(pending, kind, payload)
        args = method.decode(payload)
        if not method.content:
            return _new(Command, (channel, method, args, None)), end + 1
        command, behind = self._assemble((channel, method, args, None, 0, []), data, end + 1)
        if not self._batches or command is None or not data.startswith(payload, behind + _HEAD_SIZE):
            return command, behind
        arrival, behind = read_batch(command, data, offset, behind, self.frame_max or _ANY_LENGTH)
        self._batch_octets = behind - offset
        return arrival, behind

    def _assemble(self, pending: Pending, data: bytes, offset: int) -> tuple[Command | None, int]:
        result, offset = assemble(pending, data, offset, self.frame_max or _ANY_LENGTH)
        if isinstance(result, Command):
            if self._pending:
                self._pending.pop(result.channel, None)
            return result, offset
        self._pending[result[0]] = result
        return None, offset

    def _connection_frame(self, spec: Spec, kind: int, channel: int, payload: bytes) -> Event:
        """Handle a frame on channel 0, or on any channel before the connection is open."""
        if channel or kind == BODY or (kind == HEADER and len(payload) >= CONTENT.size):
            raise _unexpected(kind, payload)
        if kind == HEARTBEAT and not payload:
            return Heartbeat()
        if kind != METHOD:
            raise _unknown(kind, payload)
        method = spec.by_prefix.get(payload[:4]) or _unknown_method(payload)
        try:
            args = method.decode(payload)
        except MalformedText as error:
            raise AMQPError(error.name, error.text, (method.class_id, method.id)) from None
        except (AMQPError, DecodeError):
            raise crash() from None
        self._opened = self._opened or method.name == "connection.open"
        return Command(0, method, args)


def describe_frame(kind: int, payload: bytes) -> str:
    """A frame as RabbitMQ's reply texts quote it: ``type 1, all octets = <<0,20,0,10,0>>``."""
    amount = "all" if len(payload) <= 16 else "first 16"
    start = f"type {kind}, {amount} octets = "
    return start + show_binary(payload[:16], len(start))


def _unknown_method(payload: bytes) -> NoReturn:
    if len(payload) < 4:
        raise _unknown(METHOD, payload)
    class_id, method_id = int.from_bytes(payload[:2], "big"), int.from_bytes(payload[2:4], "big")
    raise DecodeError(f"an unknown method: class {class_id}, method {method_id}")


def _unknown(kind: int, payload: bytes) -> AMQPError:
    return AMQPError("frame-error", f"{describe_frame(kind, payload)}: unknown_frame", (0, 0))


def _misplaced(kind: int, payload: bytes, pending: Pending | None) -> AMQPError:
    """The error for a frame that is not a method, and not what a pending command waits for."""
    if kind == HEARTBEAT and not payload:
        return _unexpected(kind, payload)
    if kind != BODY and (kind != HEADER or len(payload) < CONTENT.size):
        return _unknown(kind, payload)
    if pending is not None:
        return refusal(pending, kind, payload)
    return AMQPError("unexpected-frame", "expected method frame, got non method frame instead", (0, 0))


def _unexpected(kind: int, payload: bytes) -> AMQPError:
    return AMQPError("unexpected-frame", describe_frame(kind, payload), (0, 0))
