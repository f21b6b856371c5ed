"""HTTP/1.1 with untrusted clients: what is read, for how long, and how much is kept in memory. A request is checked
when its headers are complete. A request without permission, or to an unknown path, is refused before its body is read.
The limits are RabbitMQ's (cowboy's) where it has some.
"""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from typing import Any, Protocol, cast

from twisted.internet.protocol import connectionDone
from twisted.python.failure import Failure
from twisted.web.http import RESPONSES, HTTPChannel
from twisted.web.server import Request

from fakebroker.clock import DelayedCall
from fakebroker.control.http.body import LIMIT
from fakebroker.control.http.endpoint import Refusal, bad_request
from fakebroker.control.http.target import read_target

HEAD_TIME = 5.0
"""Seconds for the headers of a request, from the start of the request or of the connection."""
BODY_TIME = 60.0
"""Seconds for a whole body."""
LINGER_TIME = 5.0
"""Seconds for which a refused client may go on sending, so that it can read the answer."""
LONGEST_LINE = 8_000
"""Octets of a request's first line."""
LONGEST_HEADER = 4_096 + 64 + 2
"""Octets of a header with its name."""
MOST_HEADERS = 100
SKIPPED = 1_000_000
"""Octets of a body that are read and thrown away for a refused client."""
MOST_BODIES = 64 * 2**20
"""The most octets of incomplete bodies, over all connections."""
MOST_UNREAD = 64 * 2**20
"""The most octets of unread answers, over all connections."""


class RequestGate(Protocol):
    """What all connections of a port share."""

    bodies: int
    unread: int
    streams: int

    def refusal(self, request: Inquiry, length: int | None) -> Refusal | None:
        """Why a request is refused before its body is read; None when it is not."""


class BodyTooLong(Exception):
    """The body is longer than allowed."""


class Inquiry(Request):
    """A request. Its body is kept in memory if it is not too long. ``refused`` tells why the request is refused
    unread."""

    refused: Refusal | None = None
    content: BytesIO
    query = b""

    @property
    def talk(self) -> Talk:
        """The request's connection."""
        return cast(Talk, self.channel)

    def gotLength(self, length: int | None) -> None:
        """The body begins."""
        self.content = BytesIO()

    def handleContentChunk(self, data: bytes) -> None:
        """Keep a piece of the body.

        :raises BodyTooLong: when there is no room for it.
        """
        self.talk.take(len(data))
        self.content.write(data)

    def requestReceived(self, command: bytes, path: bytes, version: bytes) -> None:
        """The request is complete. Forms are not parsed here: an endpoint that expects one reads the body itself."""
        self.content.seek(0)
        self.clientproto = version
        self.named(command, path)
        self.process()

    def named(self, command: bytes, path: bytes) -> None:
        """Take over the method and the path from the first line."""
        self.args = {}
        self.method, self.uri = command, path
        target = read_target(path)
        self.path, self.query = (b"/", b"") if target is None else target
        if target is None:
            self.refused = Refusal(400)


