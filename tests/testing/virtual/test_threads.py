"""Threads in a block take turns: the seed chooses who goes on, and they wait for each other in virtual time."""

from __future__ import annotations

import _thread
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from unittest import TestCase

import fakebroker
from fakebroker.testing import NeverSettles

HOUR = 3600.0


def in_turn(*steps):
    """A function that takes some steps."""

    def take():
        for step in steps:
            step()

    return take


def three_at_work(seed):
    """What three threads do, in the order in which they do it."""
    done = []

    def work(name):
        for step in range(3):
            done.append(f"{name}{step}")
            time.sleep(1)

    with fakebroker.memory(seed=seed):
        threads = [threading.Thread(target=work, args=(name,)) for name in "abc"]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    return done


def in_a_process(program, hash_seed="0"):
    """What a program prints in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=Path(__file__).parents[3],
        env={**os.environ, "PYTHONHASHSEED": hash_seed},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


class Order(TestCase):
    def test_the_same_seed_gives_the_same_order(self):
        self.assertEqual(three_at_work(7), three_at_work(7))

    def test_other_seeds_give_other_orders(self):
        self.assertGreater(len({tuple(three_at_work(seed)) for seed in range(20)}), 10)

    def test_another_process_gives_the_same_order(self):
        program = (
            "from tests.testing.virtual.test_threads import three_at_work\nprint([three_at_work(s) for s in (1, 2)])"
        )
        here = f"{[three_at_work(1), three_at_work(2)]}\n"
        self.assertEqual({here}, {in_a_process(program, hash_seed) for hash_seed in ("1", "2")})

    def test_only_one_runs_at_a_time(self):
        counter = [0]

        def count():
            for _ in range(100):
                seen = counter[0]
                sum(range(1000))  # long enough for another thread to come between, were they free to
                counter[0] = seen + 1
            time.sleep(0)

        with fakebroker.memory():
            threads = [threading.Thread(target=count) for _ in range(5)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        self.assertEqual(500, counter[0])

    def test_names_are_counted_from_one_in_each_block(self):
        def name():
            with fakebroker.memory():
                with ThreadPoolExecutor() as pool:
                    return threading.Thread(target=int).name, pool.submit(
                        lambda: threading.current_thread().name
                    ).result()

        self.assertEqual(("Thread-1 (int)", "ThreadPoolExecutor-0_0"), name())
        self.assertEqual(("Thread-1 (int)", "ThreadPoolExecutor-0_0"), name())

    def test_a_thread_without_an_object_takes_part_too(self):
        with fakebroker.memory() as broker:
            done = threading.Event()
            _thread.start_new_thread(in_turn(lambda: time.sleep(HOUR), done.set), ())
            self.assertTrue(done.wait())
            self.assertEqual(HOUR, broker.clock.seconds())

    def test_one_that_can_not_be_started_is_none(self):
        with fakebroker.memory() as broker:
            with self.assertRaises(TypeError):
                _thread.start_new_thread(time.sleep, 5)  # type: ignore[call-overload]
            time.sleep(HOUR)
            self.assertEqual(HOUR, broker.clock.seconds())

    def test_who_was_woken_may_go_on_before_who_woke_it(self):
        def order(seed):
            done = []
            with fakebroker.memory(seed=seed):
                event = threading.Event()
                thread = threading.Thread(target=in_turn(event.wait, lambda: done.append("woken")))
                thread.start()
                event.set()
                done.append("has woken it")
                thread.join()
            return tuple(done)

        self.assertEqual(2, len({order(seed) for seed in range(20)}))


class WaitingForEachOther(TestCase):
    """Each takes as much virtual time as it would take real time."""

    def setUp(self):
        block = fakebroker.memory()
        self.clock = block.__enter__().clock
        self.addCleanup(block.__exit__, None, None, None)

    def start(self, function, *args):
        thread = threading.Thread(target=function, args=args)
        thread.start()
        return thread

    def after(self, seconds, function, *args):
        threading.Timer(seconds, function, args).start()

    def test_an_event(self):
        event = threading.Event()
        self.after(HOUR, event.set)
        self.assertFalse(event.wait(60))
        self.assertEqual(60, self.clock.seconds())
        self.assertTrue(event.wait(2 * HOUR))
        self.assertEqual(HOUR, self.clock.seconds())

    def test_a_queue(self):
        mail: queue.Queue[str] = queue.Queue(maxsize=1)
        self.after(5, mail.put, "letter")
        with self.assertRaises(queue.Empty):
            mail.get(timeout=2)
        self.assertEqual("letter", mail.get(timeout=10))
        mail.put("one")
        self.after(5, mail.get)
        mail.put("two")
        self.assertEqual(10, self.clock.seconds())

    def test_a_simple_queue(self):
        mail: queue.SimpleQueue[str] = queue.SimpleQueue()
        self.after(5, mail.put, "letter")
        self.assertEqual("letter", mail.get(timeout=10))
        self.assertEqual(5, self.clock.seconds())

    def test_a_queue_is_joined(self):
        jobs: queue.Queue[str] = queue.Queue()
        jobs.put("job")
        self.after(5, jobs.task_done)
        jobs.join()
        self.assertEqual(5, self.clock.seconds())

    def test_a_condition(self):
        condition, goods = threading.Condition(), []

        def deliver():
            with condition:
                goods.append("parcel")
                condition.notify()

        self.after(5, deliver)
        with condition:
            self.assertFalse(condition.wait(2))
            self.assertTrue(condition.wait_for(lambda: goods, 10))
        self.assertEqual(5, self.clock.seconds())

    def test_a_semaphore_and_a_barrier(self):
        semaphore, barrier = threading.Semaphore(0), threading.Barrier(2)
        self.after(5, semaphore.release)
        self.assertTrue(semaphore.acquire(timeout=10))
        self.after(5, barrier.wait)
        barrier.wait()
        self.assertEqual(10, self.clock.seconds())

    def test_the_end_of_a_thread(self):
        thread = self.start(time.sleep, 10)
        thread.join(4)
        self.assertTrue(thread.is_alive())
        thread.join()
        self.assertFalse(thread.is_alive())
        self.assertEqual(10, self.clock.seconds())
        with self.assertRaisesRegex(RuntimeError, "before it is started"):
            threading.Thread().join()
        with self.assertRaisesRegex(RuntimeError, "current thread"):
            threading.current_thread().join()

    def test_a_lock(self):
        lock = threading.Lock()
        with lock:
            self.after(5, in_turn(lock.acquire, lock.release))
            self.assertFalse(lock.acquire(blocking=False))
            self.assertFalse(lock.acquire(timeout=2))
            self.assertTrue(lock.locked())
        self.assertTrue(lock.acquire(timeout=2))
        self.assertEqual(2, self.clock.seconds())

    def test_a_lock_that_is_busy_is_asked_for_until_it_is_free(self):
        lock = threading.Lock()
        lock.acquire()
        self.start(in_turn(lambda: time.sleep(0), lock.release))
        while not lock.acquire(blocking=False):
            pass

    def test_a_lock_of_one_thread(self):
        lock = threading.RLock()
        taken = []
        with lock, lock:
            self.start(lambda: taken.append(lock.acquire(timeout=2))).join()
            self.start(lambda: taken.append(lock.acquire(timeout=20)))
            time.sleep(5)
        time.sleep(0.1)
        self.assertEqual([False, True], taken)
        with self.assertRaisesRegex(RuntimeError, "un-acquired"):
            lock.release()

    def test_a_lock_of_one_thread_is_shown_with_how_often_it_is_taken(self):
        lock = threading.RLock()
        self.assertRegex(repr(lock), "^<unlocked .* count=0")
        with lock, lock:
            self.assertRegex(repr(lock), "^<locked .* count=2")

    def test_locks_say_what_is_wrong_as_those_of_python_do(self):
        for lock in (threading.Lock(), _thread.allocate_lock(), threading.RLock()):
            with self.assertRaisesRegex(ValueError, "non-blocking"):
                lock.acquire(False, 1)
            with self.assertRaisesRegex(ValueError, "timeout"):
                lock.acquire(True, -2)
            with self.assertRaisesRegex(OverflowError, "timeout|timestamp"):
                lock.acquire(True, 1e100)
            with self.assertRaisesRegex(RuntimeError, "lock"):
                lock.release()


class Errors(TestCase):
    def test_what_a_thread_raises_goes_to_the_hook_of_threading(self):
        caught = []
        hook, threading.excepthook = threading.excepthook, lambda args: caught.append(str(args.exc_value))
        try:
            with fakebroker.memory():
                thread = threading.Thread(target={}.__getitem__, args=("nothing",))
                thread.start()
                thread.join()
        finally:
            threading.excepthook = hook
        self.assertEqual(["'nothing'"], caught)

    def test_a_deadlock_is_told_with_each_threads_name_and_place(self):
        def cross(first, second):
            with first:
                time.sleep(1)
                with second:
                    pass

        with self.assertRaises(NeverSettles) as caught, fakebroker.memory():
            left, right = threading.Lock(), threading.Lock()
            thread = threading.Thread(target=cross, args=(left, right), name="forth")
            thread.start()
            cross(right, left)
        text = str(caught.exception)
        self.assertIn("MainThread waits for a lock that forth has, at", text)
        self.assertIn("forth waits for a lock that MainThread has, at", text)
        self.assertIn("with second:", text)
        self.assertIn(__file__, text)
        self.assertNotIn("virtual/locks.py", text)

    def test_a_wait_for_nobody_is_told(self):
        with self.assertRaisesRegex(NeverSettles, "all is quiet at 3.000 s"), fakebroker.memory():
            threading.Thread(target=time.sleep, args=(3,)).start()
            queue.Queue().get()

    def test_frozen_time_does_not_pass(self):
        with fakebroker.memory() as broker:
            threading.Thread(target=time.sleep, args=(10,)).start()
            with broker.clock.freeze(), self.assertRaisesRegex(NeverSettles, "time is frozen"):
                time.sleep(1)
            time.sleep(1)
            self.assertEqual(1, broker.clock.seconds())

    def test_control_c_reaches_the_main_thread_wherever_it_waits(self):
        before = signal.signal(signal.SIGINT, signal.default_int_handler)  # in the background it may be ignored
        self.addCleanup(signal.signal, signal.SIGINT, before)
        with fakebroker.memory() as broker:
            thread = threading.Thread(target=in_turn(_thread.interrupt_main, lambda: time.sleep(5)))
            with self.assertRaises(KeyboardInterrupt):
                thread.start()
                thread.join()
            thread.join()
            self.assertEqual(5, broker.clock.seconds())

    def test_a_signal_handler_may_wait_while_the_main_thread_waits(self):
        main = threading.main_thread().ident or 0
        for send in lambda: signal.raise_signal(signal.SIGINT), lambda: signal.pthread_kill(main, signal.SIGINT):
            handled: list[float] = []

            def handle(*_, handled=handled):
                time.sleep(2)
                handled.append(time.monotonic())

            before = signal.signal(signal.SIGINT, handle)
            self.addCleanup(signal.signal, signal.SIGINT, before)
            done: list[str] = []

            def work(name, done=done):
                for _ in range(5):
                    time.sleep(1)
                    done.append(name)

            with fakebroker.memory() as broker:
                threads = [threading.Thread(target=work, args=(name,)) for name in "ab"]
                threads.append(threading.Thread(target=in_turn(send, lambda: time.sleep(5))))
                for thread in threads:
                    thread.start()
                for thread in threads:
                    thread.join()
                self.assertEqual(1, len(handled))  # when it comes is up to the operating system
                self.assertIn(broker.clock.seconds(), (5, 7))
                self.assertEqual([["a", "b"]] * 5, [sorted(done[first : first + 2]) for first in range(0, 10, 2)])
