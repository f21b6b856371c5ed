"""Batches of commands: how one is read, and how one is written.

A publisher mostly sends the same command again with another body, and so does a queue to its consumer. What begins with
the same bytes needs no reading at all, and what is sent again no encoding. When a batch may pass the broker as one, and
where it is unbatched, is told in :mod:`fakebroker.broker.channel.batching`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from struct import Struct
from typing import NamedTuple, TypeAlias

from fakebroker.wire.command import Command, Event
from fakebroker.wire.framing import END, HEAD, METHOD, OVERHEAD
from fakebroker.wire.writer import content_parts, encode

AT_ONCE = 65536
"""Octets of frames that a batch has at most: between two batches somebody may pause."""
_SIZE_AT = HEAD.size + 4
"""Where in a header frame the size of the body stands; behind it come the properties."""

_HEAD_SIZE = HEAD.size
_unpack_head = HEAD.unpack_from
_unpack_body_size = Struct(">Q").unpack_from
_pack_head = HEAD.pack
_pack_tag = Struct(">Q").pack


class CommandBatch(NamedTuple):
    """Commands one behind the other on one channel that differ in nothing but their bodies.

    Deliveries are numbered, too: the delivery tag counts up from that of the first.
    """

    first: Command
    bodies: Sequence[bytes]
    """Those of all, the first one's included; never changed."""

    def unbatched(self) -> Iterator[Command]:
        """The single commands."""
        channel, method, args, content = self.first
        assert content is not None, "what has no content is in no batch"
        is_numbered = hasattr(args, "delivery_tag")
        for number, body in enumerate(self.bodies):
            own = args._replace(delivery_tag=args.delivery_tag + number) if is_numbered else args
            yield Command(channel, method, own, content.with_body(body))


Arrival: TypeAlias = Event | CommandBatch
"""What a reader makes of the bytes that have come."""


def read_batch(first: Command, data: bytes, begin: int, end: int, limit: int) -> tuple[Command | CommandBatch, int]:
    """Read the commands that follow one, as far as they differ from it in nothing but their bodies.

    Bodies of more than one frame are in no batch, and neither are bodies together with none.

    :param first: the command, which has content.
    :param begin: where its method frame begins.
    :param end: where its last frame ends.
    :param limit: the longest payload to accept, in bytes.
    :return: the first one alone if none follows, else the batch; and the offset behind the last.
    """
    content = first.content
    assert content is not None, "what has no content is in no batch"
    last = min(len(data), begin + AT_ONCE)
    if content.body:
        size_at = begin + _HEAD_SIZE + _unpack_head(data, begin)[2] + 1 + _SIZE_AT
        body_at = size_at + 8 + len(content.header) + 1 + _HEAD_SIZE
        if body_at + len(content.body) + 1 != end:  # it came in several frames
            return first, end
        more, end = _read_bodies(data[begin:body_at], size_at - begin, data, end, last, limit)
    else:
        same, more = data[begin:end], []
        while data.startswith(same, end) and end + len(same) <= last:
            more.append(b"")
            end += len(same)
    return (CommandBatch(first, [content.body, *more]) if more else first), end


def _read_bodies(same: bytes, size_at: int, data: bytes, end: int, last: int, limit: int) -> tuple[list[bytes], int]:
    """The bodies of the commands that follow; and the offset behind the last.

    Such commands differ in two places only, the size of the body, which stands in the header frame and once more before
    the body, and the body itself. While the size is the same too, so is all that goes before the body.

    :param same: what went before the last body.
    :param size_at: where in that the size stands.
    :param last: where to stop.
    """
    bodies: list[bytes] = []
    before, between = same[:size_at], same[size_at + 8 : -4]
    size = _unpack_body_size(same, size_at)[0]
    while True:
        start = end + len(same)
        if not data.startswith(same, end):
            same = data[end:start]
            if not (same.startswith(before) and same.startswith(between, size_at + 8)):
                break
            size = _unpack_body_size(same, size_at)[0]
            if not 0 < size <= limit or same[-4:] != same[size_at + 4 : size_at + 8]:
                break
        if start + size >= last or data[start + size] != END:
            break
        bodies.append(data[start : start + size])
        end = start + size + 1
    return bodies, end


def encode_batch(batch: CommandBatch, frame_max: int) -> bytes:
    """The frames of deliveries: from one to the next only the delivery tag, the body and maybe its size are new.

    :param frame_max: the size in bytes that no body frame may exceed, all included; 0 for no limit.
    """
    (channel, method, args, content), bodies = batch
    assert content is not None, "what has no content is in no batch"
    if frame_max and max(map(len, bodies)) > frame_max - OVERHEAD:
        return b"".join(encode(each, frame_max) for each in batch.unbatched())
    payload = method.encode(args)
    tag_at = 5 + payload[4]  # behind the ids and the consumer tag
    begin = _pack_head(METHOD, channel, len(payload)) + payload[:tag_at]
    rest = payload[tag_at + 8 :]
    size, between, end = -1, b"", b""
    parts: list[bytes] = []
    for tag, body in enumerate(bodies, args.delivery_tag):
        if len(body) != size:
            size = len(body)
            frames = content_parts(channel, content.with_body(body), frame_max)
            end = frames.pop()
            between = rest + b"".join(frames[:-1] if size else frames)
        parts += (begin, _pack_tag(tag), between, body, end)
    return b"".join(parts)
