"""Makes a tree of twisted.web resources from the tables of endpoints, and answers requests."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from contextlib import nullcontext
from urllib.parse import parse_qsl

from twisted.logger import Logger
from twisted.web.http import datetimeToString
from twisted.web.resource import Resource
from twisted.web.server import NOT_DONE_YET

from fakebroker.control.http.endpoint import Answer, Call, Endpoint, Handler, Refusal, not_found
from fakebroker.control.http.guard import complaint
from fakebroker.control.http.protocol import Inquiry
from fakebroker.control.http.stream import Stream
from fakebroker.errors import bare
from fakebroker.fake import FakeBroker

METHODS = ("HEAD", "GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
"""The methods that RabbitMQ's server knows."""

LAST_DATE = 253402300799.0
"""Seconds since 1970: the end of the year 9999, which a header can tell. A virtual clock may go further."""

_log = Logger()


class PathNode(Resource):
    """One segment of a path: fixed children come first, then the variable one."""

    def __init__(self, broker: FakeBroker) -> None:
        super().__init__()
        self.broker = broker
        self.variable: PathNode | None = None
        self.endpoint: Endpoint | None = None

    def getChild(self, path: bytes, request: Inquiry) -> Resource:
        """The child for a variable segment. A slash at the end changes nothing."""
        if path == b"" and not request.postpath:
            return self
        return self.variable if self.variable is not None else Nothing(self.broker)

    def descend(self, segment: str) -> PathNode:
        """The child for a segment of an endpoint's path; made if it does not exist."""
        if segment.startswith("{"):
            if self.variable is None:
                self.variable = PathNode(self.broker)
            return self.variable
        name = segment.encode()
        if name not in self.children:
            self.putChild(name, PathNode(self.broker))
        child = self.children[name]
        assert isinstance(child, PathNode), "the tree is made of nodes"
        return child

    def render(self, request: Inquiry) -> int:
        """Answer a request."""
        answer: Answer | Stream
        try:
            if request.refused is not None:
                raise request.refused
            if self.endpoint is None:
                answer = nothing(request)
            else:
                call = make_call(self.broker, self.endpoint, request)
                with nullcontext() if self.endpoint.outside_turn else self.broker.turn:
                    answer = perform(self.endpoint, call)
            if isinstance(answer, Stream):
                answer.check(request)
        except Refusal as refusal:
            bare(refusal)  # the request's own length limit may be larger
            answer = Answer(refusal.body, refusal.status, refusal.headers)
        except Exception:
            _log.failure("{path} failed", path=request.path)
            answer = Answer(status=500)
        _respond(self.broker, request, answer)
        return NOT_DONE_YET

    def refusal(self, request: Inquiry) -> Refusal | None:
        """Why a request is refused before its body is read; None when it is not."""
        try:
            if request.refused is not None:
                raise request.refused
            if self.endpoint is None:
                nothing(request)
            elif request.method != b"OPTIONS":
                admit(self.endpoint, make_call(self.broker, self.endpoint, request))
        except Refusal as refusal:
            return bare(refusal)
        return None


class Nothing(PathNode):
    """The resource of an unknown path."""

    def getChild(self, path: bytes, request: Inquiry) -> Resource:
        """Below an unknown path every path is unknown."""
        return self


class Root(PathNode):
    """The root of the tree. Every request passes the guard first.

    :param hosts: names by which this broker may be called, beside ``localhost`` and IP addresses.
    """

    def __init__(self, broker: FakeBroker, endpoints: Iterable[Endpoint], hosts: Collection[str] = ()) -> None:
        super().__init__(broker)
        self._hosts = tuple(hosts)
        for endpoint in endpoints:
            node: PathNode = self
            for segment in endpoint.path.strip("/").split("/"):
                node = node.descend(segment)
            assert node.endpoint is None, f"there are two endpoints at {endpoint.path}"
            node.endpoint = endpoint

    def getChildWithDefault(self, path: bytes, request: Inquiry) -> Resource:
        """The child, if the guard lets the request in."""
        reason = complaint(_headers(request), self._hosts)
        return super().getChildWithDefault(path, request) if reason is None else Forbidden(self.broker, reason)


class Forbidden(Nothing):
    """Answers 403 with a reason."""

    def __init__(self, broker: FakeBroker, reason: str) -> None:
        super().__init__(broker)
        self._reason = reason

    def refusal(self, request: Inquiry) -> Refusal:
        """Say why."""
        return Refusal(403, "forbidden", self._reason)

    def render(self, request: Inquiry) -> int:
        """The same."""
        request.refused = self.refusal(request)
        return super().render(request)


