"""What rules hold up counts as memory that the broker takes: bodies, bytes, and what each step takes beside them."""

from __future__ import annotations

from collections.abc import Callable

from fakebroker.faults import Delay, Garbage, Hold, Say, Throttle, when
from tests.faults.scene import Scene

BODY = 10_000


class Held(Scene):
    def held(self, begin: Callable[[], None]) -> int:
        """How much more memory is taken when something has been done."""
        before = self.broker.memory.octets
        begin()
        return self.broker.memory.octets - before

    def assertHeld(self, octets: int, begin: Callable[[], None], steps: int = 1) -> None:
        held = self.held(begin)
        self.assertGreater(held, octets + 200 * steps)
        self.assertLess(held, octets + 1000 * steps)

    def test_a_message_that_is_held(self) -> None:
        client = self.client()
        self.add(when("basic.publish"), Hold())
        self.assertHeld(BODY, lambda: self.publish(client, "x" * BODY))
        before = self.broker.memory.octets
        self.broker.faults.release()
        self.clock.settle()
        self.broker.vhosts["/"].queues["q"].purge()
        self.assertLess(self.broker.memory.octets, before - BODY)

    def test_a_message_that_is_late_and_one_behind_it(self) -> None:
        client = self.consuming(no_ack=True)
        self.add(when("basic.deliver"), Delay(5))
        other = self.client()

        def deliver() -> None:
            self.publish(other, "x" * BODY)
            self.publish(other, "x" * BODY)

        self.assertHeld(2 * BODY, deliver, steps=3)
        self.clock.advance(5)
        self.assertEqual(2, len(client.events))

    def test_what_properties_it_has(self) -> None:
        client = self.client()
        self.add(when("basic.publish"), Hold())
        self.assertHeld(BODY, lambda: self.publish(client, properties={"headers": {"h": "x" * BODY}}))

    def test_what_a_rule_is_going_to_say(self) -> None:
        client = self.client()
        self.add(when("queue.declare-ok"), Delay(5))
        self.add(when("basic.get-empty"), Say("basic.deliver", consumer_tag="c", delivery_tag=7, body="x" * BODY))
        client.send("queue.declare", 1, queue="q", passive=True)
        self.assertHeld(BODY, lambda: client.send("basic.get", 1, queue="q"), steps=2)

    def test_bytes_that_a_rule_is_going_to_write(self) -> None:
        client = self.client()
        self.add(when("queue.declare-ok"), Delay(5), Garbage(size=BODY))
        self.assertHeld(BODY, lambda: client.send("queue.declare", 1, queue="q", passive=True), steps=3)

    def test_bytes_that_are_no_frame(self) -> None:
        client = self.client()
        self.add(when("malformed"), Delay(5))
        self.assertHeld(BODY, lambda: client.send_octets(b"\x09" + b"x" * BODY))

    def test_a_command_in_pieces(self) -> None:
        client = self.consuming(no_ack=True)
        self.add(when("basic.deliver"), Throttle(BODY))
        self.assertHeld(BODY, lambda: self.publish(client, "x" * BODY), steps=20)

    def test_nothing_when_there_are_no_rules(self) -> None:
        client = self.consuming(no_ack=True)
        self.assertLess(self.held(lambda: self.publish(client, "x" * BODY)), BODY)
