"""One direction of a connection: what waits, what is held meanwhile, and in which order it all goes on."""

from __future__ import annotations

from typing import Any

from fakebroker.faults import CloseConnection, Delay, Hold, Postpone, Redeliver, Release, when
from tests.faults.scene import Scene, bodies


class Lanes(Scene):
    def declare(self, client: Any, *queues: str) -> None:
        for queue in queues:
            client.send("queue.declare", 1, queue=queue)

    def heard(self, client: Any) -> list[str]:
        """What came back, a declared queue by its name."""
        said = [event.args.queue if event.name == "queue.declare-ok" else event.name for event in client.events]
        client.events.clear()
        return said

    def release(self, label: str = "held") -> None:
        self.broker.faults.release(label)
        self.clock.settle()


class Answers(Lanes):
    def test_what_is_let_go_comes_before_what_waits_in_the_order_in_which_it_was_held(self) -> None:
        client = self.client()
        for _ in range(2):  # and once more, when all of that has gone
            self.add(when("queue.declare-ok"), Hold(), times=2)
            self.add(when("basic.get-empty"), Delay(5))
            self.declare(client, "x", "y")
            client.send("basic.get", 1, queue="q")
            client.send("queue.unbind", 1, queue="q", exchange="amq.direct", routing_key="none")
            self.release()
            self.assertEqual([], client.names)
            self.clock.advance(5)
            self.assertEqual(["x", "y", "basic.get-empty", "queue.unbind-ok"], self.heard(client))

    def test_what_comes_behind_an_answer_comes_before_what_is_behind_that(self) -> None:
        client = self.client()
        self.add(when("queue.declare-ok"), Postpone("basic.get-empty"), times=2)
        self.add(when("basic.get-empty"), Delay(5))
        self.declare(client, "x", "y")
        client.send("basic.get", 1, queue="q")
        client.send("queue.unbind", 1, queue="q", exchange="amq.direct", routing_key="none")
        self.clock.advance(5)
        self.assertEqual(["basic.get-empty", "x", "y", "queue.unbind-ok"], self.heard(client))


class Requests(Lanes):
    def test_what_is_let_go_while_others_go_on_comes_behind_those(self) -> None:
        client = self.client()
        self.add(when("queue.declare"), Hold("first"), times=2)
        self.add(when("queue.declare"), Hold("second"))
        self.add(when("queue.declare-ok"), Release("second"))
        self.add(when("basic.get"), Delay(5))
        self.declare(client, "x", "y", "z")
        client.send("basic.get", 1, queue="q")
        self.release("first")
        self.clock.advance(5)
        self.assertEqual(["x", "y", "z", "basic.get-empty"], self.heard(client))

    def test_a_request_is_carried_out_when_those_before_it_have_been(self) -> None:
        """What the broker says of one may let another go: it does not come in between."""
        client = self.consuming()
        self.add(when("queue.declare"), Hold())
        self.add(when("basic.deliver"), Release())
        self.declare(client, "x")
        self.publish(client, "a")
        self.assertEqual(["basic.deliver", "x"], self.heard(client))


class AfterTheEnd(Lanes):
    def test_what_waits_for_a_client_that_is_gone_is_not_carried_out(self) -> None:
        client = self.client()
        self.add(when("basic.publish"), Delay(5))
        self.publish(client)
        client.abort()
        self.assertEqual([], self.clock.getDelayedCalls())
        self.assertEqual(0, self.waiting())

    def test_nor_what_is_behind_what_ends_the_connection(self) -> None:
        client = self.client()
        self.add(when("queue.declare"), CloseConnection(320, "enough"))
        self.declare(client, "x")
        self.publish(client)
        self.assertEqual(["connection.close"], client.names)
        self.assertEqual(0, self.waiting())

    def test_a_message_that_is_to_come_again_goes_to_somebody_else(self) -> None:
        client = self.consuming()
        self.add(when("basic.deliver"), Redeliver(), Delay(5))
        self.publish(client, "a")
        client.hang_up()
        other = self.consuming()
        self.clock.advance(5)
        self.assertEqual(["a"], bodies(other))
