"""Verdicts on who is cancelled or cut off, and on who uses the broker badly."""

from __future__ import annotations

from fakebroker.faults import CancelConsumer, Garbage, Reset, Tune, when
from tests.ledger.verdicts.judged import JudgedCase, Program


class ConsumerNotRenewed(JudgedCase):
    def test_it_falls_on_who_waits_on_when_its_consumer_was_cancelled(self) -> None:
        self.broker.faults.add(when("basic.deliver"), CancelConsumer())
        self.program().consume()
        self.broker.publish("a", "jobs")
        self.clock.advance(30)
        self.assert_falls(
            "consumer-not-renewed",
            *("1:in:basic.consume:1",),
            fails=True,
            text="cancelled the consumer 'me' of 'jobs'. The client went on for 30 seconds",
        )

    def test_it_falls_when_the_queue_was_deleted_by_an_operator(self) -> None:
        self.program().consume()
        self.broker.delete_queue("jobs")
        self.clock.advance(30)
        self.assert_falls("consumer-not-renewed", "1:in:basic.consume:1", "1:out:basic.cancel:1", fails=True)

    def test_it_is_told_when_a_client_has_deleted_the_queue(self) -> None:
        self.program().consume()
        self.connect("other").open().send("queue.delete", queue="jobs")
        self.clock.advance(30)
        self.assert_falls("consumer-not-renewed", "1:in:basic.consume:1", "1:out:basic.cancel:1", fails=False)

    def test_it_does_not_fall_on_who_subscribes_again(self) -> None:
        program = self.program().consume()
        self.broker.delete_queue("jobs")
        self.clock.advance(20)
        program.declare().consume(tag="me again")
        self.clock.advance(30)
        self.assert_does_not_fall("consumer-not-renewed")

    def test_it_does_not_fall_on_who_gives_up(self) -> None:
        program = self.program().consume()
        self.broker.delete_queue("jobs")
        self.clock.advance(1)
        program.close()
        self.clock.advance(30)
        self.assert_does_not_fall("consumer-not-renewed")

    def test_it_does_not_fall_on_who_has_cancelled_it_itself(self) -> None:
        program = self.program().consume()
        program.send("basic.cancel", consumer_tag="me")
        self.clock.advance(30)
        self.assert_does_not_fall("consumer-not-renewed")

    def test_it_does_not_fall_on_who_was_not_told(self) -> None:
        program = self.connect(consumer_cancel_notify=False).open().declare().consume()
        self.broker.delete_queue("jobs")
        self.clock.advance(30)
        self.assertEqual(program.came("basic.cancel"), [])
        self.assert_does_not_fall("consumer-not-renewed")


