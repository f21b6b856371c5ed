"""Reads the path and the query in a request's first line as RabbitMQ's server does (cowboy_req, cowboy_router)."""

from __future__ import annotations

import re
from urllib.parse import quote_from_bytes, unquote_to_bytes

_WRONG = re.compile(rb"%(?![0-9A-Fa-f]{2})")
_ELSEWHERE = re.compile(rb"[a-z]+://[^/?#]*", re.IGNORECASE)
_UNQUOTED = "!$&'()*+,;=:@"


def read_target(target: bytes) -> tuple[bytes, bytes] | None:
    """The path and the query of a request.

    What follows a ``#`` is not for the server, nor is the host before the path. ``.`` and ``..`` lead to here and
    above, quoted or not.

    :returns: the path with its segments quoted; None when a ``%`` is followed by no number.
    """
    path, _, query = _ELSEWHERE.sub(b"", target.partition(b"#")[0], count=1).partition(b"?")
    if _WRONG.search(path) or _WRONG.search(query):
        return None
    if not path.startswith(b"/"):
        return path, query
    segments: list[bytes] = []
    for segment in map(unquote_to_bytes, path[1:].split(b"/")):
        if segment == b"..":
            del segments[-1:]
        elif segment != b".":
            segments.append(segment)
    return b"/" + b"/".join(quote_from_bytes(each, _UNQUOTED).encode() for each in segments), query
