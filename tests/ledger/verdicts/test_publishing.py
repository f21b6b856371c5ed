"""Verdicts on those who publish."""

from __future__ import annotations

from fakebroker.faults import Drop, Nack, Reset, ReturnMessage, Say, when
from tests.ledger.verdicts.judged import JudgedCase, Program


class NeverConfirmed(JudgedCase):
    def test_it_falls_on_a_publisher_that_shrugs_off_a_nack(self) -> None:
        self.broker.faults.add(when("basic.ack", "out", nth=2), Nack())
        program = self.program(confirms=True)
        for body in ("a", "b", "c"):
            program.publish(body)
        program.close()
        self.assert_falls(
            "never-confirmed", "1:in:basic.publish:2", "1:in:basic.publish:3", fails=True, text="b'b'.*sent a nack"
        )

    def test_it_falls_on_one_that_forgets_what_was_in_doubt_when_the_connection_was_lost(self) -> None:
        self.lose_second()
        again = self.program(confirms=True)
        again.publish("c")
        again.close()
        self.assert_falls(
            "never-confirmed", "1:in:basic.publish:2", "1:in:end:1", "2:in:basic.publish:1", fails=True, text="b'b'"
        )

    def test_it_falls_on_one_that_forgets_it_when_the_channel_was_closed(self) -> None:
        self.broker.faults.add(when("basic.ack", "out", nth=2), Drop())
        program = self.program(confirms=True)
        program.publish("a")
        program.publish("b")
        program.send("queue.declare", queue="missing", passive=True)
        program.send("channel.close-ok")
        program.open(confirms=True)
        program.publish("c")
        program.close()
        self.assert_falls(
            "never-confirmed", "1:in:basic.publish:2", "1:out:channel.close:1", "1:in:basic.publish:3", fails=True
        )

    def test_it_is_told_of_one_that_stops_and_may_have_reported_it(self) -> None:
        self.lose_second()
        self.assert_falls("never-confirmed", "1:in:basic.publish:2", "1:in:end:1", fails=False)

    def test_it_is_told_of_one_that_may_come_to_it_yet(self) -> None:
        self.lose_second()
        again = self.program(confirms=True)
        again.publish("c")
        self.assertFalse(self.found("never-confirmed")[0].fails)
        self.clock.advance(60)
        self.assertTrue(self.found("never-confirmed")[0].fails)

    def test_it_does_not_fall_on_one_that_publishes_it_again(self) -> None:
        self.lose_second()
        again = self.program(confirms=True)
        again.publish("c")
        again.publish("b")
        again.close()
        self.assert_does_not_fall("never-confirmed")

    def test_it_does_not_fall_where_a_rule_has_dropped_the_confirm(self) -> None:
        self.broker.faults.add(when("basic.ack", "out"), Drop())
        program = self.program(confirms=True)
        for body in ("a", "b"):
            program.publish(body)
        program.close()
        self.assert_does_not_fall("never-confirmed")

    def test_it_does_not_fall_without_confirm_mode(self) -> None:
        self.broker.faults.add(when("basic.publish", nth=2), Reset())
        program = self.program()
        program.publish("a")
        program.publish("b")
        self.program().publish("c")
        self.assert_does_not_fall("never-confirmed")

    def test_it_does_not_fall_on_another_program(self) -> None:
        self.lose_second()
        other = self.program("other", confirms=True)
        other.publish("c")
        other.close()
        self.assertFalse(self.found("never-confirmed")[0].fails)

    def lose_second(self) -> Program:
        """A program that has lost its connection before the second confirm came."""
        self.broker.faults.add(when("basic.ack", "out", nth=2), Reset())
        program = self.program(confirms=True)
        program.publish("a")
        program.publish("b")
        self.assertTrue(program.is_lost)
        return program