class TopologyForgotten(JudgedCase):
    def test_it_falls_on_who_publishes_again_and_forgets_its_consumer(self) -> None:
        program = self.connect().open(prefetch=5).declare("jobs", durable=True).consume()
        program.publish("a", "log")
        self.broker.restart()
        again = self.connect().open()
        again.publish("b", "log")
        self.clock.advance(30)
        found = self.found("topology-forgotten")
        self.assertEqual([(each.fails, each.connection) for each in found], [(True, 2)])
        self.assertEqual((found[0].crossings[0], found[0].crossings[-1]), ("1:in:basic.consume:1", "2:in:connect:1"))

    def test_it_falls_on_who_forgets_one_of_two_consumers(self) -> None:
        self.two_queues()
        self.broker.restart()
        self.connect().open(prefetch=5).consume("one", "1")
        self.clock.advance(30)
        self.assertEqual([each.fails for each in self.found("topology-forgotten")], [True])
        self.assertRegex(self.found("topology-forgotten")[0].text, "did not consume from that queue")

    def test_it_falls_on_who_forgets_its_prefetch(self) -> None:
        self.connect().open(prefetch=5).declare("jobs", durable=True).consume()
        self.broker.restart()
        self.connect().open().consume()
        self.assert_falls(
            "topology-forgotten",
            *("1:in:basic.consume:1", "2:in:basic.consume:1"),
            fails=True,
            text="prefetch of 5 on connection 1",
        )

    def test_it_falls_on_who_forgets_confirm_mode(self) -> None:
        self.connect().open(confirms=True).publish("a")
        self.broker.restart()
        self.connect().open().publish("b")
        self.assert_falls(
            "topology-forgotten",
            *("1:in:basic.publish:1", "2:in:channel.open:1", "2:in:basic.publish:1"),
            fails=True,
            text="with confirms",
        )

    def test_it_does_not_fall_on_who_sets_up_everything(self) -> None:
        self.two_queues()
        self.broker.restart()
        self.two_queues()
        self.clock.advance(30)
        self.assert_does_not_fall("topology-forgotten")

    def test_it_does_not_fall_on_who_needs_no_acks_and_so_no_prefetch(self) -> None:
        self.connect().open(prefetch=5).declare("jobs", durable=True).consume(no_ack=True)
        self.broker.restart()
        self.connect().open().consume(no_ack=True)
        self.clock.advance(30)
        self.assert_does_not_fall("topology-forgotten")

    def test_it_does_not_fall_on_who_was_sent_garbage(self) -> None:
        program = self.connect().open(prefetch=5, confirms=True).declare("jobs", durable=True).consume()
        program.publish("a")
        self.broker.faults.add(when("channel.open-ok", connection=2), Garbage(b"JUNK"))
        self.broker.restart()
        again = self.connect().open().consume()
        again.publish("b")
        self.clock.advance(30)
        self.assert_does_not_fall("topology-forgotten")

    def test_it_does_not_fall_on_who_has_time_to_set_it_up_yet(self) -> None:
        self.two_queues()
        self.broker.restart()
        self.connect().open(prefetch=5).consume("one", "1")
        self.clock.advance(20)
        self.assert_does_not_fall("topology-forgotten")

    def test_it_does_not_fall_on_another_program_that_publishes(self) -> None:
        self.connect().open(prefetch=5).declare("jobs", durable=True).consume()
        self.broker.restart()
        self.connect("other").open().publish("a")
        self.clock.advance(30)
        self.assert_does_not_fall("topology-forgotten")

    def test_it_does_not_fall_on_who_closed_and_came_again(self) -> None:
        program = self.connect().open(prefetch=5, confirms=True).declare("jobs", durable=True).consume()
        program.publish("a")
        program.close()
        self.connect().open().publish("b")
        self.clock.advance(30)
        self.assert_does_not_fall("topology-forgotten")

    def two_queues(self) -> Program:
        program = self.connect().open(prefetch=5).declare("one", durable=True).declare("two", durable=True)
        return program.consume("one", "1").consume("two", "2")


