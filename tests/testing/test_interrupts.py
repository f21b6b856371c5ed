"""Whatever is raised, and whenever: a broker in a thread leaves nothing behind."""

from __future__ import annotations

import asyncio
import gc
import os
import subprocess
import sys
import threading
import warnings
from collections.abc import Callable
from contextlib import ExitStack
from linecache import getline
from pathlib import Path
from types import FrameType
from typing import Any
from unittest import TestCase, mock, skipUnless

import pika

import fakebroker
from fakebroker.testing import background

ROOT = Path(__file__).parent.parent.parent
FDS = Path("/proc/self/fd")
HERE = str(Path(background.__file__).parent)
SECONDS = 30


def interrupted_at(moment: int, call: Callable[[], object]) -> bool:
    """Make a call, and raise KeyboardInterrupt before so many lines of its code are run in this thread.

    :returns: whether there were so many.
    """
    left = moment

    def trace(frame: FrameType, event: str, _: object) -> Any:
        nonlocal left
        if not frame.f_code.co_filename.startswith(HERE):
            return None
        if getline(frame.f_code.co_filename, frame.f_lineno).strip() == "with self._order:":
            return trace  # Python lets none come between a lock and its block, nor behind the block
        left -= 1
        if left == -1:
            raise KeyboardInterrupt
        return trace

    before = sys.gettrace()
    with mock.patch.object(sys, "unraisablehook"):  # one that comes in __del__ is told, and goes no further
        sys.settrace(trace)
        try:
            call()
        except KeyboardInterrupt:
            pass
        finally:
            sys.settrace(before)
    return left < 0


def threads() -> list[threading.Thread]:
    return [each for each in threading.enumerate() if each.name == "fakebroker"]


class LifeCase(TestCase):
    def setUp(self) -> None:
        with fakebroker.running():
            pass
        gc.collect()
        self.before = (threads(), self.open_files())
        warnings.simplefilter("ignore", ResourceWarning)
        self.addCleanup(warnings.resetwarnings)

    def open_files(self) -> int:
        return len(list(FDS.iterdir())) if FDS.exists() else 0

    def assertNothingLeft(self, why: object = "") -> None:
        for thread in threads():
            thread.join(SECONDS)
        self.assertEqual((threads(), self.open_files()), self.before, why)


class Interrupts(LifeCase):
    def assertSafe(self, call: Callable[[], object]) -> None:
        moment = 0
        while interrupted_at(moment, call):
            self.assertNothingLeft(f"interrupted at line {moment}")
            moment += 1
        self.assertGreater(moment, 100)

    def test_a_block_may_be_interrupted_at_any_moment(self) -> None:
        def block() -> None:
            with fakebroker.running() as broker:
                broker.vhosts["/"].queues.declare("jobs")

        self.assertSafe(block)

    def test_nothing_is_left_even_where_somebody_has_the_broker_still(self) -> None:
        kept: list[Any] = []

        def block() -> None:
            running = fakebroker.running()
            kept[:] = [running]
            with running as broker:
                kept.append(broker)

        self.assertSafe(block)

    def test_it_can_be_asked_for_its_exit_without_leaving(self) -> None:
        with fakebroker.running() as broker, ExitStack() as stack:
            running = fakebroker.running()
            other = stack.enter_context(running)
            self.assertTrue(hasattr(running, "__exit__"))
            for each in (broker, other):
                pika.BlockingConnection(pika.URLParameters(each.url)).close()

    def test_so_may_start_and_stop(self) -> None:
        def start_and_stop() -> None:
            running = fakebroker.running()
            try:
                running.start()
            finally:
                running.stop()

        self.assertSafe(start_and_stop)

    def test_two_interrupts_are_no_worse(self) -> None:
        def twice() -> None:
            running = fakebroker.running()
            running.start()
            for moment in (20, 5):
                interrupted_at(moment, running.stop)
            del running

        for _ in range(20):
            twice()
            self.assertNothingLeft()


