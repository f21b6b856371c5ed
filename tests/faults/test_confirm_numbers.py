"""A publish that a rule drops, doubles or holds back does not shift the confirms of the others."""

from __future__ import annotations

from typing import Any

from fakebroker.faults import Delay, Drop, Duplicate, Hold, Reorder, Reply, when
from fakebroker.wire.command import Content
from fakebroker.wire.writer import encode
from tests.faults.scene import Scene, tags


class Numbers(Scene):
    def confirmed(self, count: int = 3, at_once: bool = False, key: str = "q") -> list[tuple[str, int]]:
        """What a client is told that publishes so many messages."""
        client = self.confirming()
        if at_once:
            publish = encode(client.spec.command(1, "basic.publish", Content.make({}, b"x"), routing_key=key), 0)
            client.send_octets(publish * count)
        else:
            for number in range(1, count + 1):
                self.publish(client, str(number), key)
        self.assertFalse(any(event.args.multiple for event in client.events))
        self.client_now = client
        return tags(client)

    def acks(self, *numbers: int) -> list[tuple[str, int]]:
        return [("basic.ack", number) for number in numbers]

    def queued(self) -> list[str]:
        """The bodies in the queue."""
        return [message.body.decode() for message in self.broker.vhosts["/"].queues["q"].ready]

    def test_one_that_is_dropped_is_never_confirmed(self) -> None:
        self.add(when("basic.publish", nth=2), Drop())
        self.assertEqual(self.acks(1, 3), self.confirmed())
        self.assertEqual(["1", "3"], self.queued())

    def test_nor_by_a_confirm_of_several(self) -> None:
        self.add(when("basic.publish", nth=2), Drop())
        self.assertEqual(self.acks(1, 3, 4), self.confirmed(4, at_once=True))

    def test_nor_when_the_rule_is_gone(self) -> None:
        with self.add(when("basic.publish"), Drop()):
            self.confirmed(1)
        client: Any = self.client_now
        publish = encode(client.spec.command(1, "basic.publish", Content.make({}, b"x"), routing_key="q"), 0)
        client.send_octets(publish * 3)
        self.assertEqual(self.acks(2, 3, 4), tags(client))

    def test_the_client_counts_from_its_confirm_select_on_however_late_the_broker_hears_of_it(self) -> None:
        client = self.client()
        self.add(when("confirm.select"), Hold())
        client.send("confirm.select", 1)
        for _ in range(2):
            self.publish(client)
        self.broker.faults.release()
        self.clock.settle()
        self.publish(client)
        client.take("confirm.select-ok")
        self.assertEqual(self.acks(3), tags(client))

    def test_but_not_from_one_that_is_answered_by_a_rule(self) -> None:
        client = self.client()
        self.add(when("confirm.select"), Reply("confirm.select-ok"))
        client.send("confirm.select", 1)
        self.publish(client)
        client.send("confirm.select", 1)
        client.events.clear()
        self.publish(client)
        self.assertEqual(self.acks(1), tags(client))

    def test_that_goes_nowhere(self) -> None:
        self.add(when("basic.publish", nth=2), Drop())
        self.assertEqual(self.acks(1, 3), self.confirmed(key="nowhere"))

    def test_one_that_is_answered_by_a_rule(self) -> None:
        self.add(when("basic.publish", nth=1), Reply("basic.nack", delivery_tag=1))
        self.assertEqual([("basic.nack", 1), *self.acks(2, 3)], self.confirmed())

    def test_one_that_is_doubled_is_confirmed_once(self) -> None:
        self.add(when("basic.publish", nth=2), Duplicate(2))
        self.assertEqual(self.acks(1, 2, 3), self.confirmed())
        self.assertEqual(["1", "2", "2", "2", "3"], self.queued())

    def test_doubled_and_going_nowhere(self) -> None:
        self.add(when("basic.publish", nth=1), Duplicate())
        self.assertEqual(self.acks(1, 2, 3), self.confirmed(key="nowhere"))

    def test_two_that_change_places_keep_their_numbers(self) -> None:
        self.add(when("basic.publish", nth=1), Reorder())
        self.assertEqual(self.acks(1, 2, 3), self.confirmed())
        self.assertEqual(["2", "1", "3"], self.queued())

    def test_one_that_is_held_keeps_its_number(self) -> None:
        self.add(when("basic.publish", nth=2), Hold())
        self.assertEqual(self.acks(1, 3), self.confirmed())
        self.broker.faults.release()
        self.clock.settle()
        self.assertEqual(("basic.ack", 2), tags(self.client_now)[-1])

    def test_a_channel_that_is_opened_again_counts_anew(self) -> None:
        self.add(when("basic.publish", nth=1), Drop())
        self.confirmed(1)
        client: Any = self.client_now
        client.send("channel.close", 1)
        client.send("channel.open", 1)
        client.send("confirm.select", 1)
        client.events.clear()
        self.publish(client)
        self.assertEqual(self.acks(1), tags(client))

    def test_a_rule_that_comes_later_counts_what_went_before(self) -> None:
        self.confirmed(2)
        client: Any = self.client_now
        self.add(when("basic.publish"), Drop())
        for _ in range(2):
            self.publish(client)
        self.assertEqual(self.acks(1, 2, 4), tags(client))

    def test_one_that_was_held_from_before_is_not_confirmed(self) -> None:
        client = self.client()
        self.add(when("basic.publish"), Hold())
        self.publish(client, "early")
        client.send("confirm.select", 1)
        client.take("confirm.select-ok")
        self.publish(client, "1")
        self.broker.faults.release()
        self.publish(client, "2")
        self.assertEqual((self.acks(1, 2), ["1", "early", "2"]), (tags(client), self.queued()))

    def test_one_that_was_held_on_a_channel_that_is_no_more(self) -> None:
        client = self.confirming()
        self.add(when("basic.publish"), Hold())
        self.publish(client, "early")
        client.send("channel.close", 1)
        client.send("channel.open", 1)
        client.send("confirm.select", 1)
        client.events.clear()
        self.broker.faults.release()
        self.publish(client, "1")
        self.assertEqual((self.acks(1), ["1"]), (tags(client), self.queued()))

    def test_the_client_counts_from_its_select_on_however_late_that_comes(self) -> None:
        client = self.client()
        self.add(when("confirm.select"), Delay(2))
        client.send("confirm.select", 1)
        self.add(when("basic.publish", nth=2), Drop())
        for _ in range(3):
            self.publish(client)
        self.clock.advance(3)
        client.take("confirm.select-ok")
        self.assertEqual(self.acks(1, 3), tags(client))
