"""The layout of frames, which is the same in all versions of AMQP (0-9-1, 4.2.3 and 4.2.6)."""

from __future__ import annotations

from struct import Struct

METHOD, HEADER, BODY, HEARTBEAT = 1, 2, 3, 8
"""Frame types."""

END = 206
"""The octet behind each payload: frame-end."""

HEAD = Struct(">BHI")
"""The head of a frame, before the payload: type, channel, and the payload's size."""

OVERHEAD = HEAD.size + 1
"""How many octets a frame has besides its payload. They count for frame-max."""

INITIAL_MAX = 4096
"""The frame-max before both sides have agreed on one (frame-min-size in the specification)."""

CONTENT = Struct(">HHQ")
"""The beginning of a content header's payload: class id, weight, body size."""
