"""The journal as a stream over HTTP, to clients that do not read it."""

from __future__ import annotations

import json
from typing import Any

from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from fakebroker import FakeBroker
from fakebroker.control.http import site, stream
from tests.control.http.memory import Transport
from tests.rawclient import RawClient


class Unread(SynchronousTestCase):
    def setUp(self):
        self.clock = Clock()
        self.broker = FakeBroker(clock=self.clock)
        self.site: Any = site(self.broker, reactor=self.clock)
        self.client = RawClient.connect(self.broker, self.clock).open()
        self.client.open_channel()

    def listen(self, query: str = "") -> Transport:
        transport = Transport()
        transport.full = 1000
        transport.protocol = self.site.buildProtocol(None)
        transport.protocol.makeConnection(transport)
        request = f"GET /fakebroker/journal/stream?name=queue.declare{query} HTTP/1.1\r\nhost: localhost\r\n\r\n"
        transport.protocol.dataReceived(request.encode())
        return transport

    def declare(self, count: int, begin: int = 0) -> None:
        for number in range(begin, begin + count):
            self.client.send("queue.declare", 1, queue=f"queue-{number}")

    def names(self, octets: bytes) -> list[str]:
        """The queues that are declared in what has come, or what is said in place of a command."""
        entries = [json.loads(line) for line in octets.split(b"\r\n") if line.startswith(b"{")]
        return [entry["arguments"]["queue"] if "arguments" in entry else entry["error"] for entry in entries]

    def everything(self, transport: Transport) -> list[str]:
        octets = b""
        while more := transport.read():
            octets += more
        return self.names(octets)

    def test_entries_wait_until_they_are_read_and_come_in_order(self):
        transport = self.listen()
        self.declare(50)
        self.assertLess(len(self.names(transport.value())), 10)
        self.assertEqual(self.everything(transport), [f"queue-{number}" for number in range(50)])
        self.declare(1, 50)
        self.assertEqual(self.everything(transport), ["queue-50"])
        self.assertEqual(self.site.unread, 0)

    def test_so_does_the_history_ahead_of_what_is_new(self):
        self.declare(30)
        transport = self.listen("&history=true")
        self.declare(30, 30)
        self.assertLess(len(self.names(transport.value())), 10)
        self.assertEqual(self.everything(transport), [f"queue-{number}" for number in range(60)])

    def test_when_too_many_wait_a_last_line_says_so_and_the_client_is_hung_up_on(self):
        self.patch(stream, "MOST_WAITING", 10_000)
        transport = self.listen()
        self.declare(200)
        self.assertEqual(self.site.unread, 0)
        names = self.everything(transport)
        self.assertEqual(names, [*(f"queue-{number}" for number in range(len(names) - 1)), "too_slow"])
        self.assertFalse(transport.connected)
        self.assertEqual(self.flushLoggedErrors(), [])

    def test_so_is_a_client_that_reads_nothing_for_a_minute(self):
        transport = self.listen()
        self.declare(20)
        self.clock.advance(61)
        self.assertEqual(self.names(transport.value())[-1], "too_slow")
        self.clock.advance(61)
        self.assertFalse(transport.connected)
        self.assertEqual((self.site.streams, self.site.unread), (0, 0))

    def test_one_that_reads_now_and_then_is_not(self):
        transport = self.listen()
        for begin in range(0, 60, 20):
            self.declare(20, begin)
            self.clock.advance(50)
            self.assertEqual(len(self.everything(transport)), 20)
        self.assertTrue(transport.connected)

    def test_a_stream_on_which_nothing_happens_stays_open(self):
        transport = self.listen()
        self.clock.advance(3600)
        self.declare(1)
        self.assertEqual(self.names(transport.value()), ["queue-0"])

    def test_all_streams_together_keep_no_more_than_one_limit(self):
        self.patch(stream, "MOST_UNREAD", 10_000)
        transports = [self.listen() for _ in range(10)]
        self.declare(50)
        self.assertLess(self.site.unread, 12_000)
        self.assertIn("too_slow", self.everything(transports[0]))

    def test_there_are_so_many_streams_and_no_more(self):
        self.patch(stream, "MOST_STREAMS", 2)
        transports = [self.listen() for _ in range(3)]
        self.assertIn(b"503", transports[2].value()[:13])
        self.assertIn(b"there are 2 streams", transports[2].value())
        transports[0].loseConnection()
        self.assertIn(b"200", self.listen().value()[:13])

    def test_a_reset_ends_one_that_is_not_read_too(self):
        self.declare(50)
        transports = [self.listen("&history=true"), self.listen()]
        self.broker.reset()
        self.assertEqual([self.everything(each)[-1:] for each in transports], [["too_slow"], []])
        self.assertEqual([each.connected for each in transports], [False, False])

    def test_nothing_is_left_when_the_client_hangs_up(self):
        transport = self.listen("&history=true")
        self.declare(50)
        transport.loseConnection()
        self.declare(1, 50)
        self.assertEqual((self.site.streams, self.site.unread, self.clock.getDelayedCalls()), (0, 0, []))