class Talk(HTTPChannel):
    """One connection."""

    requestFactory = Inquiry
    maxHeaders = MOST_HEADERS
    MAX_LENGTH = LONGEST_LINE
    site: RequestGate
    transport: Any
    callLater: Callable[..., DelayedCall]  # the site sets it

    def __init__(self) -> None:
        super().__init__()
        self._deadline: DelayedCall | None = None
        self._headers: int | None = None  # how many have come, None before the first line
        self._answering = False
        self._taken = 0  # octets of the body that is coming
        self._owed = 0  # octets that the client has not read
        self._refused = False
        self._skipped: int | None = None  # octets passed over since the answer, None before

    # --- time

    def _expect(self, seconds: float | None, late: Callable[[], None] | None = None) -> None:
        """End the connection unless something arrives within that time; None for no limit."""
        if self._deadline is not None:
            self._deadline.cancel()
        self._deadline = None if seconds is None else self.callLater(seconds, self._too_late, late)

    def _too_late(self, late: Callable[[], None]) -> None:
        self._deadline = None
        late()

    def _head_is_late(self) -> None:
        if self._headers is None:
            self.loseConnection()
        else:
            self._say_no(408)

    def timeoutConnection(self) -> None:
        """Nothing has arrived for too long."""
        self.loseConnection()

    def forceAbortClient(self) -> None:
        """The client has not read the last answer in time."""
        self._abortingCall = None
        self.transport.abortConnection()

    # --- reading

    def connectionMade(self) -> None:
        """A client has connected."""
        super().connectionMade()
        self._expect(HEAD_TIME, self._head_is_late)

    def dataReceived(self, data: bytes) -> None:
        """Some octets have come."""
        if self._skipped is not None:
            self._skip(len(data))
            return
        if data and self._deadline is None and not self._answering:
            self._expect(HEAD_TIME, self._head_is_late)
        super().dataReceived(data)

    def lineReceived(self, line: bytes) -> None:
        """A line of the head of a request."""
        if self._skipped is not None:
            self._skip(len(line))
        elif self._headers is not None and (len(line) > LONGEST_HEADER or self._headers > MOST_HEADERS):
            self._say_no(431)
        else:
            if line or self._headers is not None:
                self._headers = 0 if self._headers is None else self._headers + 1
            super().lineReceived(line)

    def lineLengthExceeded(self, line: bytes) -> None:
        """A line that does not end."""
        self._say_no(414 if self._headers is None else 431)

    def rawDataReceived(self, data: bytes) -> None:
        """Octets of a body."""
        if self._skipped is not None:
            self._skip(len(data))
            return
        try:
            super().rawDataReceived(data)
        except BodyTooLong:
            self._refuse(bad_request("Exceeded HTTP request body size limit"))
            self.allContentReceived()

    def take(self, octets: int) -> None:
        """Make room for a piece of a body.

        :raises BodyTooLong: when there is none.
        """
        if self._taken + octets > LIMIT or self.site.bodies + octets > MOST_BODIES:
            raise BodyTooLong
        self._taken += octets
        self.site.bodies += octets

    def allHeadersReceived(self) -> None:
        """The head of a request is complete: decide whether the body is read."""
        request = self.requests[-1]
        self._headers = None
        self._expect(BODY_TIME, self.loseConnection) if self.length != 0 else self._expect(None)
        request.named(self._command, self._path)
        refusal = self._refusal(request)
        if refusal is not None:
            request.requestHeaders.removeHeader(b"expect")
        super().allHeadersReceived()
        if refusal is not None:
            self._refuse(refusal, self.length != 0)
            self.length = 0

    def _refusal(self, request: Inquiry) -> Refusal | None:
        if self.site.unread > MOST_UNREAD:
            return Refusal(503, "overloaded", "too many answers wait to be read")
        return None if self.length == 0 else self.site.refusal(request, self.length)

    def _refuse(self, refusal: Refusal, unread: bool = True) -> None:
        request = self.requests[-1]
        request.refused = refusal
        if unread:
            request.responseHeaders.setRawHeaders(b"connection", [b"close"])
            self.persistent = False
            self._refused = True

    def allContentReceived(self) -> None:
        """The whole request is there."""
        self._expect(None)
        self._let_go()
        self._answering = True
        super().allContentReceived()

    def requestDone(self, request: Request) -> None:
        """The request has been answered."""
        self._answering = False
        super().requestDone(request)

    def _let_go(self) -> None:
        self.site.bodies -= self._taken
        self._taken = 0

    # --- the answer

    def wrote(self, octets: int) -> None:
        """Note that octets were written. Those still in the transport count as unread."""
        if self._waitingForTransport:
            self._owed += octets
            self.site.unread += octets

    def pauseProducing(self) -> None:
        """The client does not read: its further requests wait."""
        self.paused = True
        super().pauseProducing()

    def resumeProducing(self) -> None:
        """The client has read."""
        self._read()
        super().resumeProducing()
        self.paused = False
        self.dataReceived(b"")

    def _read(self) -> None:
        self.site.unread -= self._owed
        self._owed = 0

    # --- the end

    def _say_no(self, status: int) -> None:
        """The answer to something that is not a request."""
        text = RESPONSES.get(status, b"Request Header Fields Too Large")
        self.transport.write(b"HTTP/1.1 %d %s\r\nconnection: close\r\ncontent-length: 0\r\n\r\n" % (status, text))
        self._refused = True
        self.loseConnection()

    def _respondToBadRequestAndDisconnect(self) -> None:
        self._say_no(400)

    def loseConnection(self) -> None:
        """End the connection: at once, or, if the client may still be sending, after it had time to read the answer."""
        if self._refused and self._skipped is None:
            self._skipped = 0
            self._expect(LINGER_TIME, self.loseConnection)
            self.transport.unregisterProducer()
            if hasattr(self.transport, "loseWriteConnection"):  # the client is told at once that nothing more follows
                self.transport.loseWriteConnection()
            return
        self._expect(None)
        if self._abortingCall is None:
            self._abortingCall = self.callLater(BODY_TIME, self.forceAbortClient)
        if self._refused:
            self.transport.loseConnection()
        else:
            super().loseConnection()

    def _skip(self, octets: int) -> None:
        assert self._skipped is not None, "it has been refused"
        self._skipped += octets
        if self._skipped > SKIPPED and not self.transport.disconnecting:
            self.loseConnection()

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """The connection is closed."""
        self._expect(None)
        self._let_go()
        self._read()
        super().connectionLost(reason)
        self.unregisterProducer()
        for request in self.requests:
            request.producer = None
