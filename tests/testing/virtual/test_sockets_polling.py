"""select, poll, epoll and selectors tell of sockets in memory, and let virtual time pass while there is nothing."""

from __future__ import annotations

import os
import select
import selectors
import socket
import threading
import time
from collections.abc import Callable
from unittest import TestCase, skipUnless

import fakebroker
from fakebroker.testing import NeverSettles
from tests.testing.virtual.test_sockets import ADDRESS, HEADER

SELECTORS = [
    each
    for name in ("SelectSelector", "PollSelector", "EpollSelector", "KqueueSelector", "DefaultSelector")
    if (each := getattr(selectors, name, None)) is not None
]


def with_select(client: socket.socket, timeout: float | None) -> bool:
    return bool(select.select([client], [], [], timeout)[0])


def with_poll(client: socket.socket, timeout: float | None) -> bool:
    poll = select.poll()
    poll.register(client, select.POLLIN)
    return bool(poll.poll(None if timeout is None else timeout * 1000))


def with_epoll(client: socket.socket, timeout: float | None) -> bool:
    with select.epoll() as epoll:
        epoll.register(client.fileno(), select.EPOLLIN)
        return bool(epoll.poll(timeout))


def with_selector(make: Callable[[], selectors.BaseSelector]) -> Callable[[socket.socket, float | None], bool]:
    def wait(client: socket.socket, timeout: float | None) -> bool:
        with make() as selector:
            selector.register(client, selectors.EVENT_READ)
            return bool(selector.select(timeout))

    return wait


WAYS = {"select": with_select, "poll": with_poll, **{each.__name__: with_selector(each) for each in SELECTORS}}
if hasattr(select, "epoll"):
    WAYS["epoll"] = with_epoll


