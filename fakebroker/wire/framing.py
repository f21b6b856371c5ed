"""What a frame looks like, in every version of AMQP (0-9-1, 4.2.3 and 4.2.6)."""

from __future__ import annotations

from struct import Struct

METHOD, HEADER, BODY, HEARTBEAT = 1, 2, 3, 8
"""Frame types."""

END = 206
"""The octet behind each payload."""

HEAD = Struct(">BHI")
"""Type, channel and the payload's size: what goes before each payload."""

OVERHEAD = HEAD.size + 1
"""What a frame has besides its payload; frame-max counts it."""

INITIAL_MAX = 4096
"""frame-max till both sides have agreed on one (frame-min-size in the specification)."""

CONTENT = Struct(">HHQ")
"""The begin of a content header's payload: class id, weight, body size."""