class RequeueLoop(JudgedCase):
    def reject(self, program: Program, times: int, pause: float = 0) -> None:
        for tag in range(1, times + 1):
            program.reject(tag)
            self.clock.advance(pause)

    def test_it_falls_on_who_rejects_for_ever(self) -> None:
        program = self.program(prefetch=1).consume()
        self.broker.publish("poison", "jobs")
        self.clock.advance(0)
        self.reject(program, 11)
        self.assert_falls(
            "requeue-loop", "1:in:basic.reject:1", "1:in:basic.reject:11", fails=True, text="b'poison'.*11 times"
        )

    def test_it_falls_where_two_consumers_pass_it_to_each_other(self) -> None:
        self.broker.import_definitions(
            {"queues": [{"name": "jobs", "vhost": "/", "durable": True, "auto_delete": False, "arguments": {}}]}
        )
        programs = [self.connect(name).open(prefetch=1).consume() for name in ("one", "two")]
        self.broker.publish("poison", "jobs")
        self.clock.advance(0)
        for turn in range(12):
            programs[turn % 2].reject(turn // 2 + 1)
        self.assertEqual([each.fails for each in self.found("requeue-loop")], [True])

    def test_it_is_told_of_one_that_pauses(self) -> None:
        program = self.program(prefetch=1).consume()
        self.broker.publish("poison", "jobs")
        self.clock.advance(0)
        self.reject(program, 11, pause=5)
        self.assertEqual([each.fails for each in self.found("requeue-loop")], [False])

    def test_it_does_not_fall_on_who_gives_up_in_time(self) -> None:
        program = self.program(prefetch=1).consume()
        self.broker.publish("poison", "jobs")
        self.clock.advance(0)
        self.reject(program, 10)
        program.reject(11, requeue=False)
        self.assert_does_not_fall("requeue-loop")

    def test_it_does_not_fall_on_many_messages_requeued_once_each(self) -> None:
        program = self.program(prefetch=1).consume()
        for _ in range(12):
            self.broker.publish("a", "jobs")
            self.clock.advance(0)
            program.reject(len(program.came("basic.deliver")))
            program.ack(len(program.came("basic.deliver")))
        self.assert_does_not_fall("requeue-loop")


class Habits(JudgedCase):
    def test_polling_falls_on_who_asks_an_empty_queue_again_and_again(self) -> None:
        program = self.program()
        for _ in range(11):
            program.send("basic.get", queue="jobs")
        self.assert_falls("polling", "1:in:basic.get:1", "1:in:basic.get:11", fails=False, text="'jobs' 11 times")

    def test_polling_does_not_fall_on_who_finds_something(self) -> None:
        program = self.program()
        for number in range(1, 13):
            self.broker.publish("a", "jobs")
            program.send("basic.get", queue="jobs")
            program.ack(number)
        self.assert_does_not_fall("polling")

    def test_a_connection_for_each_message_is_told(self) -> None:
        for _ in range(6):
            program = self.program()
            program.publish("a")
            program.close()
        (verdict,) = self.found("connection-per-message")
        self.assertEqual((len(verdict.crossings), verdict.fails), (6, False))

    def test_connections_of_several_programs_are_those_of_each(self) -> None:
        for _ in range(4):
            for name in ("one", "two"):
                program = self.connect(name).open().declare()
                program.publish("a")
                program.close()
        self.assert_does_not_fall("connection-per-message")

    def test_few_connections_with_few_messages_are_right(self) -> None:
        for _ in range(5):
            program = self.program()
            program.publish("a")
            program.close()
        self.assert_does_not_fall("connection-per-message")

    def test_so_are_connections_that_were_lost(self) -> None:
        self.broker.faults.add(when("basic.publish"), Reset(), times=None)
        for _ in range(7):
            self.program().publish("a")
        self.assert_does_not_fall("connection-per-message")

    def test_a_channel_for_each_message_is_told(self) -> None:
        program = self.connect()
        for _ in range(6):
            program.open()
            program.publish("a")
            program.close_channel()
        (verdict,) = self.found("channel-per-message")
        self.assertEqual((verdict.crossings[0], len(verdict.crossings)), ("1:in:channel.open:1", 6))

    def test_a_channel_for_several_messages_is_right(self) -> None:
        program = self.connect()
        for _ in range(7):
            program.open()
            program.publish("a")
            program.publish("b")
            program.close_channel()
        self.assert_does_not_fall("channel-per-message")

    def test_no_heartbeats_are_told(self) -> None:
        self.connect(heartbeat=0)
        self.assert_falls("no-heartbeat", "1:out:connection.open-ok:1", fails=False, text="offered 60 seconds")

    def test_any_heartbeats_are_right(self) -> None:
        self.connect(heartbeat=600)
        self.assert_does_not_fall("no-heartbeat")

    def test_none_are_right_where_none_were_offered(self) -> None:
        self.broker.faults.add(when("tune"), Tune(heartbeat=0))
        self.connect(heartbeat=0)
        self.assert_does_not_fall("no-heartbeat")

    def test_no_prefetch_is_told_of_who_acks(self) -> None:
        program = self.program().consume()
        self.broker.publish("a", "jobs")
        self.clock.advance(0)
        program.ack(1)
        self.assert_falls("no-prefetch", "1:in:basic.consume:1", fails=False, text="'me' of 'jobs'")

    def test_a_prefetch_of_the_consumer_or_of_the_channel_is_right(self) -> None:
        for whole in (False, True):
            program = self.program()
            program.send("basic.qos", prefetch_count=3, global_=whole)
            program.consume(tag=f"whole {whole}")
            self.broker.publish("a", "jobs")
            self.clock.advance(0)
            program.ack(1)
            program.send("basic.cancel", consumer_tag=f"whole {whole}")
        self.assert_does_not_fall("no-prefetch")

    def test_so_is_none_where_there_are_no_acks(self) -> None:
        self.program().consume(no_ack=True)
        self.broker.publish("a", "jobs")
        self.clock.advance(0)
        self.assert_does_not_fall("no-prefetch")