class PublishedTwice(JudgedCase):
    def test_it_falls_on_a_publisher_that_begins_anew_on_each_connection(self) -> None:
        self.lose_third()
        again = self.program(confirms=True)
        for body in ("a", "c"):
            again.publish(body)
        again.close()
        self.assert_falls(
            "published-twice",
            *("1:in:basic.publish:1", "1:out:basic.ack:1", "2:in:basic.publish:1"),
            fails=True,
            text="b'a'.*its confirm had come",
        )

    def test_it_falls_on_one_that_sends_the_same_message_id_on_the_same_connection(self) -> None:
        program = self.program(confirms=True)
        program.publish("a", message_id="1")
        self.clock.advance(10)
        program.publish("a", message_id="1")
        self.assert_falls(
            "published-twice", "1:in:basic.publish:1", "1:out:basic.ack:1", "1:in:basic.publish:2", fails=True
        )

    def test_it_is_told_where_the_confirm_may_have_been_on_its_way(self) -> None:
        self.broker.faults.add(when("basic.ack", "out", nth=2), Reset())
        program = self.program(confirms=True)
        program.publish("a", message_id="1")
        program.publish("b", message_id="2")
        again = self.program(confirms=True)
        again.publish("a", message_id="1")
        again.publish("b", message_id="2")
        self.assertEqual([each.fails for each in self.found("published-twice")], [False])

    def test_it_does_not_fall_on_one_that_repeats_what_was_in_doubt(self) -> None:
        self.lose_third()
        again = self.program(confirms=True)
        again.publish("c")
        self.assert_does_not_fall("published-twice")

    def test_it_does_not_fall_on_messages_that_look_alike(self) -> None:
        program = self.program(confirms=True)
        for _ in range(4):
            program.publish("tick")
            self.clock.advance(10)
        self.assert_does_not_fall("published-twice")

    def test_it_does_not_fall_on_two_runs_of_a_program(self) -> None:
        for _ in range(2):
            program = self.program(confirms=True)
            for body in ("a", "b", "c"):
                program.publish(body)
            program.close()
        self.assert_does_not_fall("published-twice")

    def test_it_does_not_fall_on_who_gets_a_message_and_puts_it_back(self) -> None:
        program = self.program(confirms=True)
        program.publish("a", message_id="1")
        self.clock.advance(10)
        program.consume()
        program.publish("a", message_id="1")
        program.ack(1)
        self.assert_does_not_fall("published-twice")

    def lose_third(self) -> None:
        """A program that waits for each confirm, and has lost its connection before the third came."""
        self.broker.faults.add(when("basic.ack", "out", nth=3), Reset())
        program = self.program(confirms=True)
        for body in ("a", "b", "c"):
            program.publish(body)
        self.assertTrue(program.is_lost)


class ReturnIgnored(JudgedCase):
    def test_it_falls_on_who_goes_on_by_the_same_route(self) -> None:
        program = self.program()
        program.publish("a", "missing", mandatory=True)
        program.publish("b", "missing", mandatory=True)
        program.publish("b", "missing")
        found = self.found("return-ignored")
        self.assertEqual(found[0].crossings, ("1:in:basic.publish:1", "1:out:basic.return:1", "1:in:basic.publish:2"))
        self.assertFalse(found[0].fails)

    def test_it_falls_with_a_made_up_return_too(self) -> None:
        self.broker.faults.add(when("basic.publish", mandatory=True), ReturnMessage())
        program = self.program(confirms=True)
        program.publish("a", mandatory=True)
        program.publish("b")
        self.assertEqual(len(self.found("return-ignored")), 1)

    def test_it_does_not_fall_on_who_declares_the_queue(self) -> None:
        program = self.program()
        program.publish("a", "missing", mandatory=True)
        program.declare("missing")
        program.publish("b", "missing", mandatory=True)
        self.assert_does_not_fall("return-ignored")

    def test_it_does_not_fall_on_who_publishes_it_again(self) -> None:
        program = self.program()
        program.publish("a", "missing", mandatory=True)
        program.publish("a", "jobs", mandatory=True)
        program.publish("b", "missing", mandatory=False)
        self.assert_does_not_fall("return-ignored")

    def test_it_does_not_fall_on_who_goes_on_by_other_routes(self) -> None:
        program = self.program()
        program.publish("a", "missing", mandatory=True)
        program.publish("b", "jobs", mandatory=True)
        self.assert_does_not_fall("return-ignored")

    def test_it_does_not_fall_where_the_return_was_dropped(self) -> None:
        self.broker.faults.add(when("basic.return"), Drop())
        program = self.program()
        program.publish("a", "missing", mandatory=True)
        program.publish("b", "missing")
        self.assert_does_not_fall("return-ignored")


