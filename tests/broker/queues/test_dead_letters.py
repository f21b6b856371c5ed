"""Dead letters: where they go, and what RabbitMQ 3.10.8 writes on them."""

from __future__ import annotations

from typing import Any
from unittest import mock

from fakebroker.broker.message import Message
from fakebroker.broker.queues import dead_letters
from fakebroker.broker.queues.base import Queue
from fakebroker.values import Int64, Timestamp, Value
from tests.broker.queueing import QueueCase, bodies

NOW = Timestamp(1_000_000)


class Letters(QueueCase):
    def setUp(self) -> None:
        super().setUp()
        self.dead = self.queue("dead")
        self.vhost.bindings.bind(self.vhost.exchanges["amq.fanout"], self.dead)

    def dying(self, name: str = "q", **arguments: Any) -> Queue:
        """A queue whose dead letters go to the queue ``dead``."""
        return self.queue(name, x_dead_letter_exchange="amq.fanout", **arguments)

    def reject(self, queue: Queue) -> Message:
        """Fetch and reject the next message; what becomes of it."""
        delivery = queue.get(self.client.session, no_ack=False)
        assert delivery is not None
        self.client.session.reject(delivery.tag, requeue=False)
        return self.dead.ready[-1]

    def headers(self, message: Message) -> dict[str, Any]:
        return dict(message.properties.headers or {})


class Reasons(Letters):
    def reason(self) -> list[str]:
        deaths = [self.headers(message)["x-death"] for message in self.dead.ready]
        return [death[0]["reason"] for death in deaths]

    def test_expired(self) -> None:
        self.fill(self.dying(x_message_ttl=1000), "1")
        self.pass_time(1)
        self.assertEqual(["expired"], self.reason())

    def test_rejected(self) -> None:
        queue = self.dying()
        self.fill(queue, "1")
        self.reject(queue)
        self.assertEqual(["rejected"], self.reason())

    def test_too_many(self) -> None:
        self.fill(self.dying(x_max_length=1), "1", "2")
        self.assertEqual((["1"], ["maxlen"]), (bodies(self.dead.ready), self.reason()))

    def test_purged_or_deleted_messages_are_no_dead_letters(self) -> None:
        queue = self.dying()
        self.fill(queue, "1")
        queue.purge()
        self.fill(queue, "2")
        self.vhost.queues.delete(queue)
        self.assertEqual([], bodies(self.dead.ready))

    def test_without_the_exchange_dead_is_dead(self) -> None:
        queue = self.queue(x_dead_letter_exchange="nowhere", x_max_length=1)
        self.fill(queue, "1", "2")
        self.assertEqual(["2"], bodies(queue.ready))

    def test_several_go_in_the_order_of_the_queue(self) -> None:
        queue = self.dying()
        self.fill(queue, "1", "2", "3")
        for _ in range(3):
            self.client.get(queue)
        self.client.session.reject(2, multiple=True, requeue=False)
        self.assertEqual(["1", "2"], bodies(self.dead.ready))

    def test_letters_come_after_the_message_that_made_them_has_reached_all_queues(self) -> None:
        first = self.queue("first", x_max_length=0, x_dead_letter_exchange="", x_dead_letter_routing_key="second")
        second = self.queue("second")
        for queue in (first, second):
            self.vhost.bindings.bind(self.vhost.exchanges["amq.direct"], queue, "key")
        self.client.publish("key", b"1", exchange="amq.direct")
        self.assertEqual(["amq.direct", ""], [message.exchange for message in second.ready])

    def test_a_letter_that_is_lost_to_an_error_holds_up_no_other(self) -> None:
        queue, publish = self.dying(x_max_length=0), dead_letters.publish

        def fail_once(*letter: Any) -> None:
            patch.stop()
            raise ZeroDivisionError

        patch = mock.patch.object(dead_letters, "publish", fail_once)
        patch.start()
        with self.assertRaises(ZeroDivisionError), self.broker.turn:
            self.fill(queue, "1", "2")
        self.assertIs(publish, dead_letters.publish)
        with self.broker.turn:  # the turn that was interrupted ends with the next one
            self.assertEqual([], bodies(self.dead.ready))
        self.assertEqual(["2"], bodies(self.dead.ready))


