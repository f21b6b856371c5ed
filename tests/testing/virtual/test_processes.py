"""What can't take turns is told by name."""

from __future__ import annotations

import multiprocessing
import os
import sys
import time
import types
import warnings
from concurrent.futures import ProcessPoolExecutor
from unittest import TestCase, mock, skipUnless

import pika

import fakebroker


def leave():
    os._exit(0)


@skipUnless(hasattr(os, "fork"), "this system does not fork")
class Processes(TestCase):
    def setUp(self):
        warnings.simplefilter("ignore", DeprecationWarning)  # Python 3.12: forks and threads

    def test_a_fork_is_told(self):
        with fakebroker.memory(), self.assertWarnsRegex(RuntimeWarning, r"os.fork\(\) starts another process"):
            child = os.fork()
            if child == 0:
                leave()
        self.assertEqual((child, 0), os.waitpid(child, 0))

    def test_multiprocessing_is_told_by_name(self):
        with fakebroker.memory(), self.assertWarnsRegex(RuntimeWarning, "multiprocessing starts another process"):
            process = multiprocessing.get_context("fork").Process(target=leave)
            process.start()
        process.join()

    def test_nothing_is_said_outside_a_block(self):
        with fakebroker.memory():
            pass
        with warnings.catch_warnings():
            warnings.simplefilter("error", RuntimeWarning)
            child = os.fork()
            if child == 0:
                leave()
        os.waitpid(child, 0)


def slow_square(number):
    time.sleep(0.2)
    return number * number


@skipUnless(hasattr(os, "fork"), "this system does not fork")
class Pools(TestCase):
    """Processes and the threads that talk with them live in real time; time stands still for those who wait."""

    def setUp(self):
        quiet = warnings.catch_warnings()
        quiet.__enter__()
        self.addCleanup(quiet.__exit__, None, None, None)
        warnings.simplefilter("ignore")

    def test_a_pool_of_processes_works_while_time_stands_still(self):
        with fakebroker.memory() as broker, pika.BlockingConnection(pika.URLParameters(broker.url)):
            with multiprocessing.get_context("fork").Pool(2) as pool:
                self.assertEqual(pool.map(slow_square, [1, 2, 3]), [1, 4, 9])
                pool.close()  # the children end by themselves: trial may have given them a handler of SIGTERM
                pool.join()
            self.assertEqual(broker.clock.seconds(), 0)

    def test_so_does_an_executor_with_processes(self):
        fork = multiprocessing.get_context("fork")
        with fakebroker.memory() as broker, pika.BlockingConnection(pika.URLParameters(broker.url)):
            with ProcessPoolExecutor(2, fork) as executor:
                self.assertEqual(list(executor.map(slow_square, [1, 2, 3])), [1, 4, 9])
            self.assertEqual(broker.clock.seconds(), 0)


class GreenThreads(TestCase):
    def test_they_are_refused_by_name(self):
        for module, question in ("gevent.monkey", "is_module_patched"), ("eventlet.patcher", "is_monkey_patched"):
            fake = types.ModuleType(module)
            setattr(fake, question, lambda name: name in ("thread", "threading"))
            package = module.partition(".")[0]
            with mock.patch.dict(sys.modules, {module: fake}), self.assertRaisesRegex(RuntimeError, package):
                fakebroker.memory().__enter__()
            with fakebroker.memory():
                pass
