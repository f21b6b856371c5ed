"""``fakebroker.running()``: a broker beside any client, in a thread of its own."""

from __future__ import annotations

import asyncio
import gc
import os
import socket
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any
from unittest import TestCase, mock, skipUnless

import pika
from twisted.internet.error import CannotListenError

import fakebroker
from fakebroker import AMQPError, RuleError
from fakebroker.faults import Delay, Drop, Nack, when
from fakebroker.server.waiting_journal import NotSeen

ROOT = Path(__file__).parent.parent.parent
FDS = Path("/proc/self/fd")


def connect(broker: fakebroker.RunningBroker) -> pika.BlockingConnection:
    return pika.BlockingConnection(pika.URLParameters(broker.url))


def publish(broker: fakebroker.RunningBroker, *bodies: str) -> None:
    with connect(broker) as connection:
        channel = connection.channel()
        channel.queue_declare("jobs")
        for body in bodies:
            channel.basic_publish("", "jobs", body.encode())


class Blocking(TestCase):
    def broker(self, **options: Any) -> fakebroker.RunningBroker:
        running = fakebroker.running(**options)
        self.addCleanup(running.stop)
        return running.start()

    def test_a_blocking_client_talks_to_it(self) -> None:
        with fakebroker.running() as broker:
            publish(broker, "one")
            self.assertEqual(broker.url, f"amqp://guest:guest@{broker.host}:{broker.port}/%2F")
            self.assertEqual(broker.get("jobs").body, b"one")
            self.assertIsNone(broker.get("jobs"))

    def test_a_fault_acts_and_can_be_asked_what_it_did(self) -> None:
        broker = self.broker()
        with broker.faults.add(when("basic.publish", nth=2), Drop()) as rule:
            publish(broker, "one", "two", "three")
            self.assertEqual((rule.acted, rule.matched), (1, 3))
        self.assertEqual(list(broker.faults.rules), [])
        self.assertEqual(
            repr(broker.vhosts["/"].queues["jobs"]), "<Queue 'jobs' in '/': 2 ready, 0 unacked, 0 consumers>"
        )

    def test_what_is_waited_for_has_happened_when_the_call_returns(self) -> None:
        broker = self.broker()
        client = threading.Thread(target=publish, args=(broker, "one", "two"))
        client.start()
        self.assertEqual([entry.body for entry in broker.journal.wait_for("basic.publish", count=2)], [b"one", b"two"])
        client.join()

    def test_waiting_in_vain_tells_what_came_nearest(self) -> None:
        broker = self.broker()
        publish(broker, "one")
        with self.assertRaisesRegex(NotSeen, "(?s)waited 0.05 s for 1 basic.publish.*routing_key is 'jobs'"):
            broker.journal.wait_for("basic.publish", routing_key="job", timeout=0.05)

    def test_errors_are_raised_in_the_caller(self) -> None:
        broker = self.broker()
        with self.assertRaisesRegex(RuleError, "did you mean 'routing_key'"):
            broker.faults.add(when("basic.publish", routing_kee="x"), Drop())
        with self.assertRaises(AMQPError):
            broker.delete_queue("nothing")
        with self.assertRaises(KeyError):
            broker.vhosts["nowhere"]
        with self.assertRaises(AttributeError):
            broker.nonsense()
        with self.assertRaises(AssertionError):
            broker.journal.assert_published()

    def test_users_vhosts_and_tuning_can_be_changed(self) -> None:
        broker = self.broker()
        broker.users.add("bob", "secret").permit("/")
        broker.tuning.heartbeat = 7
        broker.mechanisms.remove("AMQPLAIN")
        credentials = pika.PlainCredentials("bob", "secret")
        pika.BlockingConnection(pika.ConnectionParameters(port=broker.port, credentials=credentials)).close()
        [tune] = broker.journal.find("connection.tune")
        [start] = broker.journal.find("connection.start")
        self.assertEqual((tune.args.heartbeat, start.args.mechanisms), (7, b"PLAIN"))
        self.assertIn("bob", broker.users)
        self.assertEqual(list(broker.users), ["guest", "bob"])
        self.assertEqual(broker.mechanisms, ["PLAIN"])

    def test_an_administrator_closes_a_connection_under_its_client(self) -> None:
        broker = self.broker()
        connection = connect(broker)
        broker.close_connection(broker.connections[0], "enough")
        with self.assertRaisesRegex(pika.exceptions.ConnectionClosedByBroker, "enough"):
            connection.process_data_events(time_limit=5)

    def test_a_broker_goes_down_and_up_on_the_same_port(self) -> None:
        broker = self.broker()
        port = broker.port
        broker.down()
        with self.assertRaises(pika.exceptions.AMQPConnectionError):
            connect(broker)
        broker.up()
        connect(broker).close()
        self.assertEqual(broker.port, port)

    def test_a_broker_that_is_paused_answers_when_it_goes_on(self) -> None:
        broker = self.broker()
        broker.pause()
        late = threading.Thread(target=publish, args=(broker, "late"))
        late.start()
        self.assertEqual([], broker.journal.find("connection.start-ok"))
        self.assertTrue(broker.paused)
        broker.resume()
        late.join()
        self.assertEqual(b"late", broker.get("jobs").body)

    def test_a_client_is_told_something_out_of_the_blue(self) -> None:
        broker = self.broker()
        with connect(broker) as connection:
            told: list[str] = []
            connection.add_on_connection_blocked_callback(lambda _, frame: told.append(frame.method.reason))
            broker.say(broker.connections[0], "connection.blocked", reason="full")
            while not told:
                connection.process_data_events(time_limit=5)
            self.assertEqual(["full"], told)

    def test_minutes_pass_at_once_when_time_is_virtual(self) -> None:
        broker = self.broker(virtual_time=True)
        broker.vhosts["/"].policies.set("ttl", "jobs", {"message-ttl": 60_000}, apply_to="queues")
        publish(broker, "short-lived")
        broker.clock.advance(61)
        self.assertEqual(broker.clock.seconds(), 61)
        self.assertIsNone(broker.get("jobs"))
        self.assertEqual([entry.time for entry in broker.journal.published(body="short-lived")], [0.0])

    def test_a_wait_on_virtual_time_ends_after_so_many_real_seconds(self) -> None:
        broker = self.broker(virtual_time=True)
        with self.assertRaisesRegex(NotSeen, "waited 0.05 s for 1 basic.get"):
            broker.journal.wait_for("basic.get", timeout=0.05)

    def test_what_a_method_gives_belongs_to_the_caller(self) -> None:
        broker = self.broker()
        publish(broker, "one")
        names = broker.journal.methods("in")
        self.assertIsInstance(names, list)
        names.clear()
        self.assertIn("basic.publish", broker.journal.methods("in"))

    def test_it_is_shown_as_what_it_is(self) -> None:
        broker = self.broker(seed=7)
        self.assertEqual(repr(broker), f"<FakeBroker on 127.0.0.1:{broker.port}, seed 7, 0 connections>")
        self.assertIn("restart", dir(broker))

    def test_a_port_that_is_taken(self) -> None:
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            with self.assertRaises(CannotListenError):
                fakebroker.running(port=taken.getsockname()[1]).start()

    def test_one_that_runs_is_not_started_again_but_one_that_stopped_may_be(self) -> None:
        running = fakebroker.running()
        self.addCleanup(running.stop)
        running.start()
        self.assertRaises(RuntimeError, running.start)
        running.stop()
        running.stop()
        publish(running.start(), "again")

    def test_the_journal_can_be_read_when_all_is_over(self) -> None:
        with fakebroker.running() as broker:
            publish(broker, "one")
        self.assertIn("'one'", broker.journal.transcript())

    def test_the_seed_is_the_environments(self) -> None:
        with mock.patch.dict(os.environ, {"FAKEBROKER_SEED": "12"}), fakebroker.running() as broker:
            self.assertEqual(broker.seed, 12)

    @skipUnless(hasattr(Exception, "add_note"), "Python 3.10 has no notes on exceptions")
    def test_an_error_that_ends_the_block_shows_the_conversation(self) -> None:
        with self.assertRaises(ValueError) as caught, fakebroker.running(seed=3) as broker:
            publish(broker, "one")
            raise ValueError("no")
        [note] = getattr(caught.exception, "__notes__")  # noqa: B009
        self.assertIn("basic.publish           routing_key='jobs'", note)
        self.assertIn("FAKEBROKER_SEED=3", note)


