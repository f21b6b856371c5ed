"""Threads and locks from before a block, and what is left of those of a block when it has ended."""

from __future__ import annotations

import concurrent.futures
import contextlib
import io
import logging
import os
import queue
import threading
import time
from unittest import TestCase, mock

import fakebroker
from fakebroker.testing import NeverSettles
from fakebroker.testing.virtual import watchdog
from fakebroker.testing.virtual.outside import GRACE
from fakebroker.testing.virtual.strangers import patience
from tests.testing.virtual.test_threads import in_turn

FROM_BEFORE = threading.Lock()
RLOCK_FROM_BEFORE = threading.RLock()


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

    def test_locks_are_waited_for_in_virtual_time(self):
        for lock in (FROM_BEFORE, RLOCK_FROM_BEFORE):
            with fakebroker.memory() as broker:
                taken: list[object] = []

                def take(lock=lock, taken=taken):
                    taken.append(lock.acquire(timeout=2))
                    with lock:
                        taken.append(time.monotonic())

                thread = threading.Thread(target=take)
                with lock:
                    thread.start()
                    time.sleep(5)
                thread.join()
                self.assertEqual([False, 5.0], taken)
                self.assertEqual(5, broker.clock.seconds())
            self.assertTrue(lock.acquire(blocking=False))
            lock.release()

    def test_so_they_are_while_a_thread_from_before_works(self):
        works, stop = threading.Event(), threading.Event()

        def work() -> None:
            works.set()
            while not stop.is_set():
                sum(range(100))

        stranger = threading.Thread(target=work)
        stranger.start()
        self.addCleanup(stranger.join)
        self.addCleanup(stop.set)
        works.wait()
        self.test_locks_are_waited_for_in_virtual_time()

    def test_what_they_say_is_wrong_is_what_python_says(self):
        with fakebroker.memory():
            for lock in (FROM_BEFORE, RLOCK_FROM_BEFORE):
                with self.assertRaisesRegex(ValueError, "non-blocking"):
                    lock.acquire(False, 1)

    def test_their_deadlock_is_told(self):
        with self.assertRaisesRegex(NeverSettles, "a lock from before the block"), fakebroker.memory():
            threading.Thread(target=in_turn(FROM_BEFORE.acquire, lambda: time.sleep(1e6))).start()
            time.sleep(0)
            self.addCleanup(FROM_BEFORE.release)
            FROM_BEFORE.acquire()


class BesideTheBlock(TestCase):
    """Threads from before: how long a lock is really waited for that one of them may release."""

    def patience(self, function):
        """What it is in both cases while a thread does something."""
        ours = [thread.ident or 0 for thread in threading.enumerate()]
        thread = threading.Thread(target=function, daemon=True)
        thread.start()
        while thread.ident is None or patience(ours, True) == 0:
            pass
        return patience(ours, False), patience(ours, True)

    def test_one_that_waits_for_work_stops_no_time(self):
        work: queue.Queue[None] = queue.Queue()
        self.addCleanup(work.put, None)
        while self.patience(work.get) != (0, 0.5):
            pass  # it is on its way there

    def test_one_that_works_is_waited_for(self):
        done: list[bool] = []
        self.addCleanup(done.append, True)

        def work():
            while not done:
                pass

        while self.patience(work) != (GRACE, float("inf")):
            pass


class Blocking(TestCase):
    """A thread that waits for what is not in memory and is no socket: it can't be known, it is noticed."""

    def setUp(self):
        self.said = io.StringIO()
        contexts = contextlib.ExitStack()
        contexts.enter_context(contextlib.redirect_stderr(self.said))
        contexts.enter_context(mock.patch.object(watchdog, "PERIOD", 0.01))
        self.addCleanup(contexts.close)
        self.read, self.write = os.pipe()
        self.addCleanup(os.close, self.read)
        self.addCleanup(os.close, self.write)

    def block(self, passed):
        """One thread reads a pipe, another one writes to it after a second."""
        with fakebroker.memory() as broker:
            thread = threading.Thread(target=in_turn(lambda: time.sleep(1), lambda: os.write(self.write, b"it")))
            thread.start()
            broker.clock.advance(passed)
            self.assertEqual(b"it", os.read(self.read, 5))
            thread.join()

    def test_the_others_go_on_without_it(self):
        self.block(passed=1)
        self.assertIn("the thread MainThread has blocked for real, at", self.said.getvalue())
        self.assertIn("os.read(self.read, 5)", self.said.getvalue())
        self.assertIn("The other threads go on meanwhile", self.said.getvalue())

    def test_time_passes_without_it_in_the_end(self):
        self.block(passed=0)
        self.assertIn("now virtual time passes without it", self.said.getvalue())

    def test_a_thread_that_never_waits_is_named(self):
        with fakebroker.memory():
            threading.Thread(target=threading.Event().wait).start()
            while "has run for" not in self.said.getvalue():
                pass
        self.assertIn("the other threads wait for MainThread", self.said.getvalue())


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
