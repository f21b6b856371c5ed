"""Verdicts on how deliveries are settled."""

from __future__ import annotations

from fakebroker.faults import Drop, Duplicate, Garbage, Redeliver, Say, when
from tests.ledger.verdicts.judged import JudgedCase, Program


class Consuming(JudgedCase):
    def consumer(self, *bodies: str, no_ack: bool = False) -> Program:
        """A consumer that has got these messages."""
        program = self.program(prefetch=10).consume(no_ack=no_ack)
        for body in bodies:
            self.broker.publish(body, "jobs")
        self.clock.advance(0)
        self.assertEqual(len(program.came("basic.deliver")), len(bodies))
        return program


class NeverSettled(Consuming):
    def test_it_falls_on_who_settles_later_ones_and_leaves_one_out(self) -> None:
        program = self.consumer("a", "b", "c")
        program.ack(1)
        program.ack(3)
        program.close()
        self.assert_falls("never-settled", "1:out:basic.deliver:2", fails=False, text="1 of 3 .*b'b'.*tag 2")

    def test_it_falls_on_who_settles_nothing(self) -> None:
        self.consumer("a", "b")
        self.assertEqual(self.found("never-settled"), [])
        self.clock.advance(60)
        self.assert_falls("never-settled", "1:out:basic.deliver:1", fails=False, text="2 of 2")

    def test_it_falls_when_the_time_for_an_ack_has_run_out(self) -> None:
        self.broker.tuning.consumer_timeout = 100
        program = self.consumer("a")
        self.clock.advance(300)
        self.assertEqual(len(program.came("channel.close")), 1)
        self.assert_falls("never-settled", "1:out:basic.deliver:1", fails=False)

    def test_it_does_not_fall_on_who_needs_no_acks(self) -> None:
        self.consumer("a", no_ack=True).close()
        self.assert_does_not_fall("never-settled")

    def test_it_does_not_fall_on_what_was_fetched_ahead_when_the_client_closed(self) -> None:
        program = self.consumer("a", "b", "c")
        program.ack(1)
        program.close()
        self.assert_does_not_fall("never-settled")

    def test_it_does_not_fall_on_who_was_cut_off_at_its_work(self) -> None:
        program = self.consumer("a", "b")
        program.ack(2)
        self.broker.restart()
        self.assert_does_not_fall("never-settled")

    def test_it_does_not_fall_where_a_rule_has_dropped_the_ack(self) -> None:
        self.broker.faults.add(when("basic.ack", "in", nth=1), Drop())
        program = self.consumer("a", "b")
        program.ack(1)
        program.ack(2)
        program.close()
        self.assert_does_not_fall("never-settled")


class SettledTwice(Consuming):
    def test_it_falls_on_two_acks(self) -> None:
        program = self.consumer("a")
        program.ack(1)
        program.ack(1)
        self.assert_falls(
            "settled-twice",
            *("1:out:basic.deliver:1", "1:in:basic.ack:1", "1:in:basic.ack:2"),
            fails=True,
            text="basic.ack 1 on channel 1",
        )

    def test_it_falls_on_a_reject_of_what_an_ack_for_several_has_settled(self) -> None:
        program = self.consumer("a", "b")
        program.ack(2, multiple=True)
        program.reject(1)
        self.assert_falls(
            "settled-twice",
            *("1:out:basic.deliver:1", "1:in:basic.ack:1", "1:in:basic.reject:1"),
            fails=True,
            text="basic.reject 1",
        )

    def test_it_falls_on_who_acks_what_needs_no_ack(self) -> None:
        program = self.consumer("a", no_ack=True)
        program.ack(1)
        self.assert_falls("settled-twice", "1:out:basic.deliver:1", "1:in:basic.ack:1", fails=True, text="no_ack")

    def test_it_does_not_fall_where_a_rule_has_delivered_it_twice(self) -> None:
        self.broker.faults.add(when("basic.deliver"), Duplicate())
        program = self.program().consume()
        self.broker.publish("a", "jobs")
        self.clock.advance(0)
        program.ack(1)
        program.ack(1)
        self.assert_does_not_fall("settled-twice")

    def test_it_does_not_fall_where_a_rule_has_doubled_the_ack(self) -> None:
        self.broker.faults.add(when("basic.ack", "in"), Duplicate())
        program = self.consumer("a")
        program.ack(1)
        self.assertEqual(len(program.came("channel.close")), 1)
        self.assert_does_not_fall("settled-twice")

    def test_it_does_not_fall_on_a_redelivery_that_is_settled_once(self) -> None:
        self.broker.faults.add(when("basic.deliver"), Redeliver())
        program = self.program().consume()
        self.broker.publish("a", "jobs")
        self.clock.advance(0)
        self.assertEqual(len(program.came("basic.deliver")), 2)
        program.ack(1)
        program.ack(2)
        self.assert_does_not_fall("settled-twice")

    def test_it_does_not_fall_on_who_does_not_know_yet_that_the_channel_is_closed(self) -> None:
        program = self.consumer("a", "b")
        program.send("queue.declare", queue="missing", passive=True)
        program.ack(1)
        program.ack(2)
        self.assert_does_not_fall("settled-twice")

    def test_it_does_not_fall_on_who_was_sent_garbage(self) -> None:
        self.broker.faults.add(when("basic.deliver"), Garbage(b"JUNK"))
        program = self.program().consume()
        for body in ("a", "b"):
            self.broker.publish(body, "jobs")
        self.clock.advance(0)
        program.ack(2)
        program.ack(2)
        self.assert_does_not_fall("settled-twice")


