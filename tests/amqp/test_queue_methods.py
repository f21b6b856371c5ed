"""``queue.*`` on a channel: RabbitMQ 3.10.8's checks, in its order and its words."""

from __future__ import annotations

from typing import Any

from tests.amqp.conversation import ConversationCase

LOCKED = (
    "RESOURCE_LOCKED - cannot obtain exclusive access to locked queue 'q' in vhost '/'. It could be originally "
    "declared on another connection or the exclusive property value does not match that of the original declaration."
)


class Declaring(ConversationCase):
    def test_declare_ok_counts_messages_and_consumers(self) -> None:
        self.assertEqual(["queue.declare-ok q 0 0"], self.do("queue.declare", queue="q"))
        self.publish("q")
        self.publish("q")
        self.do("basic.get", queue="q")
        self.assertEqual(["queue.declare-ok q 1 0"], self.do("queue.declare", queue="q", passive=True))
        self.do("basic.qos", prefetch_count=1)
        self.do("basic.consume", queue="q")
        self.assertEqual(["queue.declare-ok q 0 1"], self.do("queue.declare", queue="q"))

    def test_a_queue_with_no_name_is_given_one(self) -> None:
        [answer] = self.do("queue.declare")
        self.assertRegex(answer, r"^queue\.declare-ok amq\.gen-[-_A-Za-z0-9]{22} 0 0$")

    def test_only_a_classic_queue_is_given_a_name(self) -> None:
        text = "PRECONDITION_FAILED - Cannot declare a server-named queue for type rabbit_quorum_queue"
        answer = self.do("queue.declare", durable=True, arguments={"x-queue-type": "quorum"})
        self.assertClosed(406, text, answer)

    def test_a_purge_is_answered_with_the_number_of_messages(self) -> None:
        self.do("queue.declare", queue="q")
        self.publish("q")
        self.publish("q")
        self.assertEqual(["queue.purge-ok 2"], self.do("queue.purge", queue="q"))
        self.assertEqual(["queue.declare-ok q 0 0"], self.do("queue.declare", queue="q"))

    def test_a_binding_to_a_topic_exchange_needs_the_permission_to_read_its_keys(self) -> None:
        self.do("queue.declare", queue="q")
        self.broker.users["guest"].permit_topic("/", "amq.topic", write=".*", read="^mine")
        bound = self.do("queue.bind", queue="q", exchange="amq.topic", routing_key="mine.a")
        self.assertEqual(["queue.bind-ok"], bound)
        [answer] = self.do("queue.bind", queue="q", exchange="amq.topic", routing_key="yours.a")
        self.assertIn("channel.close 403 ACCESS_REFUSED - access to topic 'yours.a'", answer)

    def test_no_answer_when_none_is_wanted(self) -> None:
        self.assertEqual([], self.do("queue.declare", queue="q", no_wait=True))
        self.assertEqual([], self.do("queue.purge", queue="q", no_wait=True))
        self.assertEqual([], self.do("queue.bind", queue="q", exchange="amq.direct", no_wait=True))
        self.assertEqual([], self.do("queue.delete", queue="q", no_wait=True))

    def test_a_declare_that_wants_no_answer_does_not_keep_a_queue_from_expiring(self) -> None:
        for no_wait, is_there in ((False, True), (True, False)):
            self.do("queue.declare", queue="q", arguments={"x-expires": 1000})
            self.clock.advance(0.6)
            self.do("queue.declare", queue="q", passive=True, no_wait=no_wait)
            self.clock.advance(0.6)
            self.assertEqual(is_there, "q" in self.vhost.queues)

    def test_line_breaks_are_taken_out_of_names(self) -> None:
        self.assertEqual(["queue.declare-ok ab 0 0"], self.do("queue.declare", queue="a\r\nb"))
        self.assertClosed(404, "NOT_FOUND - no queue 'a\nb' in vhost '/'", self.do("queue.purge", queue="a\nb"))
        self.assertEqual(["queue.delete-ok 0"], self.do("queue.delete", queue="a\nb"))
        self.assertNotIn("ab", self.vhost.queues)

    def test_reserved_names(self) -> None:
        self.assertClosed(
            403,
            "ACCESS_REFUSED - queue name 'amq.q' contains reserved prefix 'amq.*'",
            self.do("queue.declare", queue="amq.q"),
        )
        self.assertClosed(
            404,
            "NOT_FOUND - no queue 'amq.q' in vhost '/'",
            self.do("queue.declare", queue="amq.q", passive=True),
        )

    def test_a_passive_declare_heeds_nothing_but_the_name(self) -> None:
        self.do("queue.declare", queue="q", durable=True)
        answer = self.do("queue.declare", queue="q", passive=True, auto_delete=True, arguments={"x-expires": -1})
        self.assertEqual(["queue.declare-ok q 0 0"], answer)

    def test_a_queue_limit(self) -> None:
        self.vhost.limits["max-queues"] = 1
        self.do("queue.declare", queue="q")
        self.assertEqual(["queue.declare-ok q 0 0"], self.do("queue.declare", queue="q"))
        self.assertClosed(
            406,
            "PRECONDITION_FAILED - cannot declare queue 'r': queue limit in vhost '/' (1) is reached",
            self.do("queue.declare", queue="r"),
        )

    def test_a_dead_letter_exchange_of_a_wrong_type(self) -> None:
        self.assertClosed(
            406,
            "PRECONDITION_FAILED - invalid type 'signedint' for arg 'x-dead-letter-exchange' in queue 'q' in vhost '/'",
            self.do("queue.declare", queue="q", arguments={"x-dead-letter-exchange": 5}),
        )

    def test_a_crash_of_rabbitmq_closes_the_connection(self) -> None:
        answer = self.do("queue.declare", queue="", arguments={"x-queue-type": "cubic"})
        self.assertEqual(["connection.close 541 INTERNAL_ERROR"], answer)

    def test_a_queue_of_a_certain_type_needs_a_name(self) -> None:
        self.assertClosed(
            406,
            "PRECONDITION_FAILED - Cannot declare a server-named queue for type rabbit_quorum_queue",
            self.do("queue.declare", queue="", arguments={"x-queue-type": "quorum"}),
        )


