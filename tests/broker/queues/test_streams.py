"""Streams, as RabbitMQ 3.10.8 showed them to a client."""

from __future__ import annotations

from typing import Any

from fakebroker.values import Timestamp, Value
from tests.broker.queueing import QueueCase, bodies


class StreamCase(QueueCase):
    def setUp(self) -> None:
        super().setUp()
        self.stream = self.queue(durable=True, x_queue_type="stream")
        self.client.session.set_prefetch(10)

    def read(self, offset: Value, tag: str = "a") -> list[str]:
        self.client.consume(self.stream, tag, arguments={"x-stream-offset": offset})
        return self.client.take()


class Reading(StreamCase):
    def test_every_consumer_reads_everything(self) -> None:
        self.fill(self.stream, "1", "2")
        self.assertEqual(["a:1", "a:2"], self.read("first"))
        self.assertEqual(["b:1", "b:2"], self.read("first", "b"))
        self.assertEqual((2, 2), (self.stream.message_count, self.stream.ready_octets))

    def test_where_to_begin(self) -> None:
        self.fill(self.stream, *"123")
        self.assertEqual(["a:3"], self.read("last"))
        self.assertEqual([], self.read("next", "b"))
        self.assertEqual(["c:2", "c:3"], self.read(1, "c"))
        self.assertEqual([], self.read(99, "d"))
        self.assertEqual(["e:1", "e:2", "e:3"], self.read(-1, "e"))

    def test_without_an_offset_it_begins_with_the_next(self) -> None:
        self.fill(self.stream, "1")
        self.client.consume(self.stream, "a")
        self.fill(self.stream, "2")
        self.assertEqual(["a:2"], self.client.take())

    def test_since_a_time(self) -> None:
        self.fill(self.stream, "1")
        self.pass_time(100)
        self.fill(self.stream, "2")
        self.assertEqual(["a:2"], self.read(Timestamp(1_000_050)))
        self.assertEqual(["b:2"], self.read("1m", "b"))
        self.assertEqual(["c:1", "c:2"], self.read("1h", "c"))

    def test_the_last_of_none_is_the_first_to_come(self) -> None:
        self.assertEqual([], self.read("last"))
        self.fill(self.stream, "1")
        self.assertEqual(["a:1"], self.client.take())

    def test_an_age_reaches_back_to_the_very_moment(self) -> None:
        self.fill(self.stream, "1")
        self.pass_time(3600)
        self.assertEqual(["a:1"], self.read("1h"))
        self.pass_time(0.001)
        self.assertEqual([], self.read("1h", "b"))

    def test_of_a_restart_the_log_is_left_and_no_consumer(self) -> None:
        self.fill(self.stream, "1")
        self.assertEqual(["a:1"], self.read("first"))
        self.vhost.queues.restart()
        self.fill(self.stream, "2")
        self.assertEqual((["1", "2"], [], []), (bodies(self.stream.ready), self.client.take(), self.stream.unacked))

    def test_a_stream_that_is_deleted_holds_nothing(self) -> None:
        self.fill(self.stream, "1")
        self.vhost.queues.delete(self.stream)
        self.assertEqual([], bodies(self.stream.ready))

    def test_each_message_tells_its_offset(self) -> None:
        self.fill(self.stream, "1", "2", headers={"zz": 1})
        self.client.consume(self.stream, "a", arguments={"x-stream-offset": "first"})
        headers = [delivery.content.properties.headers for delivery in self.client.deliveries]
        self.assertEqual([{"x-stream-offset": 0, "zz": 1}, {"x-stream-offset": 1, "zz": 1}], headers)

    def test_a_consumer_gets_more_when_it_acknowledges(self) -> None:
        self.fill(self.stream, *"1234")
        self.client.session.set_prefetch(2)
        self.assertEqual(["a:1", "a:2"], self.read("first"))
        self.client.session.ack(1)
        self.assertEqual(["a:3"], self.client.take())

    def test_a_session_that_ends_puts_nothing_back(self) -> None:
        self.fill(self.stream, "1")
        self.read("first")
        self.client.session.close()
        self.assertEqual((1, 0, 0), (self.stream.message_count, len(self.stream.unacked), len(self.stream.consumers)))


class Restrictions(StreamCase):
    def consuming(self, name: str, text: str, **options: Any) -> None:
        self.assertRefused(name, text, self.client.consume, self.stream, "a", **options)

    def test_there_has_to_be_a_limit(self) -> None:
        self.client.session.set_prefetch(0)
        self.consuming("precondition-failed", "consumer prefetch count is not set for 'queue 'q' in vhost '/''")

    def test_there_have_to_be_acknowledgements(self) -> None:
        text = "automatic acknowledgement not supported by stream queues queue 'q' in vhost '/'"
        self.consuming("not-implemented", text, no_ack=True)

    def test_a_limit_for_the_channel_is_not_supported(self) -> None:
        self.client.session.set_prefetch(10, whole_channel=True)
        self.consuming("not-implemented", "queue 'q' in vhost '/' does not support global qos")

    def test_offsets_that_crash_rabbitmq(self) -> None:
        for offset in (True, 1.5, None, "word"):
            self.consuming("internal-error", "", arguments={"x-stream-offset": offset})

    def test_there_is_no_fetching_purging_or_rejecting(self) -> None:
        text = "basic.get not supported by stream queues queue 'q' in vhost '/'"
        self.assertRefused("not-implemented", text, self.stream.get, self.client.session, True)
        text = "queue.purge not supported by stream queues queue 'q' in vhost '/'"
        self.assertRefused("not-implemented", text, self.stream.purge)
        self.fill(self.stream, "1")
        self.read("first")
        text = "basic.nack and basic.reject not supported by stream queues queue 'q' in vhost '/'"
        self.assertRefused("not-implemented", text, self.client.session.reject, 1)

    def test_recovering_crashes_rabbitmq(self) -> None:
        self.fill(self.stream, "1")
        self.read("first")
        self.assertRefused("internal-error", "", self.client.session.recover, lambda: None)

    def test_what_delete_ok_tells(self) -> None:
        self.fill(self.stream, "1")
        self.assertEqual(0, self.vhost.queues.remove(self.stream, if_unused=True, if_empty=True))