class SettledElsewhere(Consuming):
    def test_it_falls_on_an_ack_on_another_channel(self) -> None:
        program = self.consumer("a")
        program.open(2)
        program.ack(1, channel=2)
        self.assert_falls(
            "settled-elsewhere", "1:out:basic.deliver:1", "1:in:basic.ack:1", fails=True, text="another channel .1"
        )

    def test_it_falls_on_an_ack_after_the_channel_was_closed_and_opened_again(self) -> None:
        program = self.consumer("a")
        program.close_channel()
        program.open()
        program.ack(1)
        self.assert_falls(
            "settled-elsewhere", "1:out:basic.deliver:1", "1:in:basic.ack:1", fails=True, text="has ended since"
        )

    def test_it_falls_on_an_ack_on_the_next_connection(self) -> None:
        self.consumer("a")
        self.broker.restart()
        self.program().ack(1)
        self.assert_falls(
            "settled-elsewhere", "1:out:basic.deliver:1", "2:in:basic.ack:1", fails=True, text="connection 1"
        )

    def test_it_falls_on_an_ack_behind_the_close_of_its_channel(self) -> None:
        program = self.consumer("a")
        program.close_channel()
        program.ack(1)
        self.assert_falls(
            "settled-elsewhere", "1:out:basic.deliver:1", "1:in:basic.ack:1", fails=True, text="the channel is closed"
        )

    def test_it_fails_behind_the_brokers_close_when_the_client_has_known_of_it_for_long(self) -> None:
        for pause, fails in ((0, False), (5, True)):
            with self.subTest(pause=pause):
                self.setUp()
                program = self.consumer("a")
                program.send("queue.declare", queue="missing", passive=True)
                program.send("channel.close-ok")
                self.clock.advance(pause)
                program.ack(1)
                self.assertEqual([each.fails for each in self.found("settled-elsewhere")], [fails])

    def test_it_falls_on_a_tag_that_was_never_given(self) -> None:
        self.consumer("a").ack(7)
        self.assert_falls("settled-elsewhere", "1:in:basic.ack:1", fails=True, text="no delivery")

    def test_it_does_not_fall_where_a_rule_has_made_up_the_close(self) -> None:
        program = self.consumer("a")
        self.broker.faults.add(when("basic.qos-ok"), Say("channel.close", reply_code=406))
        program.send("basic.qos", prefetch_count=1)
        program.send("channel.close-ok")
        self.clock.advance(5)
        program.ack(1)
        self.assert_does_not_fall("settled-elsewhere")

    def test_it_does_not_name_the_connection_of_another_program(self) -> None:
        self.consumer("a")
        self.connect("other").open().ack(1)
        self.assert_falls("settled-elsewhere", "2:in:basic.ack:1", fails=True, text="no delivery")

    def test_it_does_not_fall_on_channels_with_the_same_tags(self) -> None:
        program = self.consumer("a")
        program.open(2).declare("more", 2).consume("more", "too", 2)
        self.broker.publish("b", "more")
        self.clock.advance(0)
        program.ack(1, channel=2)
        program.ack(1, channel=1)
        self.assert_does_not_fall("settled-elsewhere")

    def test_it_does_not_fall_on_who_is_still_to_hear_of_the_close(self) -> None:
        program = self.consumer("a")
        program.send("queue.declare", queue="missing", passive=True)
        program.ack(1)
        program.send("channel.close-ok")
        self.assert_does_not_fall("settled-elsewhere")


