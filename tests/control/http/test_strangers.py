"""What is read over HTTP from whom, for how long, and how much of it is kept."""

from __future__ import annotations

import base64
from typing import Any

from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from fakebroker import FakeBroker
from fakebroker.control.http import protocol, site
from fakebroker.control.http.body import LIMIT
from tests.control.http.memory import Transport

GUEST = "authorization: Basic " + base64.b64encode(b"guest:guest").decode()


class Strangers(SynchronousTestCase):
    def setUp(self):
        self.clock = Clock()
        self.broker = FakeBroker(clock=self.clock)
        self.site: Any = site(self.broker, reactor=self.clock)

    def connect(self) -> Transport:
        transport = Transport()
        transport.protocol = self.site.buildProtocol(None)
        transport.protocol.makeConnection(transport)
        return transport

    def send(self, *lines: str, body: bytes = b"", to: Transport | None = None) -> Transport:
        """Send a request's head, and what is given of its body."""
        transport = self.connect() if to is None else to
        head = "\r\n".join([lines[0], "host: localhost", *lines[1:], "", ""])
        transport.protocol.dataReceived(head.encode() + body)
        return transport

    def assertAnswered(self, transport: Transport, status: int, *parts: bytes) -> None:
        answer = transport.value()
        self.assertEqual(answer[:12], b"HTTP/1.1 %d" % status, answer)
        for part in parts:
            self.assertIn(part, answer)

    # --- who may not is refused before the body

    def test_whoever_has_not_logged_in_is_refused_before_the_body_is_there(self):
        for length in ("content-length: 600000000", "transfer-encoding: chunked"):
            transport = self.send("PUT /api/queues/%2F/q HTTP/1.1", length)
            self.assertAnswered(transport, 401, b"onnection: close")

    def test_so_is_a_page_of_another_origin_and_one_for_whom_the_broker_has_another_name(self):
        for header in ("origin: https://evil.test", "sec-fetch-site: cross-site"):
            self.assertAnswered(self.send("POST /fakebroker/reset HTTP/1.1", header, "content-length: 9"), 403)
        transport = self.connect()
        transport.protocol.dataReceived(
            b"POST /fakebroker/reset HTTP/1.1\r\nhost: evil.test\r\ncontent-length: 9\r\n\r\n"
        )
        self.assertAnswered(transport, 403)

    def test_so_is_who_names_nothing_or_a_method_that_it_has_not(self):
        self.assertAnswered(self.send("PUT /api/nothing HTTP/1.1", "content-length: 9"), 405)
        self.assertAnswered(self.send("DELETE /api/overview HTTP/1.1", GUEST, "content-length: 9"), 405)

    def test_nobody_is_asked_to_go_on_who_will_be_refused(self):
        transport = self.send("PUT /api/vhosts/v HTTP/1.1", "expect: 100-continue", "content-length: 2")
        self.assertAnswered(transport, 401)
        transport = self.send("PUT /api/vhosts/v HTTP/1.1", GUEST, "expect: 100-continue", "content-length: 2")
        self.assertAnswered(transport, 100)

    def test_a_client_that_was_refused_may_send_a_little_and_is_then_hung_up_on(self):
        transport = self.send("PUT /api/vhosts/v HTTP/1.1", "content-length: 9000000", body=b" " * 1000)
        transport.protocol.dataReceived(b" " * 500_000)
        self.assertTrue(transport.connected)
        transport.protocol.dataReceived(b" " * 600_000)
        self.assertFalse(transport.connected)
        self.assertEqual(transport.value().count(b"HTTP/1.1"), 1)

    def test_or_when_it_sends_nothing_for_a_while(self):
        transport = self.send("PUT /api/vhosts/v HTTP/1.1", "content-length: 9")
        self.clock.advance(4.9)
        self.assertTrue(transport.connected)
        self.clock.advance(0.2)
        self.assertFalse(transport.connected)

    def test_what_it_sends_is_no_request(self):
        transport = self.send("PUT /api/vhosts/v HTTP/1.1", "content-length: 99")
        self.send("PUT /api/vhosts/w HTTP/1.1", GUEST, to=transport)
        self.assertEqual((transport.value().count(b"HTTP/1.1"), list(self.broker.vhosts)), (1, ["/"]))

    # --- bodies

    def test_a_body_that_is_announced_too_long_is_refused_at_once(self):
        transport = self.send("PUT /api/vhosts/v HTTP/1.1", GUEST, f"content-length: {LIMIT + 1}")
        self.assertAnswered(transport, 400, b"Exceeded HTTP request body size limit")

    def test_so_is_one_in_chunks_when_it_has_become_too_long(self):
        transport = self.send("PUT /api/vhosts/v HTTP/1.1", GUEST, "transfer-encoding: chunked")
        chunk = b"186a0\r\n" + b" " * 100_000 + b"\r\n"
        for _ in range(LIMIT // 100_000):
            transport.protocol.dataReceived(chunk)
        self.assertEqual(transport.value(), b"")
        transport.protocol.dataReceived(chunk)
        self.assertAnswered(transport, 400, b"Exceeded HTTP request body size limit")
        self.assertEqual(self.site.bodies, 0)

    def test_many_bodies_that_do_not_end_are_kept_up_to_a_limit(self):
        self.patch(protocol, "MOST_BODIES", 10_000)
        waiting = [self.send("PUT /api/vhosts/v HTTP/1.1", GUEST, "content-length: 7000") for _ in range(2)]
        for each in waiting:
            each.protocol.dataReceived(b" " * 6000)
        self.assertEqual(waiting[0].value(), b"")
        self.assertAnswered(waiting[1], 400)
        waiting[0].loseConnection()
        self.assertEqual(self.site.bodies, 0)

    def test_a_body_as_long_as_it_may_be_is_read_in_memory(self):
        body = b" " * (LIMIT - 2) + b"{}"
        transport = self.send("PUT /api/vhosts/v HTTP/1.1", GUEST, f"content-length: {LIMIT}", body=body)
        self.assertAnswered(transport, 201)

    def test_a_form_is_not_taken_apart(self):
        kind = "content-type: multipart/form-data; boundary=x"
        transport = self.send("POST /fakebroker/reset HTTP/1.1", kind, "content-length: 3", body=b"--x")
        self.assertAnswered(transport, 400, b"the body is not JSON")

    # --- time

    def test_a_head_that_does_not_end_gets_408_after_five_seconds(self):
        transport = self.connect()
        transport.protocol.dataReceived(b"GET /api/whoami HTTP/1.1\r\n")
        for _ in range(4):
            self.clock.advance(1)
            transport.protocol.dataReceived(b"x: y\r\n")
        self.assertEqual(transport.value(), b"")
        self.clock.advance(1)
        self.assertAnswered(transport, 408)

    def test_whoever_says_nothing_is_hung_up_on_without_a_word(self):
        transports = [self.connect(), self.connect()]
        transports[1].protocol.dataReceived(b"GET /api/wh")
        self.clock.advance(5)
        self.assertEqual([(each.connected, each.value()) for each in transports], [(False, b"")] * 2)

    def test_a_connection_that_is_kept_alive_has_a_minute_for_the_next_request(self):
        transport = self.send("GET /api/whoami HTTP/1.1", GUEST)
        self.clock.advance(59)
        self.send("GET /api/whoami HTTP/1.1", GUEST, to=transport)
        self.assertEqual(transport.value().count(b"200 OK"), 2)
        self.clock.advance(61)
        self.assertFalse(transport.connected)

    def test_a_body_that_comes_slowly_has_a_minute_in_all(self):
        transport = self.send("PUT /api/vhosts/v HTTP/1.1", GUEST, "content-length: 100")
        for _ in range(6):
            self.assertTrue(transport.connected)
            transport.protocol.dataReceived(b" ")
            self.clock.advance(10)
        self.assertFalse(transport.connected)

    def test_nothing_is_left_in_the_clock_when_the_client_has_gone(self):
        for transport in (
            self.connect(),
            self.send("GET /api/whoami HTTP/1.1", GUEST),
            self.send("PUT /api/vhosts/v HTTP/1.1", "content-length: 9"),
            self.send("PUT /api/vhosts/v HTTP/1.1", GUEST, "content-length: 9"),
        ):
            transport.loseConnection()
        self.assertEqual(self.clock.getDelayedCalls(), [])

    # --- heads

    def test_a_head_beyond_the_limits_is_refused(self):
        for lines, status in (
            (("GET /api/whoami?" + "x" * 8000 + " HTTP/1.1",), 414),
            (("GET /api/whoami HTTP/1.1", "x: " + "y" * 4200), 431),
            (("GET /api/whoami HTTP/1.1", *(f"x{each}: y" for each in range(100))), 431),
            (("GET /api/whoami HTTP/1.1", "content-length: -5"), 400),
            (("GET /api/whoami HTTP/1.1", "content-length: " + "9" * 4500), 431),
            (("NONSENSE",), 400),
        ):
            self.assertAnswered(self.send(*lines), status, b"content-length: 0\r\n\r\n")

    def test_a_line_without_end_is_not_collected(self):
        for begin, status in ((b"GET /", 414), (b"GET / HTTP/1.1\r\nx: ", 431)):
            transport = self.connect()
            transport.protocol.dataReceived(begin)
            for _ in range(20):
                transport.protocol.dataReceived(b"x" * 1000)
            self.assertAnswered(transport, status)

    def test_a_chunk_with_an_endless_extension_is_refused(self):
        transport = self.send("PUT /api/vhosts/v HTTP/1.1", GUEST, "transfer-encoding: chunked")
        transport.protocol.dataReceived(b"2;" + b"x" * 100_000)
        self.assertAnswered(transport, 400)

    def test_http_1_0_is_answered_and_hung_up_on(self):
        transport = self.send("GET /api/whoami HTTP/1.0", GUEST)
        self.assertIn(b'{"name":"guest"', transport.value())
        self.assertFalse(transport.connected)

    # --- answers

    def test_requests_wait_while_the_answers_are_not_read(self):
        request = b"GET /fakebroker/openapi.json HTTP/1.1\r\nhost: localhost\r\n\r\n"
        transport = self.connect()
        transport.full = 1000
        transport.protocol.dataReceived(request * 50)
        self.assertEqual(transport.value().count(b"200 OK"), 1)
        answers = 0
        while octets := transport.read():
            answers += octets.count(b"200 OK")
        self.assertEqual(answers, 50)
        self.assertEqual(self.site.unread, 0)

    def test_when_too_many_answers_are_not_read_there_are_no_more(self):
        self.patch(protocol, "MOST_UNREAD", 10_000)
        lazy = self.connect()
        lazy.full = 1000
        self.send("GET /fakebroker/openapi.json HTTP/1.1", to=lazy)
        self.assertGreater(self.site.unread, 10_000)
        self.assertAnswered(self.send("GET /api/whoami HTTP/1.1", GUEST), 503, b"wait to be read")
        lazy.read()
        self.assertAnswered(self.send("GET /api/whoami HTTP/1.1", GUEST), 200)

    def test_whoever_never_reads_is_hung_up_on(self):
        transport = self.connect()
        transport.full = 1000
        self.send("GET /fakebroker/openapi.json HTTP/1.1", to=transport)
        self.clock.advance(61)
        self.clock.advance(61)
        self.assertFalse(transport.connected)
        self.assertEqual(self.site.unread, 0)

    def test_nothing_is_logged(self):
        for line in ("NONSENSE", "GET /nowhere HTTP/1.1", "POST /api/login HTTP/1.1", "GET /%ff%00 HTTP/1.1"):
            self.send(line)
        self.clock.advance(100)
        self.assertEqual(self.flushLoggedErrors(), [])
