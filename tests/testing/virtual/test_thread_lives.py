"""Threads and locks from before a block, and what is left of those of a block when it has ended."""

from __future__ import annotations

import concurrent.futures
import contextlib
import logging
import queue
import threading
import time
from unittest import TestCase

import fakebroker
from tests.testing.virtual.test_threads import in_turn

FROM_BEFORE = threading.Lock()


def busy(seconds, result):
    time.sleep(seconds)
    return result


class Pools(TestCase):
    def test_jobs_take_virtual_time(self):
        with fakebroker.memory() as broker, concurrent.futures.ThreadPoolExecutor(3) as pool:
            self.assertEqual(["a", "b", "c"], list(pool.map(busy, (30, 10, 20), "abc")))
            self.assertEqual(30, broker.clock.seconds())

    def test_a_result_may_take_too_long(self):
        with fakebroker.memory() as broker, concurrent.futures.ThreadPoolExecutor() as pool:
            future = pool.submit(busy, 30, "late")
            with self.assertRaises(concurrent.futures.TimeoutError):
                future.result(timeout=20)
            self.assertEqual("late", future.result())
            self.assertEqual(30, broker.clock.seconds())

    def test_what_is_done_already_comes_in_the_same_order_in_every_run(self):
        with fakebroker.memory(), concurrent.futures.ThreadPoolExecutor(20) as pool:
            futures = [pool.submit(int, number) for number in range(20)]
            time.sleep(1)
            self.assertEqual(
                list(range(20))[::-1], [each.result() for each in concurrent.futures.as_completed(futures)]
            )

    def test_a_pool_that_nobody_shut_down_ends_with_the_block(self):
        before = threading.active_count()
        with self.assertNoLogs(), fakebroker.memory():
            concurrent.futures.ThreadPoolExecutor(2).submit(int, 5)
        self.assertEqual(before, threading.active_count())


class TheEnd(TestCase):
    def setUp(self):
        self.before = threading.enumerate()

    def test_a_thread_that_waits_still_is_ended(self):
        with fakebroker.memory():
            threading.Thread(target=time.sleep, args=(1e9,), daemon=True).start()
            threading.Thread(target=queue.Queue().get).start()
        self.assertEqual(self.before, threading.enumerate())

    def test_it_is_ended_when_the_block_fails_too(self):
        with self.assertRaisesRegex(ValueError, "mine"), fakebroker.memory():
            threading.Thread(target=threading.Event().wait).start()
            raise ValueError("mine")
        self.assertEqual(self.before, threading.enumerate())

    def test_it_cleans_up_while_the_broker_is_there(self):
        done = []

        def work():
            try:
                threading.Event().wait()
            finally:
                time.sleep(5)
                done.append(broker.clock.seconds())

        with fakebroker.memory() as broker:
            threading.Thread(target=work).start()
        self.assertEqual([5.0], done)

    def test_it_cleans_up_for_a_minute_at_most(self):
        def work():
            try:
                threading.Event().wait()
            finally:
                time.sleep(1e6)

        with fakebroker.memory() as broker:
            threading.Thread(target=work).start()
        self.assertEqual(60, broker.clock.seconds())
        self.assertEqual(self.before, threading.enumerate())

    def test_what_can_go_on_does_so_first(self):
        done = []
        with fakebroker.memory():
            start = threading.Event()
            threading.Thread(target=in_turn(start.wait, lambda: time.sleep(0), lambda: done.append("mine"))).start()
            start.set()
        self.assertEqual(["mine"], done)

    def test_a_thread_that_does_not_end_is_named(self):
        stop = threading.Event()

        def work():
            while not stop.is_set():
                with contextlib.suppress(SystemExit):
                    time.sleep(1)

        with self.assertRaisesRegex(RuntimeError, "have not ended: stubborn"), fakebroker.memory():
            threading.Thread(target=work, name="stubborn", daemon=True).start()


class FromBefore(TestCase):
    """Objects that were made before the block."""

    def test_queues_and_events_work(self):
        mail: queue.Queue[str] = queue.Queue()
        event = threading.Event()
        with fakebroker.memory() as broker:
            threading.Timer(5, mail.put, ["letter"]).start()
            threading.Timer(9, event.set).start()
            self.assertEqual("letter", mail.get())
            self.assertTrue(event.wait())
            self.assertEqual(9, broker.clock.seconds())

    def test_a_thread_from_before_goes_on_in_real_time(self):
        start, done = threading.Event(), threading.Event()
        thread = threading.Thread(target=in_turn(start.wait, done.set))
        thread.start()
        with fakebroker.memory() as broker:
            start.set()
            self.assertTrue(done.wait())
            thread.join()
            self.assertEqual(0, broker.clock.seconds())


class AndAfter(TestCase):
    """Objects that were made in a block."""

    def test_locks_and_queues_work(self):
        with fakebroker.memory():
            lock, rlock = threading.Lock(), threading.RLock()
            mail: queue.SimpleQueue[str] = queue.SimpleQueue()
        with lock, rlock:
            threading.Thread(target=in_turn(lock.acquire, lambda: mail.put("free"))).start()
            self.assertFalse(lock.acquire(timeout=0.01))
        self.assertEqual("free", mail.get(timeout=60))

    def test_logging_goes_on(self):
        with self.assertLogs() as logs, fakebroker.memory():
            threads = [threading.Thread(target=logging.error, args=("from %s", name)) for name in "ab"]
            for thread in threads:
                thread.start()
                thread.join()
        self.assertEqual(["from a", "from b"], [record.getMessage() for record in logs.records])