class HandledTwice(Consuming):
    def test_it_is_told_of_one_that_acks_a_redelivery_too(self) -> None:
        self.broker.faults.add(when("basic.deliver"), Redeliver())
        program = self.program().consume()
        self.broker.publish("a", "jobs")
        self.clock.advance(0)
        program.ack(1)
        program.ack(2)
        self.assert_falls("handled-twice", "1:in:basic.ack:1", "1:in:basic.ack:2", fails=False, text="acked 2 times")

    def test_it_fails_where_both_were_replied_to_and_that_is_wanted(self) -> None:
        asker, worker = self.program("asker"), self.connect().open()
        asker.declare("replies")
        asker.publish("question", reply_to="replies", correlation_id="1")
        worker.consume()
        worker.publish("answer", "replies", correlation_id="1")
        worker.raw.abort()
        worker = self.connect().open().consume()
        worker.publish("answer", "replies", correlation_id="1")
        worker.ack(1)
        self.assertEqual([each.fails for each in self.found("handled-twice", handled_twice="fail")], [True])

    def test_it_does_not_fall_on_a_redelivery_that_is_acked_once(self) -> None:
        first = self.consumer("a")
        first.raw.abort()
        again = self.connect().open().consume()
        again.ack(1)
        self.assert_does_not_fall("handled-twice")


class AckedBeforeEffect(Consuming):
    def ask(self, *bodies: str) -> None:
        asker = self.program("asker").declare("replies")
        for number, body in enumerate(bodies, 1):
            asker.publish(body, reply_to="replies", correlation_id=f"c{number}", message_id=f"m{number}")

    def test_it_falls_on_a_reply_behind_the_ack(self) -> None:
        self.ask("question")
        worker = self.connect().open().consume()
        worker.ack(1)
        worker.publish("answer", "replies", correlation_id="c1")
        self.assert_falls(
            "acked-before-effect",
            *("2:out:basic.deliver:1", "2:in:basic.ack:1", "2:in:basic.publish:1"),
            fails=True,
            text="b'question'.*was acked before the reply",
        )

    def test_it_falls_on_a_message_that_is_passed_on_behind_the_ack(self) -> None:
        self.ask("question")
        worker = self.connect().open().declare("more").consume()
        worker.ack(1)
        worker.publish("question", "more", message_id="m1")
        self.assert_falls(
            "acked-before-effect",
            *("2:out:basic.deliver:1", "2:in:basic.ack:1", "2:in:basic.publish:1"),
            fails=True,
            text="passed on",
        )

    def test_it_is_told_where_bodies_alone_show_it(self) -> None:
        self.ask("job 1", "job 2")
        worker = self.connect().open().declare("done").consume()
        for number in (1, 2):
            worker.ack(number)
            worker.publish(f"done: job {number}", "done")
        self.assertEqual([each.fails for each in self.found("acked-before-effect")], [False, False])

    def test_it_does_not_fall_on_an_ack_behind_the_reply(self) -> None:
        self.ask("question", "and another")
        worker = self.connect().open().consume()
        for number in (1, 2):
            worker.publish("answer", "replies", correlation_id=f"c{number}")
            worker.ack(number)
        self.assert_does_not_fall("acked-before-effect")

    def test_it_does_not_fall_on_a_reply_that_comes_once_more(self) -> None:
        self.ask("question")
        worker = self.connect().open().consume()
        worker.publish("answer", "replies", correlation_id="c1")
        worker.ack(1)
        worker.publish("answer", "replies", correlation_id="c1")
        self.assert_does_not_fall("acked-before-effect")

    def test_it_does_not_fall_on_who_gets_its_own_message_before_it_knows(self) -> None:
        program = self.program(confirms=True).consume()
        program.publish("own", message_id="m1")
        program.ack(1)
        program.publish("own", message_id="m1")
        self.assert_does_not_fall("acked-before-effect")

    def test_it_falls_on_who_passes_its_own_message_on_by_another_route(self) -> None:
        program = self.program().consume()
        program.publish("own", message_id="m1")
        program.ack(1)
        program.publish("own", "done", message_id="m1")
        self.assert_falls(
            "acked-before-effect",
            *("1:out:basic.deliver:1", "1:in:basic.ack:1", "1:in:basic.publish:2"),
            fails=True,
            text="passed on",
        )

    def test_it_does_not_fall_on_a_transaction(self) -> None:
        self.ask("question")
        worker = self.connect().open()
        worker.send("tx.select")
        worker.consume()
        worker.ack(1)
        worker.publish("answer", "replies", correlation_id="c1")
        worker.send("tx.commit")
        self.assert_does_not_fall("acked-before-effect")