class Headers(Letters):
    def test_the_first_death(self) -> None:
        queue = self.dying()
        self.fill(queue, "1", headers={"zz": 1, "aa": "x"})
        letter = self.reject(queue)
        self.assertEqual(("amq.fanout", "q"), (letter.exchange, letter.routing_key))
        death = {
            "count": 1,
            "reason": "rejected",
            "queue": "q",
            "time": NOW,
            "exchange": "",
            "routing-keys": ["q"],
        }
        self.assertEqual(
            [
                ("aa", "x"),
                ("x-death", [death]),
                ("x-first-death-exchange", ""),
                ("x-first-death-queue", "q"),
                ("x-first-death-reason", "rejected"),
                ("zz", 1),
            ],
            list(self.headers(letter).items()),
        )

    def test_the_types_of_count_and_time(self) -> None:
        queue = self.dying()
        self.fill(queue, "1")
        (death,) = self.headers(self.reject(queue))["x-death"]
        self.assertEqual([Int64, Timestamp], [type(death["count"]), type(death["time"])])
        self.assertEqual(["count", "reason", "queue", "time", "exchange", "routing-keys"], list(death))

    def test_the_expiration_moves_into_the_header(self) -> None:
        self.fill(self.dying(), "1", expiration="10")
        self.pass_time(0.01)
        (letter,) = self.dead.ready
        (death,) = self.headers(letter)["x-death"]
        self.assertEqual("10", death["original-expiration"])
        self.assertIsNone(letter.properties.expiration)

    def test_the_routing_keys_are_all_the_visible_ones(self) -> None:
        queue = self.dying()
        self.fill(queue, "1", headers={"CC": ["c"], "BCC": ["b"]})
        letter = self.reject(queue)
        (death,) = self.headers(letter)["x-death"]
        self.assertEqual(["q", "c"], death["routing-keys"])
        self.assertEqual(("q", "c", "b"), letter.routing_keys)

    def test_a_dead_letter_key_takes_the_place_of_all_keys(self) -> None:
        queue = self.dying(x_dead_letter_routing_key="new")
        self.fill(queue, "1", headers={"CC": ["c"]})
        letter = self.reject(queue)
        self.assertEqual(("new",), letter.routing_keys)
        self.assertNotIn("CC", self.headers(letter))

    def test_a_death_like_one_before_is_counted_and_comes_first(self) -> None:
        queue = self.dying()
        before: list[Value] = [
            {"queue": "other", "reason": "expired", "count": Int64(1)},
            {"queue": "q", "reason": "rejected", "count": Int64(3), "x": 1},
        ]
        self.fill(queue, "1", headers={"x-death": before})
        self.assertEqual(
            [{"count": 4, "queue": "q", "reason": "rejected", "x": 1}, before[0]],
            self.headers(self.reject(queue))["x-death"],
        )

    def test_what_a_client_wrote_of_the_first_death_stays(self) -> None:
        queue = self.dying()
        deaths: list[Value] = [{"queue": "other", "reason": "expired", "count": Int64(1)}]
        self.fill(queue, "1", headers={"x-death": deaths})
        self.assertNotIn("x-first-death-queue", self.headers(self.reject(queue)))

    def test_equal_entries_of_a_client_become_one_with_their_number(self) -> None:
        queue = self.dying()
        twice: Value = {"queue": "other", "reason": "expired"}
        self.fill(queue, "1", headers={"x-death": [twice, twice]})
        deaths = self.headers(self.reject(queue))["x-death"]
        self.assertEqual({"count": 2, "queue": "other", "reason": "expired"}, deaths[1])

    def test_a_header_that_is_no_list_is_replaced(self) -> None:
        queue = self.dying()
        self.fill(queue, "1", headers={"x-death": 5})
        headers = self.headers(self.reject(queue))
        self.assertEqual(1, len(headers["x-death"]))
        self.assertNotIn("x-first-death-queue", headers)

    def test_the_rest_of_the_message_is_as_it_was(self) -> None:
        queue = self.dying()
        self.fill(queue, "1", delivery_mode=2, message_id="id", priority=3)
        letter = self.reject(queue)
        properties = letter.properties
        self.assertEqual((2, 3), (properties.delivery_mode, properties.priority))
        self.assertTrue(letter.persistent)


