"""Asking the journal, and what it says when it does not have what was expected."""

from __future__ import annotations

from fakebroker.faults import Drop, like, when
from fakebroker.journal import Journal
from fakebroker.journal.query import NEAR_MISSES
from fakebroker.server.waiting_journal import NotSeen
from fakebroker.wire.command import Command, Content
from fakebroker.wire.spec import load
from tests.faults.scene import Scene


class Asking(Scene):
    def setUp(self) -> None:
        super().setUp()
        self.one = self.consuming()
        self.publish(self.one, "first")
        self.publish(self.one, "second", "other")
        self.journal = self.broker.journal

    def test_what_was_published(self) -> None:
        self.assertEqual([b"first", b"second"], [entry.body for entry in self.journal.published()])
        self.assertEqual([b"second"], [entry.body for entry in self.journal.published(routing_key="other")])
        self.assertEqual(1, len(self.journal.published(routing_key=like("o*"))))
        self.assertEqual(1, len(self.journal.published(body=lambda body: "sec" in body)))
        self.assertEqual(1, len(self.journal.published(body=b"first", connection=1, channel=1)))

    def test_what_was_delivered(self) -> None:
        [delivered] = self.journal.delivered()
        self.assertEqual(("c", b"first", 1), (delivered.args.consumer_tag, delivered.body, delivered.channel))

    def test_what_a_client_did(self) -> None:
        self.assertEqual(["basic.publish", "basic.publish"], self.journal.methods("in")[-2:])
        self.assertEqual("connection.start", self.journal.methods("out", connection=1)[0])

    def test_entries_say_when_and_where(self) -> None:
        self.clock.advance(2.5)
        self.publish(self.one)
        last = self.journal.published()[-1]
        self.assertEqual((2.5, 1, "in", 1), (last.time, last.connection, last.direction, last.channel))

    def test_entries_less_than_a_tenth_of_a_millisecond_apart_share_a_time(self) -> None:
        before = self.journal.published()[-1].time
        for delay in (0.00006, 0.00003, 0.00002):
            self.clock.advance(delay)
            self.publish(self.one)
        times = [entry.time - before for entry in self.journal.published()[-3:]]
        self.assertEqual([0, 0], times[:2])
        self.assertAlmostEqual(0.00011, times[2])


class Asserting(Asking):
    def complaint(self, assertion: str, *args: object, **predicates: object) -> str:
        with self.assertRaises(AssertionError) as caught:
            getattr(self.journal, assertion)(*args, **predicates)
        return str(caught.exception)

    def test_what_holds_is_returned(self) -> None:
        self.assertEqual(b"second", self.journal.assert_published(routing_key="other")[0].body)
        self.journal.assert_published(2)
        self.journal.assert_delivered(0, body="second")
        self.journal.assert_command("queue.declare", "in", 1, queue="q")

    def test_near_misses_come_with_what_differs_nearest_first(self) -> None:
        text = self.complaint("assert_published", routing_key="other", body="first", mandatory=False)
        self.assertIn("expected at least one basic.publish from a client with routing_key='other', body='first'", text)
        self.assertIn("routing_key is 'q'", text)
        self.assertIn("body is 'second'", text)
        self.assertNotIn("mandatory is", text)

    def test_of_many_near_misses_the_rest_is_counted(self) -> None:
        for number in range(NEAR_MISSES):
            self.publish(self.one, str(number), key="other")
        text = self.complaint("assert_published", routing_key="missing")
        self.assertEqual(NEAR_MISSES, text.count("routing_key is "))
        self.assertTrue(text.endswith("\n  and 2 more"), text)

    def test_what_is_no_command_or_carries_nothing_says_so(self) -> None:
        opened, *_ = self.broker.journal
        with self.assertRaisesRegex(AttributeError, "Opened is no command"):
            _ = opened.args
        ok = self.broker.journal.find("connection.open-ok")[0]
        with self.assertRaisesRegex(AttributeError, r"connection\.open-ok carries no content"):
            _ = ok.properties

    def test_when_there_is_no_such_command_at_all_it_says_which_there_are(self) -> None:
        text = self.complaint("assert_command", "basic.nack")
        self.assertIn("no such command passed; these did:", text)
        self.assertIn("  basic.publish", text)

    def test_too_many_are_shown(self) -> None:
        text = self.complaint("assert_published", 1)
        self.assertIn("expected 1 basic.publish from a client, found 2", text)
        self.assertIn("'first'", text)

    def test_where_a_list_of_methods_first_differs(self) -> None:
        expected = ["connection.start", "connection.tune", "connection.open-ok", "channel.open-ok", "queue.delete-ok"]
        text = self.complaint("assert_methods", expected, "out")
        self.assertIn("they first differ at 5:", text)
        self.assertIn("    channel.open-ok\n  - queue.delete-ok\n  + queue.declare-ok", text)

    def test_a_list_of_methods_that_passed_just_so_is_right(self) -> None:
        passed = self.journal.methods("in", connection=1)
        self.assertGreater(len(passed), 3)
        self.journal.assert_methods(passed, "in", connection=1)


