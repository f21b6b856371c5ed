"""Clients with threads: who comes first is decided by the seed, and nothing else."""

from __future__ import annotations

import sys
import threading
import time
from importlib.util import find_spec
from typing import Any
from unittest import TestCase, skipUnless

import pika

import fakebroker
from fakebroker.faults import Blackhole, when
from tests.testing.virtual.test_threads import in_a_process

URL = "amqp://guest:guest@localhost//"
HALF_AN_HOUR = 1800.0


def is_installed(name):
    return name in sys.modules or find_spec(name) is not None


def with_threads(*functions):
    """Let each function work in a thread of its own."""
    threads = [threading.Thread(target=function) for function in functions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def pika_conversation(seed):
    """A consumer and two publishers in three threads.

    :returns: the messages in the order in which they came, and the broker's journal.
    """
    got: list[str] = []

    def consume():
        connection = pika.BlockingConnection()
        channel = connection.channel()
        channel.queue_declare("q")

        def take(channel: Any, method: Any, properties: Any, body: bytes) -> None:
            got.append(body.decode())
            channel.basic_ack(method.delivery_tag)
            if len(got) == 10:
                channel.stop_consuming()

        channel.basic_consume("q", take)
        channel.start_consuming()
        connection.close()

    def publish(name):
        connection = pika.BlockingConnection()
        channel = connection.channel()
        channel.queue_declare("q")
        channel.confirm_delivery()
        for number in range(5):
            channel.basic_publish("", "q", f"{name}{number}".encode())
        connection.close()

    with fakebroker.memory(seed=seed) as broker:
        with_threads(consume, lambda: publish("a"), lambda: publish("b"))
        return got, broker.journal.transcript()


class Pika(TestCase):
    def test_what_two_threads_publish_comes_in_another_order_with_another_seed(self):
        orders = [tuple(pika_conversation(seed)[0]) for seed in range(10)]
        self.assertGreater(len(set(orders)), 5)
        for order in orders:
            for name in "ab":
                self.assertEqual([f"{name}{n}" for n in range(5)], [each for each in order if each[0] == name])

    def test_a_seed_gives_the_same_conversation_to_the_byte_in_each_process(self):
        program = (
            "from tests.testing.virtual.test_thread_clients import pika_conversation\nprint(*pika_conversation(3)[1:])"
        )
        here = pika_conversation(3)[1] + "\n"
        self.assertEqual({here}, {in_a_process(program, hash_seed) for hash_seed in ("1", "2")})

    def test_a_consumer_that_nobody_stopped_ends_with_the_block(self):
        def consume():
            channel = pika.BlockingConnection().channel()
            channel.queue_declare("q")
            channel.basic_consume("q", print)
            channel.start_consuming()

        before = threading.active_count()
        with fakebroker.memory() as broker:
            threading.Thread(target=consume).start()
            broker.clock.advance(1)
            time.sleep(1)
            self.assertEqual(1, broker.vhosts["/"].queues["q"].consumer_count)
        self.assertEqual(before, threading.active_count())


@skipUnless(is_installed("amqpstorm"), "AMQPStorm is not installed")
class AMQPStorm(TestCase):
    """It reads in a thread of its own, and looks every ten milliseconds whether an answer has come."""

    def test_its_threads_take_turns(self):
        from amqpstorm.connection import Connection

        got: list[str] = []
        with fakebroker.memory() as broker, Connection("localhost", "guest", "guest") as connection:
            with connection.channel() as channel:
                channel.queue.declare("q")
                channel.confirm_deliveries()
                with_threads(*[lambda name=name: channel.basic.publish(name, "q") for name in "abc"])
                channel.basic.consume(lambda message: got.append(message.body), "q", no_ack=True)
                channel.process_data_events()
            self.assertEqual(["a", "b", "c"], sorted(got))
            self.assertLess(broker.clock.seconds(), 1)

    def test_its_heartbeat_notices_a_broker_that_is_silent(self):
        from amqpstorm.connection import Connection
        from amqpstorm.exception import AMQPConnectionError

        with fakebroker.memory() as broker:
            connection = Connection("localhost", "guest", "guest", heartbeat=60)
            channel = connection.channel()
            broker.faults.add(when("basic.publish"), Blackhole())
            channel.basic.publish("the last word", "q")
            with self.assertRaisesRegex(AMQPConnectionError, "heartbeat"):
                while broker.clock.seconds() < HALF_AN_HOUR:
                    channel.check_for_errors()
                    time.sleep(1)


@skipUnless(is_installed("kombu"), "kombu is not installed")
class Kombu(TestCase):
    def test_a_consumer_in_a_thread(self):
        from kombu.connection import Connection
        from kombu.entity import Exchange, Queue
        from kombu.mixins import ConsumerMixin

        queue, got = Queue("q", Exchange("x"), routing_key="k"), []

        class Worker(ConsumerMixin):
            connection = Connection(URL, heartbeat=60)

            def get_consumers(self, Consumer, channel):
                return [Consumer([queue], callbacks=[self.take])]

            def take(self, body, message):
                got.append(body)
                message.ack()
                self.should_stop = body == "last"

        def publish():
            with Connection(URL) as connection:
                producer = connection.Producer()
                for body in ("first", "last"):
                    time.sleep(HALF_AN_HOUR)
                    producer.publish(body, exchange="x", routing_key="k", declare=[queue], retry=True)

        with fakebroker.memory() as broker:
            with_threads(Worker().run, publish)
            self.assertEqual(2 * HALF_AN_HOUR, broker.clock.seconds())
        self.assertEqual(["first", "last"], got)


def increment(number):
    return number + 1


def celery_conversation():
    """What a whole worker, with its gossip, says to the broker, that goes down once."""
    from celery import Celery
    from celery._state import _set_task_join_will_block
    from celery.signals import worker_ready

    with fakebroker.memory(seed=1) as broker:
        app = Celery("app", broker=URL, backend="rpc://", set_as_current=False)
        app.conf.update(worker_hijack_root_logger=False, worker_redirect_stdouts=False)
        worker = app.Worker(pool="threads", concurrency=2, loglevel="CRITICAL", quiet=True)
        task = app.task(increment, shared=False)
        ready = threading.Event()
        worker_ready.connect(lambda **_: ready.set(), weak=False)
        thread = threading.Thread(target=worker.start)
        thread.start()
        ready.wait()
        _set_task_join_will_block(False)
        assert [result.get(timeout=60) for result in [task.delay(n) for n in range(3)]] == [1, 2, 3]
        broker.down(30)
        assert task.apply_async((3,), countdown=100, retry=True).get(timeout=1000) == 4
        worker.stop()
        thread.join()
        return broker.journal.transcript()


@skipUnless(is_installed("celery"), "Celery is not installed")
class Celery(TestCase):
    def test_a_whole_worker_says_the_same_to_the_byte_in_each_process(self):
        program = (
            "from tests.testing.virtual.test_thread_clients import celery_conversation\nprint(celery_conversation())"
        )
        first, second = (in_a_process(program, hash_seed) for hash_seed in ("1", "2"))
        self.assertEqual(first, second)
        self.assertIn("exchange='celeryev'", first)

    def test_tasks_that_wait_and_try_again_take_no_time(self):
        for pool in ("solo", "threads"):
            with self.subTest(pool):
                self.assertEqual([[0, 2, 4], 3, [1200, 1260, 1380]], self.results(pool))

    def results(self, pool):
        from celery.contrib.testing.worker import start_worker

        with fakebroker.memory() as broker:
            app, add, stubborn = self.app()
            began = broker.clock.seconds()
            with start_worker(app, pool=pool, perform_ping_check=False, loglevel="ERROR", shutdown_timeout=60):
                done = [
                    [result.get(timeout=10) for result in [add.delay(n, n) for n in range(3)]],
                    add.apply_async((1, 2), countdown=1200).get(),
                    [when - began for when in stubborn.delay().get()],
                ]
            app.close()
        return done

    def app(self):
        import celery

        app = celery.Celery("app", broker=URL, backend="rpc://", set_as_current=False)
        app.conf.update(broker_connection_retry_on_startup=True, worker_hijack_root_logger=False)
        calls = []

        def add(a, b):
            return a + b

        def stubborn():
            calls.append(time.monotonic())
            if len(calls) < 3:
                raise ValueError("not yet")
            return calls

        trying = {"autoretry_for": (ValueError,), "retry_backoff": 60, "retry_jitter": False}
        return app, app.task(add, shared=False), app.task(stubborn, shared=False, **trying)