class Asynchronous(TestCase):
    def test_coroutines_await_what_takes_time(self) -> None:
        async def scenario() -> list[bytes]:
            async with fakebroker.running() as broker:
                client = asyncio.get_running_loop().run_in_executor(None, publish, broker, "one", "two")
                entries = await broker.journal.wait_for("basic.publish", count=2)
                await client
                broker.down()
                await broker.up()
                return [entry.body for entry in entries]

        self.assertEqual(asyncio.run(scenario()), [b"one", b"two"])

    def test_a_broker_started_elsewhere_serves_them_too(self) -> None:
        async def scenario(broker: fakebroker.RunningBroker) -> None:
            with self.assertRaises(NotSeen):
                await broker.aio.journal.wait_for("basic.publish", timeout=0.05)

        with fakebroker.running(virtual_time=True) as broker:
            asyncio.run(scenario(broker))

    def test_a_port_that_is_taken(self) -> None:
        async def scenario(port: int) -> None:
            async with fakebroker.running(port=port):
                self.fail("it listens")

        with fakebroker.running() as broker, self.assertRaises(CannotListenError):
            asyncio.run(scenario(broker.port))


class Many(TestCase):
    @skipUnless(FDS.exists(), "needs /proc to count file descriptors")
    def test_two_hundred_leave_neither_threads_nor_file_descriptors(self) -> None:
        with fakebroker.running():
            pass
        gc.collect()  # what earlier tests have left is not to go while we count
        before = (len(list(FDS.iterdir())), threading.active_count())
        for _ in range(200):
            with fakebroker.running() as broker:
                self.assertGreater(broker.port, 0)
        gc.collect()
        self.assertEqual((len(list(FDS.iterdir())), threading.active_count()), before)

    def test_several_at_a_time_know_nothing_of_each_other(self) -> None:
        with fakebroker.running() as one, fakebroker.running() as other:
            one.faults.add(when("queue.declare"), Delay(0.01))
            publish(one, "hello")
            self.assertEqual(len(other.journal), 0)
            self.assertNotEqual(one.port, other.port)

    def test_confirms_are_lost_where_they_are_told_to_be(self) -> None:
        with fakebroker.running() as broker, connect(broker) as connection:
            broker.faults.add(when(delivery_tag=2), Nack())
            channel = connection.channel()
            channel.queue_declare("jobs")
            channel.confirm_delivery()
            channel.basic_publish("", "jobs", b"one")
            with self.assertRaises(pika.exceptions.NackError):
                channel.basic_publish("", "jobs", b"two")


