"""Questions that nothing can ever fit are refused; facts of a connection mean what they mean in rules."""

from __future__ import annotations

from typing import Any

from fakebroker import FakeBroker
from fakebroker.errors import QueryError
from fakebroker.faults import Drop, like, one_of, when
from fakebroker.journal import Journal
from fakebroker.wire.command import Command, Content
from fakebroker.wire.spec import load
from tests.faults.scene import Scene

WRONG: list[tuple[tuple[Any, ...], dict[str, Any], str]] = [
    (("basic.akc",), {}, "no command, kind of frame or handshake step 'basic.akc'; did you mean 'basic.ack'"),
    (("deliver",), {}, "did you mean 'basic.deliver'"),
    (("basik.*",), {}, "there is no command"),
    ((7,), {}, "there is no command, kind of frame or handshake step 7"),
    (("",), {}, "there is no command"),
    (("basic.ack", "inn"), {}, "direction is 'in' (from the client) or 'out' (to it), not 'inn'"),
    (("basic.ack", ""), {}, "direction is 'in'"),
    (("basic.deliver", "in"), {}, "basic.deliver never goes 'in', only the broker sends it"),
    (("basic.publish",), {"routing_kee": "q"}, "no argument 'routing_kee'; did you mean 'routing_key'?"),
    (("basic.publish",), {"delivery_tag": 1}, "basic.publish has no argument 'delivery_tag'"),
    (("basic.ack",), {"body": "x"}, "basic.ack has no argument 'body'"),
    (("basic.publish",), {"routing_key": 5}, "routing_key=5 can never match; it is a shortstr"),
    (("basic.ack",), {"delivery_tag": "1"}, "delivery_tag='1' can never match; it is a longlong"),
    (("basic.publish",), {"mandatory": "yes"}, "mandatory='yes' can never match; it is a bit"),
    (("basic.publish",), {"routing_kee": lambda key: True}, "did you mean 'routing_key'?"),
    (("basic.publish",), {"connection": 0}, "they count from 1"),
    (("basic.publish",), {"connection": "1"}, "it is a number"),
    (("basic.publish",), {"connection": True}, "it is a number"),
    (("connection.tune",), {"channel": 1}, "always on channel 0"),
    (("queue.delete-ok",), {"queue": "q"}, "queue.delete-ok is not about a queue"),
    (("connection.start",), {"user": "guest"}, "the user is not yet known"),
    (("start-ok",), {"vhost": "/"}, "the vhost is not yet known"),
]


class Refusing(Scene):
    def refused(self, ask: Any, *args: Any, **predicates: Any) -> str:
        with self.assertRaises(QueryError) as caught:
            ask(*args, **predicates)
        return str(caught.exception)

    def test_a_question_that_nothing_can_fit(self) -> None:
        journal = self.broker.journal
        for args, predicates, reason in WRONG:
            for ask in (journal.find, journal.assert_command, journal.wait_for):
                self.assertIn(reason, self.refused(ask, *args, **predicates), (args, predicates))
        self.assertEqual([], self.clock.getDelayedCalls())

    def test_by_every_other_way_to_ask(self) -> None:
        journal = self.broker.journal
        for way in ("published", "assert_published", "returned"):
            self.assertIn("did you mean 'routing_key'?", self.refused(getattr(journal, way), routing_kee="q"))
        for way in ("delivered", "assert_delivered", "methods"):
            self.assertIn("did you mean 'consumer_tag'", self.refused(getattr(journal, way), consumer_tga="c"))
        self.assertIn("'in' (from the client)", self.refused(journal.methods, "up"))
        self.assertIn("did you mean 'basic.ack'", self.refused(journal.methods, name="basic.akc"))
        self.assertIn("can never match", self.refused(journal.methods, name=like("basik.*")))
        self.assertIn("has no argument 'name'", self.refused(journal.delivered, name="basic.deliver"))
        self.assertIn("did you mean 'basic.ack'", self.refused(journal.assert_methods, ["basic.akc"]))
        self.assertIn("'in' (from the client)", self.refused(journal.assert_methods, [], "up"))

    def test_numbers_that_are_none(self) -> None:
        journal = self.broker.journal
        wrong_counts: tuple[Any, ...] = (-1, "2", 1.5, True)
        for count in wrong_counts:
            for ask in (journal.assert_published, journal.assert_delivered):
                self.assertIn(f"count is a whole number from 0, not {count!r}", self.refused(ask, count))
        for count in (0, *wrong_counts):
            wrong = self.refused(journal.wait_for, "basic.ack", count=count)
            self.assertIn(f"count is a whole number from 1, not {count!r}", wrong)
        for timeout in (-1, "x", None, float("nan")):
            wrong = self.refused(journal.wait_for, "basic.ack", timeout=timeout)
            self.assertIn(f"timeout is a number from 0, not {timeout!r}", wrong)
        self.assertRaisesRegex(TypeError, "a function that takes an entry", journal.watch, "basic.ack")

    def test_what_can_fit_is_not_refused(self) -> None:
        journal = self.broker.journal
        for name, direction in (("basic.*", "in"), ("heartbeat", "out"), ("method", None), ("tune-ok", "in")):
            journal.find(name, direction)  # type: ignore[arg-type]
        journal.find("basic.publish", priority=one_of(1, 2), headers={"a": 1}, body=b"x", expiration=None)
        journal.find(body=lambda body: "x" in body, queue=like("q*"))
        journal.delivered(message_count=0)
        journal.delivered(consumer_tag="c")
        journal.methods("out", name=like("basic.*"), channel=1)