class PublishedWhileBlocked(JudgedCase):
    def setUp(self) -> None:
        super().setUp()
        # The broker itself reads nothing more from who is blocked. So here is one that has said it and reads on.
        self.broker.faults.add(when("queue.declare-ok"), Say("connection.blocked", channel=0, reason="low on memory"))

    def test_it_falls_on_who_publishes_although_it_was_told(self) -> None:
        program = self.program()
        self.clock.advance(1)
        program.publish("a")
        program.publish("b")
        self.assert_falls("published-while-blocked", "1:in:basic.publish:1", fails=False, text="^2 messages.*b'a'")

    def test_it_falls_where_it_is_made_to_fail(self) -> None:
        program = self.program()
        self.clock.advance(1)
        program.publish("a")
        with self.assertRaisesRegex(AssertionError, "published-while-blocked: connection 1"):
            self.broker.ledger.assert_clean(published_while_blocked="fail")

    def test_it_does_not_fall_on_what_was_on_its_way(self) -> None:
        self.program().publish("a")
        self.assert_does_not_fall("published-while-blocked")

    def test_it_does_not_fall_when_it_is_over(self) -> None:
        self.broker.faults.add(when("basic.qos-ok"), Say("connection.unblocked", channel=0))
        program = self.program()
        self.clock.advance(1)
        program.send("basic.qos", prefetch_count=1)
        program.publish("a")
        self.assert_does_not_fall("published-while-blocked")


class PublishedWhileReallyBlocked(JudgedCase):
    """The broker reads nothing of who is blocked: what was sent meanwhile comes when that is over."""

    def test_it_falls_on_who_goes_on_in_an_alarm(self) -> None:
        program = self.program()
        program.publish("before")
        self.clock.advance(1)
        self.broker.set_alarm()
        program.publish("a")
        self.clock.advance(1)
        program.publish("b")
        program.publish("c")
        self.assertEqual(self.found("published-while-blocked"), [])
        self.broker.clear_alarm()
        self.clock.advance(0)
        self.assert_falls(
            "published-while-blocked",
            *("1:out:connection.blocked:1", "1:in:basic.publish:3"),
            fails=False,
            text="^2 messages.*b'b'",
        )

    def test_it_does_not_fall_on_who_waits_until_the_alarm_is_over(self) -> None:
        program = self.program()
        program.publish("before")
        self.clock.advance(1)
        self.broker.set_alarm()
        program.publish("a")
        self.clock.advance(1)
        self.broker.clear_alarm()
        self.clock.advance(0)
        self.assertEqual(len(program.came("connection.unblocked")), 1)
        program.publish("b")
        program.publish("c")
        self.assert_does_not_fall("published-while-blocked")

    def test_it_does_not_fall_on_what_was_sent_with_the_first(self) -> None:
        program = self.program()
        self.broker.set_alarm()
        octets = b"".join(program.raw.octets_of("basic.publish", 1, body, routing_key="jobs") for body in (b"a", b"b"))
        program.raw.send_octets(octets)
        self.clock.advance(1)
        self.broker.clear_alarm()
        self.clock.advance(0)
        self.broker.journal.assert_published(2)
        self.assert_does_not_fall("published-while-blocked")