class BesideOthers(TestCase):
    def run_alone(self, script: str) -> str:
        done = subprocess.run(
            [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, timeout=30, check=False
        )
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return done.stdout.strip()

    def test_a_broker_that_a_module_has_kept_says_nothing_at_the_end_of_python(self) -> None:
        self.run_alone("import fakebroker\nwith fakebroker.running() as broker: pass")

    def test_importing_the_package_imports_no_twisted(self) -> None:
        self.assertEqual(self.run_alone("import sys, fakebroker; print('twisted' in sys.modules)"), "False")

    def test_no_reactor_is_installed_so_that_any_can_be(self) -> None:
        script = (
            "import sys, fakebroker\n"
            "with fakebroker.running() as broker: broker.url\n"
            "assert 'twisted.internet.reactor' not in sys.modules\n"
            "from twisted.internet import asyncioreactor; asyncioreactor.install()\n"
            "from twisted.internet import reactor\n"
            "def ask():\n"
            "    with fakebroker.running() as broker: print(broker.port > 0)\n"
            "    reactor.stop()\n"
            "reactor.callWhenRunning(ask); reactor.run()\n"
        )
        self.assertEqual(self.run_alone(script), "True")

    def test_a_program_that_forgets_to_stop_it_ends_all_the_same(self) -> None:
        self.assertEqual(self.run_alone("import fakebroker; fakebroker.running().start(); print('end')"), "end")