class Meaning(Scene):
    """``queue=`` and the like, in the journal as in rules."""

    def busy(self) -> None:
        one = self.consuming(client_properties={"product": "one"})
        two = self.client(client_properties={"product": "two"})
        for client in (one, two):
            client.send("queue.declare", 1, queue="other")
        two.send("queue.declare", 1, queue="")
        for tag in ("", "", "d"):  # from the queue just declared, which has a made-up name
            two.send("basic.consume", 1, queue="", consumer_tag=tag)
        two.send("basic.consume", 1, queue="other", consumer_tag="c", no_wait=True)
        for key in ("q", "other", "q", "nowhere"):
            self.publish(one, "to " + key, key)
        two.send("basic.cancel", 1, consumer_tag="c")
        two.send("basic.consume", 1, queue="q", consumer_tag="c")
        one.send("basic.cancel", 1, consumer_tag="c", no_wait=True)
        self.publish(one, "again", "q")
        two.send("channel.close", 1, reply_code=200)
        two.events.clear()
        two.open_channel(1)
        two.send("basic.consume", 1, queue="other", consumer_tag="c")
        self.publish(one, "and again", "other")
        self.broker.delete_queue("other")
        one.hang_up()

    def test_the_journal_finds_what_rules_match(self) -> None:
        asked: list[dict[str, Any]] = [
            *({"queue": queue} for queue in ("q", "other", like("amq.gen-*"))),
            *({"client": client} for client in ("one", "two")),
            *({"user": "guest", "channel": 1}, {"user": like("g*"), "queue": "other"}, {"vhost": "/", "connection": 2}),
        ]
        names = ("basic.deliver", "basic.publish", "basic.consume-ok", "basic.consume", "basic.cancel-ok", "basic.*")
        rules = [
            (name, facts, self.add(when(name, **facts), Drop(), times=None, probability=1e-12))
            for name in names
            for facts in asked
        ]
        self.busy()
        found = {(name, str(facts)): len(self.broker.journal.find(name, **facts)) for name, facts, _ in rules}
        self.assertEqual({(name, str(facts)): rule.matched for name, facts, rule in rules}, found)
        self.assertGreater(found["basic.deliver", "{'queue': 'q'}"], 2)
        self.assertGreater(found["basic.deliver", "{'queue': 'other'}"], 1)

    def test_a_wait_knows_the_queue_of_deliveries_to_come(self) -> None:
        client = self.consuming()
        waiting = self.broker.journal.wait_for("basic.deliver", queue="q")
        wrong = self.broker.journal.wait_for("basic.deliver", queue="other", timeout=5)
        self.publish(client)
        self.assertEqual(1, len(self.successResultOf(waiting)))
        self.clock.advance(5)
        self.assertIn("queue is 'q'", str(self.failureResultOf(wrong).value))

    def test_what_is_forgotten_still_tells_who_consumes(self) -> None:
        client = self.consuming()
        self.broker.journal.clear()
        self.publish(client, "after")
        self.assertEqual([b"after"], [entry.body for entry in self.broker.journal.delivered(queue="q", user="guest")])

    def test_so_does_what_had_to_go(self) -> None:
        journal, spec = Journal(self.clock, max_entries=32), load("0-9-1")
        journal.add(1, "in", spec.command(1, "basic.consume", queue="q", consumer_tag="c"))
        journal.add(1, "out", spec.command(1, "basic.consume-ok", consumer_tag="c"))
        for _ in range(100):
            journal.add(1, "out", spec.command(1, "basic.deliver", Content.make({}, b"x"), consumer_tag="c"))
        self.assertGreater(journal.forgotten, 2)
        self.assertEqual(len(journal), len(journal.delivered(queue="q")))

    def test_properties_that_cannot_be_read_have_no_value(self) -> None:
        journal, spec = Journal(self.clock), load("0-9-1")
        klass = spec.classes["basic"]
        command: Command = spec.command(1, "basic.publish", Content(klass, b"\x20\x00\x00\x00\x00\x05junk!", b"x"))
        journal.add(1, "in", command)
        self.assertEqual([], journal.published(message_id="1"))
        self.assertEqual([b"x"], [entry.body for entry in journal.published(body="x")])

    def test_what_carries_content_is_found_by_its_frames(self) -> None:
        client = self.client()
        for body in ("", "full"):
            self.publish(client, body)
        journal = self.broker.journal
        self.assertEqual([b"", b"full"], [entry.body for entry in journal.find("header")])
        self.assertEqual([b"full"], [entry.body for entry in journal.find("body")])

    def test_connections_of_all_kinds_are_found_by_frames(self) -> None:
        broker = FakeBroker(clock=self.clock)
        self.assertEqual([], broker.journal.find("heartbeat"))
        self.client(heartbeat=2)
        self.clock.advance(3)
        journal = self.broker.journal
        self.assertEqual({"out"}, {entry.direction for entry in journal.find("heartbeat")})
        self.assertEqual(1, len(journal.find("connect", "in")))
        self.assertEqual(2, len(journal.find("protocol-header", "in")) + len(journal.find("open-ok")))
        self.assertEqual(["channel.open"], [entry.name for entry in journal.find("channel.*", "in")])