class Unreadable(Letters):
    """A client's own x-death of which RabbitMQ can make nothing: its process for the queue crashes, and starts anew."""

    def crash(self, durable: bool) -> Queue:
        queue = self.queue(durable=durable, x_dead_letter_exchange="amq.fanout")
        self.fill(queue, "bad", headers={"x-death": [5]}, delivery_mode=2)
        self.fill(queue, "transient")
        self.fill(queue, "out", "waiting", delivery_mode=2)
        self.client.session.set_prefetch(3)
        self.client.consume(queue, "a")
        self.client.session.reject(1, requeue=False)
        return queue

    def test_a_durable_queue_keeps_what_is_persistent_as_redelivered(self) -> None:
        queue = self.crash(durable=True)
        self.assertEqual((["bad*", "out*", "waiting*"], []), (bodies(queue.ready), queue.unacked))

    def test_a_transient_one_loses_everything(self) -> None:
        self.assertEqual([], bodies(self.crash(durable=False).ready))

    def test_consumers_are_cancelled_and_may_acknowledge_what_they_have(self) -> None:
        queue = self.crash(durable=True)
        self.assertEqual((["a"], 0), (self.client.cancelled, len(queue.consumers)))
        self.client.session.ack(2)
        self.assertEqual(3, queue.message_count)

    def test_nothing_is_dead_lettered(self) -> None:
        self.crash(durable=True)
        self.assertEqual([], bodies(self.dead.ready))


class Cycles(QueueCase):
    def to(self, name: str, target: str, **arguments: Any) -> Queue:
        return self.queue(name, x_dead_letter_exchange="", x_dead_letter_routing_key=target, **arguments)

    def test_what_would_go_round_by_itself_is_dropped(self) -> None:
        one, two = self.to("one", "two", x_message_ttl=10), self.to("two", "one", x_message_ttl=10)
        self.fill(one, "1")
        self.pass_time(0.01)
        self.assertEqual((0, 1), (one.message_count, two.message_count))
        self.pass_time(1)
        self.assertEqual((0, 0), (one.message_count, two.message_count))

    def test_a_queue_that_overflows_into_itself(self) -> None:
        queue = self.to("q", "q", x_max_length=1)
        self.fill(queue, "1", "2")
        self.assertEqual(["2"], bodies(queue.ready))

    def test_a_consumer_may_send_it_round_for_ever(self) -> None:
        queue = self.to("q", "q")
        self.fill(queue, "1")
        for tag in range(1, 4):
            self.client.get(queue)
            self.client.session.reject(tag, requeue=False)
        deaths: Any = (queue.ready[0].properties.headers or {})["x-death"]
        self.assertEqual(3, deaths[0]["count"])

    def test_a_rejection_on_the_way_makes_it_no_cycle(self) -> None:
        wait, work = self.to("wait", "work", x_message_ttl=10), self.to("work", "wait")
        self.fill(work, "1")
        for tag in range(1, 4):
            self.assertEqual("1", self.client.get(work))
            self.client.session.reject(tag, requeue=False)
            self.assertEqual(1, wait.message_count)
            self.pass_time(0.01)
        self.assertEqual(["1"], bodies(work.ready))