class EmptyNames(ConversationCase):
    def test_with_no_queue_declared(self) -> None:
        for method in ("queue.purge", "queue.delete", "basic.get", "basic.consume"):
            self.assertClosed(404, "NOT_FOUND - no previously declared queue", self.do(method, queue=""))
        for method in ("queue.bind", "queue.unbind"):
            answer = self.do(method, queue="", exchange="amq.direct")
            self.assertClosed(404, "NOT_FOUND - no previously declared queue", answer)

    def test_the_queue_last_declared_on_the_channel(self) -> None:
        self.do("queue.declare", queue="p")
        self.do("queue.declare", queue="q")
        self.do("queue.bind", queue="", exchange="amq.direct")
        self.publish("q", b"by name", exchange="amq.direct")
        self.assertEqual(["basic.get-ok 1 0 by name"], self.do("basic.get", queue=""))
        self.client.open_channel(2)
        self.assertEqual(
            ["channel.close 404 NOT_FOUND - no previously declared queue"],
            self.do("basic.get", channel=2, queue=""),
        )

    def test_a_key_that_is_given_is_the_key(self) -> None:
        self.do("queue.declare", queue="q")
        self.do("queue.bind", queue="", exchange="amq.direct", routing_key="k")
        self.do("queue.bind", queue="q", exchange="amq.direct", routing_key="")
        keys = [binding.routing_key for binding in self.vhost.bindings]
        self.assertEqual(["k", ""], keys)


class Locks(ConversationCase):
    def test_everything_but_publishing_is_refused_to_others(self) -> None:
        owner = self.client
        self.do("queue.declare", queue="q", exclusive=True)
        self.do("queue.bind", queue="q", exchange="amq.direct", routing_key="k")
        self.client = self.connect()
        attempts: list[tuple[str, dict[str, Any]]] = [
            ("queue.declare", {}),
            ("queue.declare", {"exclusive": True}),
            ("queue.declare", {"passive": True}),
            ("queue.bind", {"exchange": "amq.direct"}),
            ("queue.unbind", {"exchange": "amq.direct", "routing_key": "k"}),
            ("queue.purge", {}),
            ("queue.delete", {}),
            ("basic.get", {}),
            ("basic.consume", {}),
        ]
        for name, fields in attempts:
            self.assertClosed(405, LOCKED, self.do(name, queue="q", **fields))
        self.assertEqual([], self.publish("q", mandatory=True))
        self.client = owner
        self.assertEqual(["basic.get-ok 1 0 m"], self.do("basic.get", queue="q"))

    def test_unbinding_what_is_not_bound_is_no_error(self) -> None:
        self.do("queue.declare", queue="q", exclusive=True)
        self.client = self.connect()
        answer = self.do("queue.unbind", queue="q", exchange="amq.direct", routing_key="k")
        self.assertEqual(["queue.unbind-ok"], answer)

    def test_the_owner_itself_may_not_declare_it_differently(self) -> None:
        self.do("queue.declare", queue="q", exclusive=True)
        self.assertClosed(405, LOCKED, self.do("queue.declare", queue="q"))

    def test_the_queue_goes_with_the_connection_not_the_channel(self) -> None:
        self.do("queue.declare", queue="q", exclusive=True)
        self.do("channel.close")
        self.assertIn("q", self.vhost.queues)
        self.client.hang_up()
        self.assertNotIn("q", self.vhost.queues)


