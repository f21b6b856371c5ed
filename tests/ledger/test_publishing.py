"""What the ledger tells of a publish: where it went, whether it was confirmed, refused or returned."""

from __future__ import annotations

import json

from fakebroker.faults import Drop, Duplicate, Nack, ReturnMessage, when
from fakebroker.journal.record import record_of
from tests.ledger.scene import LedgerScene, names
from tests.rawclient import Content


class Publishing(LedgerScene):
    def test_a_message_is_published_and_routed(self) -> None:
        self.publish(self.client(), "hello")
        message = self.only(body="hello")
        self.assertEqual(names(message.fate), ["published", "routed"])
        self.assertEqual(
            (message.connection, message.channel, message.sequence, message.crossing),
            (1, 1, 1, "1:in:basic.publish:1"),
        )
        self.assertEqual([copy.queue for copy in message.copies], ["q"])
        self.assertEqual(message.copies[0].place, "ready")
        assert message.routed is not None
        self.assertEqual((message.routed.name, message.unroutable, message.nacked), ("routed", None, None))

    def test_a_message_and_its_copy_say_in_a_line_what_they_are(self) -> None:
        self.publish(self.client(), "hello")
        message = self.only()
        line = "message 1: b'hello' to the default exchange by 'q'"
        self.assertEqual(repr(message), f"<PublishedMessage {line}>")
        self.assertEqual(repr(message.copies), "[<Copy of message 1 in 'q': ready>]")

    def test_each_queue_has_a_copy_of_its_own(self) -> None:
        client = self.client()
        for queue in ("one", "two"):
            self.declare(client, queue)
            client.send("queue.bind", 1, queue=queue, exchange="amq.fanout")
            client.take("queue.bind-ok")
        self.publish(client, key="", exchange="amq.fanout")
        message = self.only()
        self.assertEqual([(copy.queue, copy.state) for copy in message.copies], [("one", "ready"), ("two", "ready")])
        self.assertIn("'one', 'two'", message.fate[1].detail)

    def test_a_message_that_goes_nowhere_is_unroutable_and_a_mandatory_one_is_returned(self) -> None:
        client = self.client()
        self.publish(client, "gone", key="nowhere")
        self.publish(client, "back", key="nowhere", mandatory=True)
        gone = self.only(body="gone")
        self.assertEqual(names(gone.fate), ["published", "unroutable"])
        self.assertEqual((gone.unroutable, gone.routed), (gone.fate[1], None))
        back = self.only(body="back")
        self.assertEqual(names(back.fate), ["published", "unroutable", "returned"])
        returned = back.returned
        assert returned is not None
        self.assertEqual((returned.address, returned.reached), ("1:out:basic.return:1", True))

    def test_a_message_with_properties_that_nobody_can_read_is_refused_and_found_by_none_of_them(self) -> None:
        client = self.client()
        content = Content(client.spec.classes["basic"], b"\x80\x00\xff", b"hello")
        client.send("basic.publish", 1, content, routing_key="q")
        message = self.only(body="hello")
        assert message.refused is not None
        self.assertEqual(message.refused.detail, "541 INTERNAL_ERROR")
        (published,) = self.broker.journal.find("basic.publish")
        self.assertEqual(record_of(published).properties, {"undecodable": b"\x80\x00\xff"})
        self.assertEqual(self.ledger.of(message_id="1"), [])
        form = json.loads(json.dumps(self.ledger.to_json()))
        self.assertEqual(form["messages"][0]["properties"], {"undecodable": {"base64": "gAD/"}})

    def test_a_message_to_no_exchange_is_refused_with_the_brokers_words(self) -> None:
        self.publish(self.client(), exchange="nowhere")
        refused = self.only().refused
        assert refused is not None
        self.assertEqual(refused.detail, "404 NOT_FOUND - no exchange 'nowhere' in vhost '/'")
        (connection,) = self.ledger.connections
        ended = connection.channels[0].ended
        assert ended is not None
        self.assertEqual((ended.by, ended.code, ended.reached), ("broker", 404, True))

    def test_a_message_on_a_channel_that_the_broker_has_closed_is_refused(self) -> None:
        client = self.client()
        self.publish(client, "first", exchange="nowhere")
        self.publish(client, "second")
        refused = self.only(body="second").refused
        assert refused is not None
        self.assertEqual(refused.detail, "the channel is closed")

    def test_a_confirm_is_for_each_message_up_to_its_number(self) -> None:
        client = self.confirming()
        octets = b"".join(client.octets_of("basic.publish", 1, b"%d" % number, routing_key="q") for number in range(3))
        client.send_octets(octets)
        confirms = [message.confirmed for message in self.ledger.messages]
        self.assertEqual([message.sequence for message in self.ledger.messages], [1, 2, 3])
        self.assertEqual([(each.tag, each.multiple, each.reached) for each in confirms if each], [(3, True, True)] * 3)

    def test_a_full_queue_refuses_and_the_broker_nacks(self) -> None:
        client = self.confirming()
        self.declare(client, "full", max_length=0, overflow="reject-publish")
        self.publish(client, key="full")
        message = self.only()
        self.assertEqual(names(message.fate), ["published", "routed", "nacked-by-broker"])
        self.assertEqual((message.nacked, message.confirmed), (message.fate[2], None))
        self.assertEqual((message.copies[0].state, message.copies[0].place), ("refused", "gone"))

    def test_what_a_test_publishes_comes_from_no_connection(self) -> None:
        self.client()
        self.broker.publish("hello", "q")
        message = self.only(body="hello")
        self.assertEqual((message.connection, message.crossing, message.copies[0].state), (0, None, "ready"))


