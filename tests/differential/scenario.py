"""Scenarios: plain data, so that they can be kept, cut down and replayed.

A step is a list. Its first item is the place: a letter for the connection and a number for the channel.

=====================================================  ========================================================
``["a1", "queue.declare", {"queue": "q"}]``            a method; what is not given is zero, as on the wire
``["a1", "basic.publish", {...}, {"body": "x"}]``      with content: body, properties; header or frames by hand
``["a1", "!basic.ack", {...}]``                        as it is: neither connection nor channel opened before
``["a1", "burst", [[method, args, content], ...]]``    several at once, with no wait between them
``["a1", "frames", {"frames": [[type, ch, "hex"]]}]``  frames by hand; channel -1 is the step's own
``["a", "bytes", {"hex": "..."}]``                     bytes by hand
``["a", "dial", {"header": "hex"}]``                   a socket and a protocol header, and no more
``["a", "connect", {"capabilities": {...}}]``          the whole handshake, with options
``["a", "drop", {}]``                                  the socket goes away
``["a", "hang up", {}]``                               wait until the server closes the socket
``["", "wait", {"seconds": 0.3}]``                     time passes
=====================================================  ========================================================

Connections and channels that a step needs are opened before it. In arguments, names like ``amq.gen-#1`` stand for what
the server made up, and ``{"$tag": n}`` for the n-th delivery that is still outstanding on the channel, from either end.
"""

from __future__ import annotations

from typing import Any, NamedTuple

Step = list[Any]
PREFIX = "df."  # every queue and exchange of a scenario begins so: a shared broker loses nothing of its own


class Scenario(NamedTuple):
    """Steps to play, in one version of the protocol."""

    name: str
    version: str
    steps: list[Step]


def place(text: str) -> tuple[str, int]:
    """``"a12"`` -> ``("a", 12)``; a connection alone is its channel 0."""
    return text[:1], int(text[1:] or 0)
