"""The ledger as a whole: finding messages, showing them, forgetting the oldest; and what it knows of connections."""

from __future__ import annotations

import json

from fakebroker.errors import QueryError
from fakebroker.faults import Delay, Drop, Reset, Say, like, when
from tests.ledger.scene import LedgerScene


class Finding(LedgerScene):
    def setUp(self) -> None:
        super().setUp()
        client = self.client()
        self.publish(client, "red", properties={"message_id": "1", "priority": 3})
        self.publish(client, "blue", key="nowhere", properties={"message_id": "2"})

    def test_by_body_properties_route_and_copies(self) -> None:
        questions = [
            ({"body": "red"}, [1]),
            ({"body": b"blue"}, [2]),
            ({"body": like("*e*")}, [1, 2]),
            ({"body": lambda body: len(body) == 4}, [2]),
            ({"message_id": "2"}, [2]),
            ({"priority": 3}, [1]),
            ({"routing_key": "nowhere"}, [2]),
            ({"queue": "q"}, [1]),
            ({"state": "ready", "crossing": "1:in:basic.publish:1"}, [1]),
            ({}, [1, 2]),
        ]
        for which, numbers in questions:
            self.assertEqual([each.number for each in self.ledger.of(**which)], numbers, which)  # type: ignore[arg-type]

    def test_a_name_that_means_nothing_is_refused(self) -> None:
        with self.assertRaisesRegex(QueryError, "no predicate 'rooting_key'; did you mean 'routing_key'"):
            self.ledger.of(rooting_key="q")

    def test_it_can_be_written_as_json(self) -> None:
        form = json.loads(json.dumps(self.ledger.to_json()))
        self.assertEqual([message["body"] for message in form["messages"]], ["red", "blue"])
        self.assertEqual(form["messages"][0]["copies"][0]["place"], "ready")


class Forgetting(LedgerScene):
    def test_the_oldest_messages_are_forgotten_when_there_are_too_many(self) -> None:
        self.ledger.max_messages = 32
        client = self.client()
        for number in range(40):
            self.publish(client, str(number))
        self.assertLessEqual(len(self.ledger), 32)
        self.assertEqual(self.ledger.messages[0].number, self.ledger.forgotten + 1)
        self.assertTrue(str(self.ledger).startswith(f"({self.ledger.forgotten} older messages are forgotten"))

    def test_what_becomes_of_a_forgotten_message_disturbs_nobody(self) -> None:
        self.ledger.max_messages = 1
        client = self.consuming()
        for body in ("old", "new"):
            self.publish(client, body)
        client.send("basic.ack", 1, delivery_tag=2, multiple=True)
        self.assertEqual(
            [(message.body, message.copies[0].state) for message in self.ledger.messages], [(b"new", "acked")]
        )


