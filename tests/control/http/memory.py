"""An HTTP client in memory: it talks to the real site, without a socket."""

from __future__ import annotations

import base64
import http.client
import io
import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from twisted.internet.address import IPv4Address
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransportWithDisconnection

from fakebroker import FakeBroker
from fakebroker.control.http import site

PORT = 15672


@dataclass
class Answer:
    """What came back."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body, decoded; None when there is none."""
        return json.loads(self.body) if self.body else None


class _Socket:
    """What http.client reads an answer from."""

    def __init__(self, octets: bytes) -> None:
        self._octets = octets

    def makefile(self, mode: str) -> io.BytesIO:
        return io.BytesIO(self._octets)


class Transport(StringTransportWithDisconnection):
    """Keeps what is written, and pauses whoever writes as a socket does that is not read from."""

    full = 2**16
    protocol: Any

    def write(self, data: bytes) -> None:
        super().write(data)
        if self.producer is not None and len(self.value()) > self.full:
            self.producer.pauseProducing()

    def writeSequence(self, data: Iterable[bytes]) -> None:
        self.write(b"".join(data))

    def read(self) -> bytes:
        """The peer reads what there is."""
        octets: bytes = self.value()
        self.clear()
        if self.producer is not None:
            self.producer.resumeProducing()
        return octets


class Connection:
    """One connection to the site; it can be kept alive, and hung up on."""

    def __init__(
        self, broker: FakeBroker, clock: Clock, hosts: tuple[str, ...] = (), peer: str = "127.0.0.1"
    ) -> None:
        here, there = IPv4Address("TCP", "127.0.0.1", PORT), IPv4Address("TCP", peer, 50000)
        self.transport = StringTransportWithDisconnection(hostAddress=here, peerAddress=there)
        self.protocol = site(broker, hosts, clock).buildProtocol(there)
        self.transport.protocol = self.protocol
        self.protocol.makeConnection(self.transport)

    def send(self, method: str, path: str, body: bytes, headers: dict[str, str]) -> None:
        """Send a request."""
        self.transport.clear()
        lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
        head = "\r\n".join([*lines, f"content-length: {len(body)}", "", ""])
        self.protocol.dataReceived(head.encode("latin-1") + body)

    def answer(self, method: str = "GET") -> Answer:
        """What has come back since."""
        response = http.client.HTTPResponse(_Socket(self.transport.value()), method=method)  # type: ignore[arg-type]
        response.begin()
        headers = {name.lower(): value for name, value in response.getheaders()}
        try:
            body = response.read()
        except http.client.IncompleteRead as unfinished:  # an answer that goes on
            body = unfinished.partial
        return Answer(response.status, headers, body)

    def hang_up(self) -> None:
        """Close the connection."""
        self.transport.loseConnection()


class Client:
    """Requests to one broker, each on a connection of its own."""

    peer = "127.0.0.1"
    """The address that they come from."""

    def __init__(self, broker: FakeBroker, clock: Clock, hosts: tuple[str, ...] = ()) -> None:
        self._broker = broker
        self._clock = clock
        self._hosts = hosts

    def request(
        self,
        method: str,
        path: str,
        json_body: Any = None,
        *,
        raw: bytes | None = None,
        user: str | None = "guest:guest",
        headers: dict[str, str] | None = None,
    ) -> Answer:
        """One request and its answer."""
        sent = {"host": f"127.0.0.1:{PORT}"}
        body = raw or b""
        if json_body is not None:
            body = json.dumps(json_body).encode()
            sent["content-type"] = "application/json"
        if user is not None:
            sent["authorization"] = "Basic " + base64.b64encode(user.encode()).decode()
        sent.update(headers or {})
        connection = Connection(self._broker, self._clock, self._hosts, self.peer)
        connection.send(method, path, body, sent)
        answer = connection.answer(method)
        connection.hang_up()
        return answer

    def get(self, path: str, **more: Any) -> Any:
        """The JSON at a path."""
        answer = self.request("GET", path, **more)
        assert answer.status == 200, f"{path}: {answer.status} {answer.body!r}"
        return answer.json

    def post(self, path: str, json_body: Any = None, **more: Any) -> Answer:
        """One POST."""
        return self.request("POST", path, json_body, **more)

    def put(self, path: str, json_body: Any = None, **more: Any) -> Answer:
        """One PUT."""
        return self.request("PUT", path, json_body, **more)

    def delete(self, path: str, **more: Any) -> Answer:
        """One DELETE."""
        return self.request("DELETE", path, **more)