def nothing(request: Inquiry) -> Answer:
    """The answer for an unknown path. RabbitMQ looks for a static file there, so that only reading is allowed.

    :raises Refusal: for all methods but OPTIONS.
    """
    allow = {"allow": "HEAD, GET, OPTIONS"}
    if request.method == b"OPTIONS":
        return Answer(headers=allow)
    if request.method in (b"GET", b"HEAD") or request.path.startswith(b"/fakebroker"):
        raise not_found()
    raise refused_method(request.method.decode("latin-1"), allow)


def refused_method(method: str, allow: Mapping[str, str]) -> Refusal:
    """405 for a method that is known, 501 for any other."""
    return Refusal(405, headers=allow) if method in METHODS else Refusal(501)


def make_call(broker: FakeBroker, endpoint: Endpoint, request: Inquiry) -> Call:
    """The request as a :class:`Call`."""
    here = request.getHost()
    template = endpoint.path.strip("/").split("/")
    names = {
        segment[1:-1]: part.decode("utf-8", "surrogateescape")
        for segment, part in zip(template, request.prepath or (), strict=False)
        if segment.startswith("{")
    }
    query: dict[str, str] = {}
    for name, value in parse_qsl(request.query.decode("latin-1"), keep_blank_values=True):
        query.setdefault(name, value)
    return Call(
        broker=broker,
        method=request.method.decode("latin-1"),
        path=request.path.decode("latin-1"),
        names=names,
        query=query,
        headers=_headers(request),
        body=request.content.read() if request.content is not None else b"",
        host=getattr(here, "host", ""),
        port=getattr(here, "port", 0),
        peer=getattr(request.getClientAddress(), "host", ""),
    )


def _headers(request: Inquiry) -> dict[str, str]:
    rows = request.requestHeaders.getAllRawHeaders()
    return {name.decode("latin-1").lower(): values[0].decode("latin-1") for name, values in rows}


def perform(endpoint: Endpoint, call: Call) -> Answer | Stream:
    """Carry a request out, with RabbitMQ's checks in RabbitMQ's order.

    :raises Refusal: for every error answer.
    """
    allow = {"allow": ", ".join(endpoint.methods)}
    if call.method == "OPTIONS":
        return Answer(headers=allow)
    handler = admit(endpoint, call)
    call.found = endpoint.find(call) if endpoint.find is not None else endpoint
    if call.found is None and call.method in ("GET", "HEAD", "DELETE"):
        raise not_found()
    _check_type(endpoint, call)
    return _answer(call, handler(call))


def admit(endpoint: Endpoint, call: Call) -> Handler:
    """The handler of the request's method, once the user's access is checked.

    :raises Refusal: otherwise.
    """
    handler = endpoint.handler(call.method)
    if handler is None:
        raise refused_method(call.method, {"allow": ", ".join(endpoint.methods)})
    endpoint.access(call)
    return handler


def _check_type(endpoint: Endpoint, call: Call) -> None:
    if call.method in ("PUT", "POST") and endpoint.takes:
        if call.headers.get("content-type", "").partition(";")[0].strip().lower() not in endpoint.takes:
            raise Refusal(415)


def _answer(call: Call, value: object) -> Answer | Stream:
    if isinstance(value, (Answer, Stream)):
        return value
    if call.method == "PUT":
        return Answer(status=201 if call.found is None else 204)
    return Answer(status=204) if value is None else Answer(value)


def _respond(broker: FakeBroker, request: Inquiry, answer: Answer | Stream) -> None:
    headers = request.responseHeaders
    headers.setRawHeaders("server", ["fakebroker"])
    headers.setRawHeaders("date", [datetimeToString(min(broker.clock.seconds(), LAST_DATE))])
    headers.setRawHeaders("cache-control", ["no-cache"])
    headers.setRawHeaders("vary", ["accept, accept-encoding, origin"])
    for name, value in answer.headers.items():
        headers.setRawHeaders(name, [value])
    request.setResponseCode(answer.status)
    if isinstance(answer, Stream):
        answer.start(request)
        return
    body = encode(answer.body)
    if body:
        if not headers.hasHeader("content-type"):
            headers.setRawHeaders("content-type", ["application/json"])
    else:
        request.defaultContentType = None
    if answer.status != 204:
        headers.setRawHeaders("content-length", [str(len(body))])
    if body and request.method != b"HEAD":
        request.write(body)
        request.talk.wrote(len(body))
    request.finish()


def encode(value: object) -> bytes:
    """JSON as RabbitMQ writes it; text and octets as they are; nothing for None."""
    if value is None or isinstance(value, bytes):
        return value or b""
    if isinstance(value, str):
        return value.encode("utf-8", "replace")
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode("utf-8", "replace")
