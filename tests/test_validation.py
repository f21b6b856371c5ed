"""Misspelt names and wrong values given to a broker: told where they stand, with what may have been meant."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from fakebroker import FakeBroker, running
from fakebroker.errors import AMQPError, QueryError
from fakebroker.server.tls import Tls
from fakebroker.testing import VirtualClock
from tests.rawclient import RawClient


class Named(SynchronousTestCase):
    def setUp(self) -> None:
        self.clock = VirtualClock()
        self.broker: Any = FakeBroker(clock=self.clock)
        self.addCleanup(self.broker.stop)

    def refused(self, kind: type[Exception], action: Any, *args: Any, **fields: Any) -> str:
        with self.assertRaises(kind) as caught:
            action(*args, **fields)
        return str(caught.exception)


class Attributes(Named):
    def objects(self) -> list[tuple[Any, str, str]]:
        broker = self.broker
        host = broker.vhosts["/"]
        return [
            (broker, "tunning", "FakeBroker has no attribute 'tunning'; did you mean 'tuning'"),
            (broker.broker, "mechanism", "did you mean 'mechanisms'?"),
            (broker.tuning, "heartbeet", "Tuning has no attribute 'heartbeet'; did you mean 'heartbeat'?"),
            (broker.users, "on_remove", "did you mean 'on_removed' or 'remove'?"),
            (broker.users["guest"], "pasword", "User has no attribute 'pasword'; did you mean 'password'"),
            (broker.users["guest"].limits, "limit", "Limits has no attribute 'limit'"),
            (host, "limit", "VirtualHost has no attribute 'limit'; did you mean 'limits'?"),
            (host.queues, "queue", "Queues has no attribute 'queue'"),
            (host.queues.declare("jobs"), "durabel", "Queue has no attribute 'durabel'; did you mean 'durable'"),
            (
                host.exchanges["amq.topic"],
                "durabel",
                "TopicExchange has no attribute 'durabel'; did you mean 'durable'",
            ),
            (broker.alarms, "memory", "Alarms has no attribute 'memory'"),
            (broker.faults, "rule", "Faults has no attribute 'rule'; did you mean 'rules'?"),
            (Tls(), "verfy", "Tls has no attribute 'verfy'; did you mean 'verify'?"),
        ]

    def test_one_that_there_is_not_cannot_be_set(self) -> None:
        for thing, name, reason in self.objects():
            self.assertIn(reason, self.refused(AttributeError, setattr, thing, name, 5))
            self.assertFalse(hasattr(thing, name))
        self.assertIn("'max_entires'", self.refused(AttributeError, setattr, self.broker.journal, "max_entires", 5))

    def test_nor_through_a_broker_in_another_thread(self) -> None:
        with running() as broker:
            queue = broker.vhosts["/"].queues.declare("jobs")
            for thing, name, meant in (
                (broker, "tunning", "tuning"),
                (broker.tuning, "heartbeet", "heartbeat"),
                (queue, "durabel", "durable"),
                (broker.journal, "max_entires", "max_entries"),
            ):
                wrong = self.refused(AttributeError, setattr, thing, name, 5)
                self.assertIn(f"has no attribute {name!r}; did you mean {meant!r}", wrong)

    def test_a_wait_in_another_thread_is_refused_at_once_too(self) -> None:
        with running() as broker:
            for fields, reason in (
                ({"timeout": "3"}, "timeout is a number from 0, not '3'"),
                ({"count": 0}, "count is a whole number from 1, not 0"),
                ({"delivery_tga": 1}, "did you mean 'delivery_tag'?"),
                ({"direction": "inn"}, "direction is 'in'"),
            ):
                self.assertIn(reason, self.refused(QueryError, broker.journal.wait_for, "basic.ack", **fields))

    def test_a_subclass_may_have_its_own(self) -> None:
        class Mine(FakeBroker):
            def __init__(self, clock: Any) -> None:
                super().__init__(clock=clock)
                self.mine = 1

        mine = Mine(self.clock)
        mine.mine = 2
        self.assertEqual(2, mine.mine)
        self.assertIn("did you mean 'mine'", self.refused(AttributeError, setattr, mine, "mime", 3))

    def test_what_is_there_can_be_set_and_a_method_be_replaced(self) -> None:
        self.broker.tuning.heartbeat = 5
        self.broker.restart = lambda: "replaced"
        self.assertEqual((5, "replaced"), (self.broker.tuning.heartbeat, self.broker.restart()))


class Values(Named):
    def test_numbers_of_the_tuning_are_held_to_what_a_broker_can_have(self) -> None:
        for name, value, kind, right in (
            ("heartbeat", "5", TypeError, "heartbeat is a whole number from 0 to 65535, not '5'"),
            ("heartbeat", True, TypeError, "not True"),
            ("heartbeat", 1.5, TypeError, "not 1.5"),
            ("heartbeat", None, TypeError, "not None"),
            ("heartbeat", -1, ValueError, "heartbeat is a whole number from 0 to 65535, not -1"),
            ("channel_max", 70000, ValueError, "from 0 to 65535, not 70000"),
            ("frame_max", 100, ValueError, "frame_max is a whole number from 4096 to 4294967295, or 0, not 100"),
            ("frame_max", False, TypeError, "or 0, not False"),
            ("consumer_timeout", 0, ValueError, "from 1 to 4294967295, or None, not 0"),
            ("consumer_timeout", "never", TypeError, "or None, not 'never'"),
            ("max_message_size", 0, ValueError, "from 1 to 536870912, not 0"),
        ):
            before = getattr(self.broker.tuning, name)
            self.assertIn(right, self.refused(kind, setattr, self.broker.tuning, name, value))
            self.assertEqual(before, getattr(self.broker.tuning, name))
        for name, value in (("frame_max", 0), ("frame_max", 4096), ("channel_max", 0), ("consumer_timeout", None)):
            setattr(self.broker.tuning, name, value)

    def test_mechanisms_are_those_that_there_are(self) -> None:
        offered = self.broker.mechanisms
        reason = "there is no mechanism 'PLAIM'; did you mean 'PLAIN'"
        for change in (
            lambda: offered.append("PLAIM"),
            lambda: offered.insert(0, "PLAIM"),
            lambda: offered.extend(["EXTERNAL", "PLAIM"]),
            lambda: offered.__setitem__(0, "PLAIM"),
            lambda: offered.__setitem__(slice(None), ["PLAIM"]),
            lambda: offered.__iadd__(["PLAIM"]),
            lambda: setattr(self.broker, "mechanisms", ["PLAIM"]),
        ):
            self.assertIn(reason, self.refused(ValueError, change))
        self.assertEqual(["PLAIN", "AMQPLAIN"], offered)
        self.broker.mechanisms = ["RABBIT-CR-DEMO"]
        self.broker.mechanisms += ["EXTERNAL"]
        self.assertEqual(["RABBIT-CR-DEMO", "EXTERNAL"], self.broker.broker.mechanisms)

    def test_names_are_strings(self) -> None:
        broker, vhost = self.broker, self.broker.vhosts["/"]
        for action, arguments, reason in (
            (broker.users.add, (5,), "the name of a user is a string, not 5"),
            (broker.users.add, ("app", 5), "a password is a string, not 5"),
            (broker.users.add, ("app", "pw", "administrator"), "tags is a list of strings, not 'administrator'"),
            (broker.users.add, ("app", "pw", [5]), "tags is a list of strings, not [5]"),
            (broker.broker.add_vhost, (b"x",), "the name of a virtual host is a string, not b'x'"),
            (vhost.queues.declare, (5,), "the name of a queue is a string, not 5"),
            (vhost.exchanges.declare, (None,), "the name of an exchange is a string, not None"),
        ):
            self.assertIn(reason, self.refused(TypeError, action, *arguments))
        self.assertEqual(["guest"], list(broker.users))
        limits = vhost.limits
        self.assertIn("there is no limit 'max-queues'", self.refused(KeyError, limits.__delitem__, "max-queues"))

    def test_others(self) -> None:
        user = self.broker.users["guest"]
        self.assertIn("tags is a list of strings", self.refused(TypeError, setattr, user, "tags", "administrator"))
        self.assertIn("hashing is one of", self.refused(ValueError, setattr, user, "hashing", "md6"))
        self.assertIn("tls is a Tls, or None", self.refused(TypeError, setattr, self.broker, "tls", True))
        self.assertIn("'memory' or 'disk'", self.refused(ValueError, self.broker.clear_alarm, "memry"))


class Passwords(Named):
    def log_in(self, password: str) -> list[str]:
        client = RawClient.connect(self.broker, self.clock)
        client.log_in(password=password, capabilities={"authentication_failure_close": True})
        return client.names

    def test_a_password_can_be_changed(self) -> None:
        guest = self.broker.users["guest"]
        old = guest.password_hash
        guest.password = "new"
        self.assertEqual((["connection.close"], ["connection.tune"]), (self.log_in("guest"), self.log_in("new")))
        self.assertNotEqual(old, guest.password_hash)
        self.assertNotIn(b"new", guest.password_hash)
        self.broker.users.set_password("guest", "newer")
        self.assertEqual(["connection.tune"], self.log_in("newer"))
        guest.password = ""
        self.assertEqual(["connection.close"], self.log_in(""))

    def test_a_password_cannot_be_read_nor_be_anything_but_text(self) -> None:
        guest = self.broker.users["guest"]
        self.assertIn("can be set, not read", self.refused(AttributeError, lambda: guest.password))
        self.assertIn("a password is a string", self.refused(TypeError, setattr, guest, "password", b"x"))
        self.assertTrue(guest.has_password("guest"))

    def test_through_a_broker_in_another_thread(self) -> None:
        with running() as broker:
            broker.users["guest"].password = "new"
            self.assertTrue(broker.users["guest"].has_password("new"))


class Publishing(Named):
    def setUp(self) -> None:
        super().setUp()
        self.broker.vhosts["/"].queues.declare("jobs")

    def test_text_is_sent_as_utf8(self) -> None:
        for body, octets in (("tea ☕", "tea ☕".encode()), (bytearray(b"x"), b"x"), (memoryview(b"y"), b"y")):
            self.assertTrue(self.broker.publish(body, "jobs"))
            self.assertEqual(octets, self.broker.get("jobs").body)

    def test_what_cannot_be_sent_is_refused_before_anything_happens(self) -> None:
        nested: dict[str, Any] = {}
        nested["itself"] = nested
        for arguments, properties, kind, reason in (
            ((5, "jobs"), {}, TypeError, "a body is bytes, or text, which is sent as UTF-8, not 5"),
            ((None, "jobs"), {}, TypeError, "not None"),
            ((b"x", b"jobs"), {}, TypeError, "routing_key is a string, not b'jobs'"),
            ((b"x", "é" * 128), {}, ValueError, "routing_key has 255 octets at most, not 256"),
            ((b"x", "\ud800"), {}, ValueError, "routing_key='\\ud800' can't be sent"),
            ((b"x", "jobs", "e" * 256), {}, ValueError, "exchange has 255 octets at most"),
            ((b"x", "jobs"), {"prioritty": 1}, TypeError, "there is no property 'prioritty'; did you mean 'priority'?"),
            ((b"x", "jobs"), {"priority": "high"}, TypeError, "priority is a whole number from 0 to 255, not 'high'"),
            ((b"x", "jobs"), {"priority": 256}, ValueError, "priority is a whole number from 0 to 255, not 256"),
            ((b"x", "jobs"), {"delivery_mode": True}, TypeError, "delivery_mode is a whole number"),
            ((b"x", "jobs"), {"timestamp": -1}, ValueError, "timestamp is a whole number"),
            ((b"x", "jobs"), {"message_id": 7}, TypeError, "message_id is a string, not 7"),
            ((b"x", "jobs"), {"expiration": 1000}, TypeError, "expiration is a string, not 1000"),
            ((b"x", "jobs"), {"message_id": "m" * 256}, ValueError, "message_id has 255 octets at most, not 256"),
            ((b"x", "jobs"), {"headers": [1]}, TypeError, "headers is a table, a dict with strings for keys"),
            ((b"x", "jobs"), {"headers": {1: 2}}, TypeError, "headers is a table, a dict with strings for keys"),
            ((b"x", "jobs"), {"headers": {"a": {"b": {1}}}}, ValueError, "headers can't be sent: no field type"),
            ((b"x", "jobs"), {"headers": {"a": {5: 1}}}, ValueError, "headers can't be sent"),
            ((b"x", "jobs"), {"headers": {"a": Decimal("1e300")}}, ValueError, "headers can't be sent"),
            ((b"x", "jobs"), {"headers": nested}, ValueError, "headers can't be sent: it holds itself"),
            ((b"x", "jobs", "", "nosuch"), {}, KeyError, "there is no virtual host 'nosuch'; there are '/'"),
        ):
            self.assertIn(reason, self.refused(kind, self.broker.publish, *arguments, **properties))
        self.assertIsNone(self.broker.get("jobs"))
        self.assertTrue(self.broker.publish(b"x", "jobs", headers={"a": [1, {"b": None}]}, priority=255))

    def test_a_queue_a_vhost_a_user_that_there_is_not(self) -> None:
        broker = self.broker
        for action in (broker.get, broker.delete_queue):
            wrong = self.refused(AMQPError, action, "job")
            self.assertEqual("NOT_FOUND - no queue 'job' in vhost '/'; did you mean 'jobs'?", wrong)
            self.assertIn("there is no virtual host 'prod'", self.refused(KeyError, action, "jobs", "prod"))
        self.assertIn(
            "there is no user 'gest'; did you mean 'guest'", self.refused(KeyError, broker.delete_user, "gest")
        )
        self.assertIn("did you mean 'guest'", self.refused(KeyError, lambda: broker.users["gest"]))
        self.assertIn("did you mean 'jobs'", self.refused(KeyError, lambda: broker.vhosts["/"].queues["jbos"]))
        wrong = self.refused(KeyError, lambda: broker.vhosts["/"].exchanges["amq.topik"])
        self.assertIn("there is no exchange 'amq.topik'; did you mean 'amq.topic'", wrong)
        self.assertIn("no virtual host 'x'", self.refused(KeyError, broker.broker.remove_vhost, "x"))

    def test_a_connection_or_channel_that_is_none(self) -> None:
        broker = self.broker
        client = RawClient.connect(broker, self.clock).open()
        client.open_channel(1)
        connection = broker.connections[0]
        channel = connection.channels[1]
        self.assertIn("one of broker.connections, not 1", self.refused(TypeError, broker.close_connection, 1))
        self.assertIn("reason is a string", self.refused(TypeError, broker.close_connection, connection, 5))
        self.assertIn("255 octets", self.refused(ValueError, broker.close_connection, connection, "r" * 256))
        self.assertIn("channel is one of a connection's", self.refused(TypeError, broker.close_channel, 1, "x"))
        wrong = self.refused(ValueError, broker.close_channel, channel, "x", "not-fund")
        self.assertIn("there is no error 'not-fund'; did you mean 'not-found'", wrong)
        self.assertIn("text is a string", self.refused(TypeError, broker.close_channel, channel, None))
        client.send("queue.declare", 1, queue="jobs", passive=True)
        client.take("queue.declare-ok")
        broker.close_channel(channel, "t" * 255)
        self.clock.settle()
        self.assertLessEqual(len(client.take("channel.close").args.reply_text), 255)
