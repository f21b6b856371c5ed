"""What stands in a test for an object in the broker's thread: it is asked and changed as the object itself."""

from __future__ import annotations

import asyncio
import socket
import sys
from typing import Any
from unittest import TestCase, mock

from twisted.internet.defer import Deferred
from twisted.internet.selectreactor import SelectReactor

import fakebroker
from fakebroker import FakeBroker, RunningBroker
from fakebroker.testing.background.loop import Loop
from fakebroker.testing.background.remote import Remote
from tests.testing.test_loop import SECONDS
from tests.testing.test_running import publish

HEADER = b"AMQP\0\0\x09\x01"


def endless(broker: FakeBroker) -> Deferred[None]:
    """Stands for ``stop`` of a broker whose clients do not hang up."""
    return Deferred()


class Thing:
    """Something in another thread."""

    pair: tuple[int, list[str]] = (1, ["two"])

    def later(self) -> Deferred[None]:
        return Deferred()

    def table(self) -> dict[str, list[int]]:
        return {"one": [1]}

    def numbers(self) -> Any:
        return iter([1, 2])

    def has(self, things: tuple[object, ...]) -> bool:
        return things == (self,)


class Things(TestCase):
    def setUp(self) -> None:
        self.loop = Loop()
        self.loop.start()
        self.addCleanup(self.loop.stop)
        self.thing: Any = Remote(self.loop, Thing())

    def test_a_tuple_shows_what_is_in_it(self) -> None:
        number, names = self.thing.pair
        self.assertEqual((number, list(names)), (1, ["two"]))

    def test_a_dict_that_a_method_returns_is_a_copy_and_what_it_walks_over_a_list(self) -> None:
        table = self.thing.table()
        table["one"].append(2)
        self.assertEqual((table, self.thing.table()), ({"one": [1, 2]}, {"one": [1]}))
        self.assertEqual(self.thing.numbers(), [1, 2])

    def test_one_can_be_given_to_another_in_a_tuple(self) -> None:
        self.assertTrue(self.thing.has((self.thing,)))

    def test_what_does_not_happen_in_time_is_told(self) -> None:
        with self.assertRaisesRegex(TimeoutError, r"it has not happened within 0\.01 s"):
            self.thing._ask(lambda thing: thing.later(), 0.01)

    def test_what_waits_is_refused_in_the_thread_itself(self) -> None:
        with self.assertRaisesRegex(RuntimeError, r"^later\(\) waits, and was called in the thread of "):
            self.loop.call(self.thing.later)

    def test_what_is_private_is_hidden(self) -> None:
        with self.assertRaisesRegex(AttributeError, "'Thing' object has no attribute '_secret' in another thread"):
            self.thing._secret.read()
        with self.assertRaisesRegex(AttributeError, "'Thing' object has no attribute '_secret' in another thread"):
            self.thing._secret = 1


class Brokers(TestCase):
    def test_limits_are_set_and_taken_away(self) -> None:
        with fakebroker.running() as broker:
            limits = broker.vhosts["/"].limits
            self.assertFalse(limits)
            limits["max-queues"] = 1
            self.assertTrue(limits)
            self.assertEqual(dict(limits.items()), {"max-queues": 1})
            del limits["max-queues"]
            self.assertFalse(limits)

    def test_a_queue_is_the_same_one_whoever_asks_for_it(self) -> None:
        with fakebroker.running() as broker:
            publish(broker, "one")
            self.assertEqual({broker.vhosts["/"].queues["jobs"]: 1}[broker.vhosts["/"].queues["jobs"]], 1)
            self.assertEqual(str(broker.vhosts["/"].queues["jobs"]), repr(broker.vhosts["/"].queues["jobs"]))

    def test_an_alarm_is_seen(self) -> None:
        with fakebroker.running() as broker:
            broker.set_alarm("memory")
            self.assertTrue(broker.alarms.active)

    def test_one_without_tls_says_how_it_would_have_some(self) -> None:
        with fakebroker.running() as broker, self.assertRaisesRegex(RuntimeError, r"use running\(tls=True\)"):
            broker.tls.fail("expired")


class Ends(TestCase):
    def test_asyncio_stops_it_too(self) -> None:
        async def scenario() -> None:
            async with fakebroker.running() as broker:
                await broker.stop()

        asyncio.run(scenario())

    def test_a_broker_that_does_not_end_in_time_is_cut_off(self) -> None:
        async def scenario() -> None:
            async with fakebroker.running() as broker:
                clients.append(socket.create_connection((broker.host, broker.port), SECONDS))
                await asyncio.get_running_loop().run_in_executor(None, clients[-1].sendall, HEADER)
                await asyncio.get_running_loop().run_in_executor(None, clients[-1].recv, 1)

        clients: list[socket.socket] = []
        margin = mock.patch.object(sys.modules[RunningBroker.__module__], "MARGIN", 0.01)  # a function hides its name
        with margin, mock.patch.object(FakeBroker, "stop", endless):
            asyncio.run(scenario())
            with fakebroker.running() as broker:
                clients.append(socket.create_connection((broker.host, broker.port), SECONDS))
                clients[-1].sendall(HEADER)
                clients[-1].recv(1)
        for client in clients:
            with client, self.assertRaises(ConnectionResetError):
                while client.recv(4096):
                    pass


class Reactors(TestCase):
    def test_the_best_that_there_is_on_this_system_is_taken(self) -> None:
        missing = dict.fromkeys(("twisted.internet.epollreactor", "twisted.internet.pollreactor"))
        with mock.patch.dict(sys.modules, missing), fakebroker.running() as broker:
            publish(broker, "one")
            self.assertIs(type(broker._loop.reactor), SelectReactor)

    def test_without_any_no_broker_can_run(self) -> None:
        missing = dict.fromkeys(f"twisted.internet.{kind}reactor" for kind in ("epoll", "poll", "select"))
        with mock.patch.dict(sys.modules, missing):
            with self.assertRaisesRegex(RuntimeError, "^Twisted has no reactor for this system$"):
                fakebroker.running().start()
