"""Requests over HTTP leave nothing behind, whatever becomes of them."""

from __future__ import annotations

import socket

from fakebroker.control.http import listen
from tests.freed.watch import OverTcp, freed

GUEST = "authorization: basic Z3Vlc3Q6Z3Vlc3Q=\r\n"


class Requests(OverTcp):
    """One request on one connection, and several on one that is kept."""

    def setUp(self) -> None:
        super().setUp()
        self.http = listen(self.broker, self.sockets.reactor)
        self.addCleanup(self.pause)
        self.addCleanup(self.http.stop)
        self.ask("GET /api/overview")

    def ask(self, *requests: str, headers: str = GUEST, body: str = "") -> bytes:
        """Send requests, and hang up when they have been answered."""
        client = socket.create_connection(("127.0.0.1", self.http.port))
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        answer = b""
        for request in requests:
            length = f"content-length: {len(body)}\r\n" if body else ""
            client.sendall(f"{request} HTTP/1.1\r\nhost: localhost\r\n{length}{headers}\r\n{body}".encode())
            self.pause()
            answer += client.recv(1_000_000)
        client.close()
        self.pause()
        return answer

    @freed
    def test_answers(self) -> None:
        for path in ("overview", "queues", "exchanges/%2F", "connections", "definitions", "users/guest", "nodes"):
            self.assertIn(b"200 OK", self.ask(f"GET /api/{path}", f"HEAD /api/{path}"))

    @freed
    def test_refusals(self) -> None:
        for request in ("GET /api/queues/%2F/none", "GET /nothing/at/all", "PATCH /api/queues", "GET /api/vhosts/none"):
            self.assertRegex(self.ask(request), rb"HTTP/1.1 (4|501)")
        self.assertIn(b"401", self.ask("GET /api/overview", headers=""))
        self.assertIn(b"400", self.ask("PUT /api/queues/%2F/q", body="{nonsense"))

    @freed
    def test_a_queue_comes_and_goes(self) -> None:
        self.assertIn(b"201", self.ask("PUT /api/queues/%2F/q", body="{}"))
        body = '{"properties":{},"routing_key":"q","payload":"x","payload_encoding":"string"}'
        self.assertIn(b"200", self.ask("POST /api/exchanges/%2F/amq.default/publish", body=body))
        self.assertIn(b"204", self.ask("DELETE /api/queues/%2F/q"))

    @freed
    def test_a_request_that_ends_in_the_middle(self) -> None:
        with socket.create_connection(("127.0.0.1", self.http.port)) as client:
            client.sendall(b"PUT /api/queues/%2F/q HTTP/1.1\r\nhost: localhost\r\ncontent-length: 99\r\n\r\n{")
            self.pause()

    @freed
    def test_a_stream_that_the_client_ends(self) -> None:
        with socket.create_connection(("127.0.0.1", self.http.port)) as client:
            client.sendall(f"GET /fakebroker/journal/stream HTTP/1.1\r\nhost: localhost\r\n{GUEST}\r\n".encode())
            self.pause()
            self.client().hang_up()
            self.assertIn(b"channel.open", client.recv(1_000_000))