class Deleting(ConversationCase):
    def test_delete_ok_counts_the_messages(self) -> None:
        self.do("queue.declare", queue="q")
        self.publish("q")
        self.assertEqual(["queue.delete-ok 1"], self.do("queue.delete", queue="q"))
        self.assertEqual(["queue.delete-ok 0"], self.do("queue.delete", queue="q"))

    def test_conditions(self) -> None:
        self.do("queue.declare", queue="q")
        self.publish("q")
        self.assertClosed(
            406,
            "PRECONDITION_FAILED - queue 'q' in vhost '/' not empty",
            self.do("queue.delete", queue="q", if_empty=True),
        )
        self.do("basic.consume", queue="q", no_ack=True)
        self.assertClosed(
            406,
            "PRECONDITION_FAILED - queue 'q' in vhost '/' in use",
            self.do("queue.delete", queue="q", if_unused=True),
        )

    def test_consumers_hear_of_it_after_the_answer(self) -> None:
        self.do("queue.declare", queue="q")
        self.do("basic.consume", queue="q", consumer_tag="me")
        self.assertEqual(["queue.delete-ok 0", "basic.cancel me True"], self.do("queue.delete", queue="q"))

    def test_those_that_did_not_say_they_can_take_it_hear_nothing(self) -> None:
        self.client = self.connect(capabilities={})
        self.do("queue.declare", queue="q")
        self.do("basic.consume", queue="q", consumer_tag="me")
        self.assertEqual(["queue.delete-ok 0"], self.do("queue.delete", queue="q"))

    def test_an_administrator_may_do_it(self) -> None:
        self.do("queue.declare", queue="q")
        self.do("basic.consume", queue="q", consumer_tag="me")
        self.vhost.queues.delete(self.vhost.queues["q"])
        self.clock.advance(0)
        self.assertEqual(["basic.cancel me True"], self.said(self.client))


class Permissions(ConversationCase):
    def setUp(self) -> None:
        super().setUp()
        self.do("queue.declare", queue="q")
        self.broker.users.add("user", "secret")

    def refused(self, kind: str, name: str, answer: list[str]) -> None:
        text = f"ACCESS_REFUSED - access to {kind} '{name}' in vhost '/' refused for user 'user'"
        self.assertClosed(403, text, answer)

    def permitted(self, configure: str = "^$", write: str = "^$", read: str = "^$") -> None:
        self.broker.users["user"].permit("/", configure, write, read)
        self.client = self.connect(user="user", password="secret")

    def test_declaring_and_deleting_need_configure(self) -> None:
        self.permitted(write=".*", read=".*")
        self.refused("queue", "q", self.do("queue.declare", queue="q", durable=True))
        self.refused("queue", "new", self.do("queue.declare", queue="new", arguments={"x-expires": -1}))
        self.refused("queue", "nope", self.do("queue.delete", queue="nope"))

    def test_looking_needs_nothing(self) -> None:
        self.permitted()
        self.assertEqual(["queue.declare-ok q 0 0"], self.do("queue.declare", queue="q", passive=True))

    def test_a_dead_letter_exchange_needs_reading_the_queue_and_writing_to_it(self) -> None:
        dead = {"x-dead-letter-exchange": "dead"}
        self.permitted(configure=".*")
        self.refused("queue", "new", self.do("queue.declare", queue="new", arguments=dead))
        self.permitted(configure=".*", read=".*")
        self.refused("exchange", "dead", self.do("queue.declare", queue="new", arguments=dead))
        self.permitted(configure=".*", read=".*", write="^dead$")
        self.assertEqual(["queue.declare-ok new 0 0"], self.do("queue.declare", queue="new", arguments=dead))

    def test_reading_needs_read_before_anything_is_looked_up(self) -> None:
        self.permitted(configure=".*", write=".*")
        for method in ("queue.purge", "basic.get", "basic.consume"):
            self.refused("queue", "nope", self.do(method, queue="nope"))

    def test_binding_needs_writing_the_queue_then_reading_the_exchange(self) -> None:
        self.permitted(configure=".*")
        self.refused("queue", "q", self.do("queue.bind", queue="q", exchange="nope"))
        self.permitted(write=".*")
        self.refused("exchange", "nope", self.do("queue.bind", queue="q", exchange="nope"))


class InZeroEight(Declaring):
    version = "0-8"


class DeletingInZeroEight(Deleting):
    version = "0-8"


class LocksInZeroNine(Locks):
    version = "0-9"