class Polling(TestCase):
    def test_each_way_tells_what_has_come(self) -> None:
        for name, wait in WAYS.items():
            with self.subTest(name), fakebroker.memory() as broker, socket.create_connection(ADDRESS) as client:
                client.sendall(HEADER)
                self.assertTrue(wait(client, None))
                self.assertEqual(broker.clock.seconds(), 0)

    def test_each_way_lets_virtual_time_pass(self) -> None:
        for name, wait in WAYS.items():
            with self.subTest(name), fakebroker.memory() as broker, socket.create_connection(ADDRESS) as client:
                self.assertFalse(wait(client, 2.5))
                self.assertEqual(broker.clock.seconds(), 2.5)
                self.assertFalse(wait(client, 0))

    def test_each_way_wakes_up_in_the_middle(self) -> None:
        for name, wait in WAYS.items():
            with self.subTest(name), fakebroker.memory() as broker, socket.create_connection(ADDRESS) as client:
                broker.clock.callLater(7, broker.abort)
                self.assertTrue(wait(client, 60))
                self.assertEqual(broker.clock.seconds(), 7)

    def test_a_wait_for_ever_in_which_nothing_can_happen_is_an_error(self) -> None:
        for name, wait in WAYS.items():
            with self.subTest(name), fakebroker.memory(), self.assertRaisesRegex(NeverSettles, "descriptor"):
                one, two = socket.socketpair()
                with one, two:
                    wait(one, None)

    def test_a_selector_made_before_the_block_takes_part(self) -> None:
        for make in SELECTORS:
            with self.subTest(make.__name__), make() as selector:
                with fakebroker.memory() as broker, socket.create_connection(ADDRESS) as client:
                    selector.register(client, selectors.EVENT_READ)
                    self.assertEqual(selector.select(3), [])
                    self.assertEqual(broker.clock.seconds(), 3)
                    selector.unregister(client)

    def test_what_was_made_in_the_block_works_after_it(self) -> None:
        with fakebroker.memory():
            poll = select.poll()
        one, two = socket.socketpair()
        with one, two:
            poll.register(one, select.POLLOUT)
            poll.modify(one, select.POLLIN)
            self.assertEqual(poll.poll(0), [])
            two.send(b"x")
            self.assertEqual(poll.poll(), [(one.fileno(), select.POLLIN)])

    @skipUnless(hasattr(select, "epoll"), "this system has no epoll")
    def test_a_socket_may_be_registered_before_it_connects(self) -> None:
        with fakebroker.memory(), select.epoll() as epoll, socket.socket() as client:
            client.setblocking(False)
            epoll.register(client, select.EPOLLIN)
            client.connect_ex(ADDRESS)
            client.send(HEADER)
            self.assertEqual(epoll.poll(5), [(client.fileno(), select.EPOLLIN)])

    @skipUnless(hasattr(select, "epoll"), "this system has no epoll")
    def test_an_epoll_that_is_known_by_its_descriptor_is_the_same(self) -> None:
        with fakebroker.memory() as broker, select.epoll() as epoll, socket.create_connection(ADDRESS) as client:
            epoll.register(client, select.EPOLLIN)
            with select.epoll.fromfd(os.dup(epoll.fileno())) as other:
                self.assertEqual(other.poll(2), [])
                self.assertEqual(broker.clock.seconds(), 2)
                client.send(HEADER)
                self.assertEqual(other.poll(2), [(client.fileno(), select.EPOLLIN)])
            self.assertEqual((other.closed, epoll.closed), (True, False))

    @skipUnless(hasattr(select, "epoll"), "this system has no epoll")
    def test_an_epoll_that_was_made_in_the_block_works_after_it(self) -> None:
        with fakebroker.memory():
            epoll = select.epoll()
        one, two = socket.socketpair()
        with one, two, epoll:
            epoll.register(one, select.EPOLLIN)
            two.send(b"x")
            self.assertEqual(epoll.poll(), [(one.fileno(), select.EPOLLIN)])

    def test_busy_waiting_comes_to_an_end(self) -> None:
        """``while nothing came and the time is not over: look``, with no wait in between."""
        with fakebroker.memory() as broker, socket.create_connection(ADDRESS) as client:
            looks = 0
            while not with_select(client, 0) and broker.clock.seconds() < 5:
                looks += 1
            self.assertGreaterEqual(broker.clock.seconds(), 5)
            self.assertLess(looks, 10_000)

    def test_who_looks_at_what_is_always_ready_lets_time_pass_too(self) -> None:
        """A socket can nearly always be written to; some clients never stop looking."""
        with fakebroker.memory() as broker, socket.create_connection(ADDRESS) as client:
            looks = 0
            while broker.clock.seconds() < 9:  # then the broker ends a handshake that has not begun
                self.assertEqual(select.select([client], [client], [], 5), ([], [client], []))
                looks += 1
            self.assertLess(looks, 10_000)

    def test_what_comes_while_something_else_is_always_ready_is_told_when_it_comes(self) -> None:
        with fakebroker.memory() as broker, socket.create_connection(ADDRESS) as client:
            while broker.clock.seconds() < 5:
                select.select([client], [client], [])
            broker.clock.callLater(2.0001, client.send, HEADER)
            before = broker.clock.seconds()
            while not select.select([client], [client], [])[0]:
                pass
            self.assertAlmostEqual(broker.clock.seconds(), before + 2.0001)

    def test_a_thread_that_only_looks_does_not_hold_up_the_others(self) -> None:
        with fakebroker.memory() as broker, socket.create_connection(ADDRESS) as client:
            over = threading.Event()

            def look() -> None:
                while not over.is_set():
                    select.select([], [client], [])

            looking = threading.Thread(target=look)
            looking.start()
            time.sleep(60)
            over.set()
            looking.join(5)
            self.assertFalse(looking.is_alive())
            self.assertLess(broker.clock.seconds(), 70)


class RealOnes(TestCase):
    def test_a_pipe_of_this_process_does_not_keep_time_from_passing(self) -> None:
        reading, writing = os.pipe()
        try:
            with fakebroker.memory() as broker:
                self.assertEqual(select.select([reading], [], [], 3600), ([], [], []))
                self.assertEqual(broker.clock.seconds(), 3600)
                os.write(writing, b"x")
                self.assertEqual(select.select([reading], [], [], 3600)[0], [reading])
        finally:
            os.close(reading)
            os.close(writing)

    def test_a_server_in_this_process_is_not_outside(self) -> None:
        with fakebroker.memory() as broker, socket.socket() as server:
            server.bind(("127.0.0.1", 0))
            server.listen()
            with socket.create_connection(server.getsockname()) as client:
                far, _ = server.accept()
                with far:
                    client.sendall(b"question")
                    self.assertEqual(select.select([client], [], [], 3600), ([], [], []))
                    self.assertEqual(broker.clock.seconds(), 3600)
