"""A streamed answer, for as long as the client reads it."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from twisted.internet.interfaces import IPushProducer
from twisted.python.failure import Failure
from zope.interface import implementer

from fakebroker.clock import DelayedCall
from fakebroker.control.http.endpoint import Refusal
from fakebroker.control.http.protocol import MOST_UNREAD, Inquiry

SendText = Callable[[str], None]

MOST_STREAMS = 100
"""The most streams at a time: each one looks at every journal entry."""
MOST_WAITING = 8 * 2**20
"""The most octets of lines that wait for a slow client."""
PATIENCE = 60.0
"""Seconds within which a client must read some of what waits."""


@dataclass
class Stream:
    """Answer with JSON lines. ``subscribe`` is called with two functions: one sends a line, one ends the answer. It
    returns a function that ends the subscription, which is called once, whichever side ends the answer. A client that
    reads too slowly gets a last line, ``{"error": "too_slow", "reason": ...}``, and its connection is closed.

    :param history: the lines that come first.
    """

    subscribe: Callable[[SendText, Callable[[], None]], Callable[[], None]]
    history: Iterator[str] = field(default_factory=lambda: iter(()))
    headers: Mapping[str, str] = field(default_factory=lambda: {"content-type": "application/x-ndjson"})
    status: int = 200

    def start(self, request: Inquiry) -> None:
        """Send the lines so far, then each new line."""
        _Feed(request, self).start()

    def check(self, request: Inquiry) -> None:
        """Check that one more stream is allowed.

        :raises Refusal: 503.
        """
        if request.talk.site.streams >= MOST_STREAMS:
            raise Refusal(503, "overloaded", f"there are {MOST_STREAMS} streams, and that is all there may be")


@implementer(IPushProducer)
class _Feed:
    """One stream on its way to one client."""

    def __init__(self, request: Inquiry, stream: Stream) -> None:
        self._request = request
        self._talk = request.talk
        self._stream = stream
        self._history: Iterator[str] | None = stream.history
        self._waiting: deque[bytes] = deque()
        self._size = 0
        self._paused = False
        self._impatience: DelayedCall | None = None
        self._unsubscribe: Callable[[], None] = lambda: None

    def start(self) -> None:
        """Begin."""
        self._talk.site.streams += 1
        self._request.notifyFinish().addErrback(self._hung_up)
        self._request.write(b"")
        self._unsubscribe = self._stream.subscribe(self._send, self._end)
        self._request.registerProducer(self, True)
        self._flow()

    # --- lines

    def _send(self, line: str) -> None:
        self._waiting.append(line.encode("utf-8", "replace") + b"\n")
        self._count(len(self._waiting[-1]))
        if self._history is None and not self._paused:
            self._flow()
        elif self._size > MOST_WAITING or self._talk.site.unread > MOST_UNREAD:
            self._give_up()

    def _count(self, octets: int) -> None:
        self._size += octets
        self._talk.site.unread += octets

    def _flow(self) -> None:
        """Write until nothing waits, or the client does not keep up."""
        while self._history is not None and not self._paused:
            line = next(self._history, None)
            if line is None:
                self._history = None
            else:
                self._request.write(line.encode("utf-8", "replace") + b"\n")
        while self._waiting and not self._paused:
            line_ = self._waiting.popleft()
            self._count(-len(line_))
            self._request.write(line_)

    # --- what the transport says

    def pauseProducing(self) -> None:
        """The client does not read."""
        self._paused = True
        if self._impatience is None:
            self._impatience = self._talk.callLater(PATIENCE, self._run_out)

    def resumeProducing(self) -> None:
        """It has read."""
        self._paused = False
        self._calm()
        self._flow()

    def stopProducing(self) -> None:
        """The client has hung up; ``notifyFinish`` tells it too."""

    # --- the end

    def _run_out(self) -> None:
        self._impatience = None
        self._give_up()

    def _give_up(self) -> None:
        self._waiting.clear()
        reason = "what came was not read in time: entries are missing behind the line before"
        self._waiting.append(json.dumps({"error": "too_slow", "reason": reason}).encode() + b"\n")
        self._history = None
        self._end()

    def _end(self) -> None:
        """The stream is over. What waits is still written."""
        if self._history is not None:
            self._give_up()
            return
        self._stop()
        self._request.unregisterProducer()
        self._talk.persistent = False
        self._request.write(b"".join(self._waiting))
        self._request.finish()

    def _hung_up(self, reason: Failure) -> None:
        self._stop()

    def _stop(self) -> None:
        self._unsubscribe()
        self._unsubscribe = lambda: None
        self._calm()
        self._count(-self._size)
        self._talk.site.streams -= 1

    def _calm(self) -> None:
        if self._impatience is not None:
            self._impatience.cancel()
            self._impatience = None