class Cancelling(LifeCase):
    def test_a_task_may_be_cancelled_at_any_moment(self) -> None:
        told: list[Any] = []

        async def use() -> None:
            async with fakebroker.running() as broker:
                await broker.journal.wait_for("basic.publish", timeout=0.0)

        async def scenario(turns: int) -> bool:
            asyncio.get_running_loop().set_exception_handler(lambda _, context: told.append(context))
            task = asyncio.ensure_future(use())
            for _ in range(turns):
                await asyncio.wait([task], timeout=0.0002)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            return task.cancelled()

        for turns in range(40):
            asyncio.run(scenario(turns))
            self.assertNothingLeft(turns)
        self.assertEqual(told, [])

    def test_a_wait_that_is_cancelled_waits_no_more(self) -> None:
        async def scenario() -> int:
            async with fakebroker.running(virtual_time=True) as broker:
                waiting = broker.journal.wait_for("basic.publish")
                waiting.cancel()
                turn = asyncio.get_running_loop().create_future()
                asyncio.get_running_loop().call_soon(turn.set_result, None)
                await turn  # what a future calls when it is done, it calls in the next turn
                return broker._loop.call(lambda: len(broker._target.clock.calls))

        self.assertEqual(asyncio.run(scenario()), 0)


class Owners(LifeCase):
    def test_one_that_nobody_has_any_more_ends_and_says_that_it_was_not_stopped(self) -> None:
        gc.disable()
        self.addCleanup(gc.enable)
        broker = fakebroker.running(tls=True).start()
        with pika.BlockingConnection(pika.URLParameters(broker.url)) as connection:
            connection.channel().queue_declare("jobs")
        with self.assertRaises(AttributeError):
            broker.nonsense  # noqa: B018 - an error keeps nothing
        queue = broker.vhosts["/"].queues["jobs"]
        url = broker.url
        del broker
        self.assertEqual(queue.message_count, 0)  # somebody has it still
        with self.assertWarnsRegex(ResourceWarning, f"the broker at {url} was started, and never stopped"):
            del queue
        self.assertNothingLeft()

    def test_one_that_was_stopped_says_nothing(self) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            running = fakebroker.running()
            running.start()
            running.stop()
            del running
        self.assertNothingLeft()

    def test_the_broker_itself_can_stop_all(self) -> None:
        broker = fakebroker.running().start()
        broker.stop()
        self.assertNothingLeft()
        with self.assertRaisesRegex(RuntimeError, "was stopped"):
            broker.journal.wait_for("basic.publish")
        self.assertRaisesRegex(RuntimeError, "was stopped", lambda: broker.url)

    def test_a_program_that_ends_without_stopping_it_ends_and_is_told(self) -> None:
        script = "import fakebroker; broker = fakebroker.running().start()"
        done = subprocess.run(
            [sys.executable, "-W", "always", "-c", script], cwd=ROOT, capture_output=True, text=True, timeout=30
        )
        self.assertEqual(done.returncode, 0)
        self.assertIn("was started, and never stopped", done.stderr)


@skipUnless(hasattr(os, "fork"), "this system has no fork")
class Forks(LifeCase):
    def in_child(self, call: Callable[[], object]) -> int:
        """Make a call in the child of a fork, and give its exit code: 0 when the call gives True."""
        child = os.fork()
        if child == 0:
            code = 1
            try:
                code = 0 if call() is True else 2
            finally:
                os._exit(code)
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])

    def test_what_the_child_does_with_its_copy_does_the_parents_no_harm(self) -> None:
        with fakebroker.running() as broker:
            running = fakebroker.running()
            running.start()

            def stopped(each: Any) -> bool:
                each.stop()
                return True

            self.assertEqual(self.in_child(lambda: all(map(stopped, (broker, running)))), 0)
            pika.BlockingConnection(pika.URLParameters(broker.url)).close()
            running.stop()

    def test_the_copy_says_that_it_is_one(self) -> None:
        with fakebroker.running() as broker:

            def told() -> bool:
                self.assertIn("was forked", repr(broker))
                self.assertRaisesRegex(RuntimeError, "the process that this one was forked from", broker.get, "jobs")
                return True

            self.assertEqual(self.in_child(told), 0)

    def test_the_child_may_have_a_broker_of_its_own_and_be_a_client_of_the_parents(self) -> None:
        def use() -> bool:
            with fakebroker.running() as own:
                pika.BlockingConnection(pika.URLParameters(own.url)).close()
            with pika.BlockingConnection(pika.URLParameters(broker.url)) as connection:
                connection.channel().queue_declare("from-the-child")
            return True

        with fakebroker.running() as broker:
            self.assertEqual(self.in_child(use), 0)
            self.assertIn("from-the-child", broker.vhosts["/"].queues)

    def test_a_child_that_leaves_the_block_leaves_it_to_the_parent(self) -> None:
        with fakebroker.running() as broker:
            child = os.fork()
            if child == 0:
                try:
                    broker._leave(None)
                finally:
                    os._exit(0)
            os.waitpid(child, 0)
            pika.BlockingConnection(pika.URLParameters(broker.url)).close()