class Alarms(LedgerScene):
    def test_what_waits_for_the_end_of_an_alarm_is_one_message_and_goes_on_then(self) -> None:
        client = self.client()
        self.broker.set_alarm("memory")
        self.publish(client, "one")
        self.publish(client, "two")
        self.assertEqual(names(self.only().fate), ["published"], "the second is not read before")
        self.broker.clear_alarm("memory")
        self.clock.settle()
        self.assertEqual([names(message.fate) for message in self.ledger.messages], [["published", "routed"]] * 2)
        self.assertEqual(self.only(body="two").copies[0].place, "ready")

    def test_what_waits_when_its_connection_ends_is_refused(self) -> None:
        client = self.client()
        self.broker.set_alarm("memory")
        self.publish(client)
        client.abort()
        self.assertEqual(names(self.only().fate), ["published", "refused"])


class Transactions(LedgerScene):
    def test_a_message_goes_to_its_queue_with_the_commit(self) -> None:
        client = self.client()
        client.send("tx.select", 1)
        self.publish(client)
        self.assertEqual(names(self.only().fate), ["published"])
        client.send("tx.commit", 1)
        message = self.only()
        self.assertEqual([(event.name, event.address) for event in message.fate][1:], [("routed", "1:in:tx.commit:1")])
        self.assertTrue(message.transactional)

    def test_a_message_that_is_rolled_back_goes_nowhere(self) -> None:
        client = self.client()
        client.send("tx.select", 1)
        self.publish(client, "asked")
        client.send("tx.rollback", 1)
        self.publish(client, "forgotten")
        client.hang_up()
        for body in ("asked", "forgotten"):
            self.assertEqual(names(self.only(body=body).fate), ["published", "rolled-back"], body)


class Rules(LedgerScene):
    def test_a_publish_that_a_rule_drops_is_withheld_by_that_rule(self) -> None:
        rule = self.add(when("basic.publish"), Drop())
        self.publish(self.client())
        message = self.only()
        self.assertEqual([(event.name, event.rule) for event in message.fate[1:]], [("withheld", rule.number)])
        self.assertEqual(message.copies, [])

    def test_a_copy_that_a_rule_makes_of_a_publish_is_a_message_of_the_rules(self) -> None:
        rule = self.add(when("basic.publish"), Duplicate())
        self.publish(self.client())
        own, copy = self.ledger.messages
        self.assertEqual((own.rule, own.crossing), (None, "1:in:basic.publish:1"))
        self.assertEqual((copy.rule, copy.crossing, len(copy.copies)), (rule.number, None, 1))

    def test_a_nack_that_a_rule_makes_up_is_the_rules(self) -> None:
        client = self.confirming()
        rule = self.add(Nack())
        self.publish(client)
        client.take("basic.nack")
        message = self.only()
        assert message.told is not None
        self.assertEqual((message.told.name, message.told.rule), ("nacked-by-broker", rule.number))

    def test_a_return_that_a_rule_makes_up_is_the_rules_and_so_is_the_confirm_behind_it(self) -> None:
        client = self.confirming()
        rule = self.add(when("basic.publish"), ReturnMessage())
        self.publish(client, mandatory=True)
        fate = [(event.name, event.rule) for event in self.only().fate]
        self.assertEqual(fate[0], ("published", None))
        self.assertEqual(sorted(fate[1:]), [(name, rule.number) for name in ("confirmed", "returned", "withheld")])

    def test_a_confirm_that_a_rule_drops_has_not_reached_the_client(self) -> None:
        client = self.confirming()
        rule = self.add(when("basic.ack", "out"), Drop())
        self.publish(client)
        message = self.only()
        confirmed = message.confirmed
        assert confirmed is not None
        self.assertEqual((confirmed.reached, confirmed.rule, message.told), (False, rule.number, None))