class Connections(LedgerScene):
    def test_what_a_client_has_set_up(self) -> None:
        client = self.connect().open(heartbeat=7)
        client.open_channel(1)
        client.send("queue.declare", 1, queue="")
        name = client.take("queue.declare-ok").args.queue
        client.send("queue.bind", 1, queue="", exchange="amq.direct", routing_key="k")
        client.send("basic.qos", 1, prefetch_count=5)
        client.send("basic.consume", 1, queue="", consumer_tag="c")
        client.send("confirm.select", 1)
        (connection,) = self.ledger.connections
        self.assertEqual((connection.user, connection.vhost, connection.heartbeat), ("guest", "/", 7))
        (channel,) = connection.channels
        declared = [(each.name, each.arguments["queue"], each.answered is not None) for each in channel.declared]
        self.assertEqual(declared, [("queue.declare", name, True), ("queue.bind", name, True)])
        (consumer,) = channel.consumers
        self.assertEqual((consumer.queue, consumer.prefetch, consumer.started is not None), (name, 5, True))
        assert channel.confirm_mode is not None
        self.assertEqual(channel.confirm_mode.address, "1:in:confirm.select:1")

    def test_a_consumer_of_which_nobody_is_told_has_started_at_once(self) -> None:
        client = self.client()
        client.send("basic.consume", 1, queue="q", consumer_tag="c", no_wait=True)
        (consumer,) = self.ledger.connections[0].channels[0].consumers
        self.assertEqual(consumer.started, consumer.moment)

    def test_a_login_that_nobody_can_read_is_nobodys(self) -> None:
        client = self.connect()
        client.begin()
        client.send("connection.start-ok", mechanism="PLAIN", response=b"?", locale="en_US", client_properties={})
        (connection,) = self.ledger.connections
        self.assertEqual((connection.user, connection.ready), ("", None))

    def test_how_it_ended(self) -> None:
        closing, reset, forced = self.client(), self.client(), self.client()
        closing.send("connection.close", reply_code=200, reply_text="bye")
        closing.hang_up()
        reset.abort()
        self.broker.close_connection(self.broker.connections[-1], "go away")
        forced.hang_up()
        ends = [each.ended for each in self.ledger.connections]
        self.assertEqual([end.by for end in ends if end], ["client", "client", "broker"])
        assert ends[2] is not None
        self.assertEqual((ends[2].code, ends[2].reached), (320, True))

    def test_a_channel_number_that_is_used_again(self) -> None:
        client = self.client()
        self.publish(client, "first")
        client.send("channel.close", 1, reply_code=200)
        client.take("channel.close-ok")
        client.open_channel(1)
        self.publish(client, "second")
        self.assertEqual([each.incarnation for each in self.ledger.messages], [1, 2])
        self.assertEqual([each.published for each in self.ledger.connections[0].channels], [1, 1])

    def test_what_a_client_settles_wrongly(self) -> None:
        client = self.consuming()
        self.publish(client)
        for _ in range(2):
            client.send("basic.ack", 1, delivery_tag=1)
        (channel,) = self.ledger.connections[0].channels
        self.assertEqual([each.wrong for each in channel.settlements], ["", "twice"])

    def test_when_it_was_blocked(self) -> None:
        client = self.client(capabilities={"connection.blocked": True})
        self.broker.set_alarm("memory")
        self.publish(client)
        self.clock.advance(2)
        self.broker.clear_alarm("memory")
        (blocked,) = self.ledger.connections[0].blocked
        assert blocked.until is not None
        self.assertEqual((blocked.since.time, blocked.until.time), (0.0, 2.0))


class Rules(LedgerScene):
    def test_what_a_rule_only_delays_has_reached_the_client_then(self) -> None:
        client = self.confirming()
        self.add(when("basic.ack", "out"), Delay(3))
        self.publish(client)
        confirmed = self.only().confirmed
        assert confirmed is not None
        self.assertFalse(confirmed.reached)
        self.clock.advance(3)
        self.assertEqual((confirmed.reached, confirmed.time, confirmed.rule), (True, 3.0, None))

    def test_an_end_that_a_rule_makes_up_is_the_brokers(self) -> None:
        client = self.client()
        self.add(when("queue.declare-ok"), Say("connection.close", reply_code=320, reply_text="go"))
        self.is_well(client)
        client.hang_up()
        ended = self.ledger.connections[0].ended
        assert ended is not None
        self.assertEqual((ended.by, ended.code, ended.text), ("broker", 320, "go"))

    def test_so_is_one_that_a_rule_makes_at_a_time(self) -> None:
        rule = self.add(when(at=5), Reset())
        self.client()
        self.clock.advance(5)
        ended = self.ledger.connections[0].ended
        assert ended is not None
        self.assertEqual((ended.by, ended.moment.time, ended.moment.rule), ("broker", 5.0, rule.number))

    def test_a_second_word_of_the_same_alarm_is_none(self) -> None:
        self.client()
        for name in ("blocked", "blocked", "unblocked", "unblocked"):
            self.broker.say(self.broker.connections[0], f"connection.{name}")
        (blocked,) = self.ledger.connections[0].blocked
        self.assertIsNotNone(blocked.until)

    def test_the_rules_that_acted_on_a_connection(self) -> None:
        rule = self.add(when("basic.publish"), Drop())
        self.publish(self.client())
        self.assertEqual(self.ledger.connections[0].rules, [rule.number])
