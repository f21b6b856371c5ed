"""What clients tell of their process is the same in each run."""

from __future__ import annotations

import importlib
import os
import socket
import subprocess
import sys
from unittest import TestCase

from kombu.asynchronous.hub import Hub
from kombu.asynchronous.timer import Timer
from kombu.common import oid_from

import fakebroker
from fakebroker.testing.virtual.ordered_set import OrderedSet
from tests.testing.virtual.snapshot import changes, snapshot

names = importlib.import_module("celery.utils.nodenames")


class Thing:
    """Something that has an identifier."""


PROGRAM = """
import fakebroker
with fakebroker.memory(seed=5) as broker:
    from celery import Celery
    from kombu.common import oid_from
    app = Celery("tasks", broker="amqp://localhost", backend="rpc://")
    @app.task(name="add")
    def add(a, b): return a + b
    result = add.delay(1, 2)
    print(oid_from(app), app.oid, result.id)
    print(broker.journal.transcript())
    for entry in broker.journal:
        print(entry)
"""


class TheSameInEachRun(TestCase):
    def test_celery_sends_the_same_in_each_process(self):
        said = [
            subprocess.run(
                [sys.executable, "-c", PROGRAM],
                env={**os.environ, "PYTHONHASHSEED": seed},
                capture_output=True,
                text=True,
                check=True,
            ).stdout
            for seed in ("1", "2")
        ]
        self.assertIn("gen1@localhost", said[0])
        self.assertEqual(*said)

    def test_an_object_keeps_its_identifier_and_no_two_have_the_same(self):
        things = [Thing() for _ in range(3)]
        with fakebroker.memory():
            first = [oid_from(thing) for thing in things]
            self.assertEqual(first, [oid_from(thing) for thing in things])
            self.assertEqual(3, len(set(first)))
        with fakebroker.memory():
            self.assertEqual(first[:1], [oid_from(things[2])])
        with fakebroker.memory(seed=1):
            self.assertNotEqual(first[:1], [oid_from(things[2])])

    def test_celery_names_a_worker_after_no_real_machine(self):
        before = names.anon_nodename()
        with fakebroker.memory():
            self.assertEqual("gen1@localhost", names.anon_nodename())
        self.assertEqual(before, names.anon_nodename())
        self.assertEqual(socket.gethostname(), names.gethostname())
        self.assertIn(f"gen{os.getpid()}@", before)

    def test_the_number_of_the_process_is_real_for_everybody_else(self):
        expected = os.getpid()
        with fakebroker.memory():
            self.assertEqual(expected, os.getpid())

    def test_timers_of_one_time_have_an_order(self):
        orders = []
        for _ in range(2):
            with fakebroker.memory():
                timer = Timer()
                for name in "abcdefgh":
                    timer.enter_at(timer.Entry(print, (name,)), 5.0)
                orders.append([entry.entry.args for entry in timer.queue])
        self.assertEqual(*orders)

    def test_what_a_hub_is_asked_to_call_soon_comes_in_that_order(self):
        called: list[int] = []
        with fakebroker.memory():
            hub = Hub()
            for each in range(20):
                hub.call_soon(called.append, each)
            hub.run_once()
            hub.close()
        self.assertEqual(list(range(20)), called)

    def test_nothing_of_it_stays(self):
        before = snapshot()
        with fakebroker.memory():
            oid_from(self)
            names.anon_nodename()
            self.assertIn("kombu.asynchronous.hub.set", changes(before, snapshot()))
        self.assertEqual([], changes(before, snapshot()))
        self.assertFalse([finder for finder in sys.meta_path if "fakebroker" in type(finder).__module__])


class Order(TestCase):
    def test_a_set_in_order_does_as_a_set_does(self):
        things = OrderedSet("hello world")
        self.assertEqual("helo wrd", "".join(things))
        things.discard("l")
        things.remove("h")
        things.discard("z")
        things.add("l")
        things.add("e")
        self.assertEqual("eo wrdl", "".join(things))
        self.assertEqual(set("eo wrdl"), things)
        self.assertEqual("e", things.pop())
        things.difference_update("o ", "w")
        things.update("x", "r")
        self.assertEqual("rdlx", "".join(things.copy()))
        things.intersection_update("lrx")
        self.assertEqual("rlx", "".join(things))
        things.clear()
        self.assertEqual([], list(things))
        for wrong in (things.pop, lambda: things.remove("a")):
            with self.assertRaises(KeyError):
                wrong()