class Watching(Scene):
    def test_it_ends_when_it_is_told_to_and_may_be_told_twice(self) -> None:
        seen: list[str] = []
        end = self.broker.journal.watch(lambda entry: seen.append(entry.name))
        client = self.client()
        self.assertIn("queue.declare-ok", seen)
        seen.clear()
        end()
        end()
        self.publish(client)
        self.assertEqual([], seen)

    def test_an_error_is_told_once_even_where_the_watcher_has_ended_it_itself(self) -> None:
        def fail(entry: object) -> None:
            end()
            raise ZeroDivisionError

        end = self.broker.journal.watch(fail)
        self.assertTrue(self.is_well(self.client()))
        self.assertEqual(1, len(self.flushLoggedErrors(ZeroDivisionError)))


class Waiting(Scene):
    def test_for_something_that_comes(self) -> None:
        client = self.client()
        waiting = self.broker.journal.wait_for("basic.publish", count=2, routing_key="q")
        self.publish(client, "a")
        self.publish(client, "b", "elsewhere")
        self.assertNoResult(waiting)
        self.publish(client, "c")
        self.assertEqual([b"a", b"c"], [entry.body for entry in self.successResultOf(waiting)])

    def test_for_something_that_has_been(self) -> None:
        client = self.client()
        self.publish(client)
        waiting = self.broker.journal.wait_for("basic.publish")
        self.clock.settle()
        self.assertEqual(1, len(self.successResultOf(waiting)))

    def test_for_something_that_does_not_come(self) -> None:
        client = self.client()
        waiting = self.broker.journal.wait_for("basic.publish", "in", timeout=5, routing_key="other")
        self.publish(client)
        self.clock.advance(5)
        text = str(self.failureResultOf(waiting, NotSeen).value)
        self.assertIn("waited 5 s for 1 basic.publish from a client with routing_key='other', saw none", text)
        self.assertIn("routing_key is 'q'", text)

    def test_who_no_longer_waits_leaves_nothing_behind(self) -> None:
        waiting = self.broker.journal.wait_for("basic.publish")
        waiting.cancel()
        self.failureResultOf(waiting)
        self.assertEqual([], self.clock.getDelayedCalls())


class Keeping(Scene):
    def entry(self, body: bytes = b"") -> Command:
        return load("0-9-1").command(1, "basic.publish", Content.make({}, body))

    def test_so_many_entries(self) -> None:
        journal = Journal(self.clock, max_entries=10)
        for _ in range(25):
            journal.add(1, "in", self.entry())
        self.assertEqual((10, 15), (len(journal), journal.forgotten))
        self.assertIn("(15 earlier entries are no longer kept)", journal.transcript())

    def test_so_many_octets(self) -> None:
        journal = Journal(self.clock, max_octets=100_000)
        for _ in range(25):
            journal.octets += 9_500
            journal.add(1, "in", self.entry(b"x" * 9_500))
        self.assertEqual(9, len(journal))

    def test_the_last_entry_however_long(self) -> None:
        journal = Journal(self.clock, max_octets=1000)
        for number in range(3):
            journal.octets += 5000
            journal.add(1, "in", self.entry(b"%d" % number * 5000))
        self.assertEqual([b"2" * 5000], [entry.body for entry in journal])

    def test_so_many_octets_of_what_passes(self) -> None:
        client = self.client()
        self.broker.journal.limit(max_octets=100_000)
        for _ in range(25):
            self.publish(client, "x" * 9_500)
        self.assertLess(len(self.broker.journal), 15)

    def test_rules_that_acted_and_what_they_took(self) -> None:
        client = self.client()
        self.add(when("queue.declare-ok"), Drop())
        client.send("queue.declare", 1, queue="x")
        transcript = self.broker.journal.transcript()
        self.assertIn("rule 1: Drop()  on queue.declare-ok queue='x'", transcript)
        self.assertNotIn("<--    1  queue.declare-ok        queue='x'", transcript)

    def test_malformed_bytes(self) -> None:
        client = self.client()
        client.send_octets(b"\x01\x00\x01\x00\x00\x00\x01\x00\x00")
        self.assertIn("malformed: FRAME_ERROR", self.broker.journal.transcript())

    def test_who_ended_it(self) -> None:
        client = self.client()
        client.hang_up()
        self.assertIn("(x)       lost: closed by the client", self.broker.journal.transcript())
        self.client()
        self.successResultOf(self.broker.stop())
        self.assertIn("(x)       lost: closed by the broker", self.broker.journal.transcript())

    def test_who_reset_it(self) -> None:
        client = self.client()
        client.transport.abortConnection()
        self.clock.settle()
        self.assertIn("lost: reset by the client", self.broker.journal.transcript())
        self.client()
        self.broker.down()
        self.clock.settle()
        self.assertIn("lost: reset by the broker", self.broker.journal.transcript())
