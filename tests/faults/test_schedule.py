"""Rules that act at a time, and when the socket has ended: nothing crosses then that they could act on."""

from __future__ import annotations

from twisted.internet.error import ConnectionLost

from fakebroker.errors import AMQPError, RuleError
from fakebroker.faults import (
    ACTIONS,
    Blackhole,
    CloseConnection,
    Delay,
    Do,
    Down,
    Drop,
    Hold,
    Nack,
    Refuse,
    Release,
    Reset,
    SetState,
    rule,
    rule_from_json,
    when,
)
from fakebroker.faults.examples import example
from fakebroker.journal.entries import Acted, Failed
from tests.faults.scene import Scene


class AtATime(Scene):
    def acted(self) -> list[tuple[float, int, str]]:
        """What rules have done: the time, the connection, and what."""
        items = [(entry, entry.item) for entry in self.broker.journal]
        return [(entry.time, entry.connection, item.action) for entry, item in items if isinstance(item, Acted)]

    def test_each_connection_is_reset_at_the_time(self) -> None:
        active = self.add(when(at=30), Reset())
        clients = [self.client(), self.client()]
        self.clock.advance(29.9)
        self.assertEqual([None, None], [client.lost for client in clients])
        self.clock.advance(0.1)
        for client in clients:
            client.lost.trap(ConnectionLost)
        self.assertEqual([(30, 1, "Reset()"), (30, 2, "Reset()")], self.acted())
        self.assertEqual((2, 2), (active.matched, active.acted))

    def test_only_the_connections_that_are_named(self) -> None:
        self.add(when(at=5, connection=2), CloseConnection(320, "CONNECTION_FORCED - go"))
        clients = [self.client(), self.client()]
        self.clock.advance(5)
        self.assertEqual([[], ["connection.close"]], [client.names for client in clients])
        self.assertTrue(self.is_well(clients[0]))

    def test_the_broker_does_something_by_itself_with_nobody_there(self) -> None:
        self.add(when(at=10), Do("set_alarm"), SetState("low"))
        self.clock.advance(10)
        self.assertEqual((["memory"], "low"), (list(self.broker.alarms.raised), self.broker.faults.state))
        self.assertIn("rule 1: SetState(state='low')", self.broker.journal.transcript())

    def test_the_broker_does_it_once_whoever_is_there(self) -> None:
        active = self.add(when(at=10), Down(5))
        clients = [self.client(), self.client()]
        self.clock.advance(10)
        for client in clients:
            client.lost.trap(ConnectionLost)
        self.assertEqual(1, active.acted)

    def test_what_is_held_is_released_at_the_time(self) -> None:
        client = self.consuming()
        self.add(when("basic.deliver"), Hold())
        self.add(when(at=60), Release())
        self.publish(client)
        self.clock.advance(59)
        self.assertEqual([], client.names)
        self.clock.advance(1)
        self.assertEqual(["basic.deliver"], client.names)

    def test_only_in_its_state(self) -> None:
        for state, lost in (("bad", True), ("good", False)):
            self.setUp()
            self.add(when(at=5, state="bad"), Reset())
            self.broker.faults.state = state
            client = self.client()
            self.clock.advance(5)
            self.assertEqual(lost, client.lost is not None)

    def test_what_waits_does_not_keep_it(self) -> None:
        client = self.client()
        self.add(when("basic.publish"), Delay(100))
        self.add(when(at=5), Reset())
        self.publish(client)
        self.clock.advance(5)
        client.lost.trap(ConnectionLost)

    def test_from_then_on_nothing_is_heard(self) -> None:
        client = self.client()
        self.add(when(at=5), Blackhole())
        self.clock.advance(5)
        client.send("queue.declare", 1, queue="r")
        self.assertEqual([], client.names)
        self.assertNotIn("r", self.broker.vhosts["/"].queues)

    def test_chance_is_drawn_for_each_connection(self) -> None:
        self.add(when(at=5), Reset(), probability=0.5)
        clients = [self.client() for _ in range(12)]
        self.clock.advance(5)
        self.assertTrue(2 < sum(client.lost is not None for client in clients) < 10)

    def test_a_rule_that_is_removed_does_nothing(self) -> None:
        self.add(when(at=5), Do("set_alarm")).remove()
        self.add(when(at=5), Do("set_alarm"))
        self.broker.faults.clear()
        self.assertEqual([], self.clock.getDelayedCalls())

    def test_nothing_is_left_of_it_when_the_broker_has_stopped_or_was_reset(self) -> None:
        for end in (self.broker.stop, self.broker.reset):
            self.add(when(at=5), Do("set_alarm"))
            end()
            self.assertEqual([], self.clock.getDelayedCalls())

    def test_a_verb_that_fails_is_told(self) -> None:
        self.add(when(at=1), Do("delete_queue", {"name": "none"}))
        self.clock.advance(1)
        self.assertIn("delete_queue failed: AMQPError: NOT_FOUND", self.broker.journal.transcript())
        self.assertEqual(1, len(self.flushLoggedErrors(AMQPError)))

    def test_a_function_that_fails_is_told_and_the_rule_does_not_act(self) -> None:
        client = self.client()
        for _ in range(2):
            self.add(when(at=5, client=lambda name: 1 // 0), Reset())
        self.clock.advance(5)
        self.assertEqual(2, len(self.flushLoggedErrors(ZeroDivisionError)))
        told = [str(entry.item.error) for entry in self.broker.journal if isinstance(entry.item, Failed)]
        self.assertEqual(["ZeroDivisionError: integer division or modulo by zero"] * 2, told)
        self.assertTrue(self.is_well(client))

    def test_so_is_one_of_a_rule_that_acts_with_nobody_there(self) -> None:
        self.add(when(at=5, state=lambda name: 1 // 0), Do("set_alarm"))
        self.clock.advance(5)
        self.assertEqual(1, len(self.flushLoggedErrors(ZeroDivisionError)))
        self.assertEqual([], list(self.broker.alarms.raised))

    def test_a_rule_that_never_acted_says_why(self) -> None:
        self.add(when(at=5), Reset())
        self.assertIn("its time had not come", self.broker.faults.never_acted())
        self.clock.advance(5)
        self.assertIn("no connection was open, or none that fits", self.broker.faults.never_acted())

    def test_whatever_can_act_at_a_time_does_so_and_nothing_fails(self) -> None:
        for name, action in ACTIONS.items():
            self.setUp()
            try:
                self.broker.faults.load({"when": {"at": 5}, "then": example(action)})
            except RuleError:
                continue
            with self.subTest(name):
                self.consuming()
                self.clock.advance(5)
                self.assertEqual(1, self.broker.faults.rules[0].acted, name)
                self.clock.advance(100)
                self.assertEqual([], self.flushLoggedErrors())
            self.broker.stop()

    def test_it_is_written_in_json_and_read_again(self) -> None:
        made = rule(when(at=30, connection=2), Reset())
        self.assertEqual({"at": 30, "connection": 2}, made.when.to_json())
        self.assertEqual(made, rule_from_json(made.to_json()))

    def test_what_can_never_act_is_refused(self) -> None:
        for where, action, told in (
            (when(at=5), Drop(), "drop acts on what is sent; at a time nothing is"),
            (when(at=5), Nack(), "nack acts on what is sent; at a time nothing is"),
            (when(at=5), Refuse(), "refuse acts on 'connect'"),
            (when("basic.publish", at=5), Reset(), "at=5 and what exclude each other"),
            (when(at=5, routing_key="x"), Reset(), "at=5 and routing_key exclude each other"),
            (when(at=-1), Reset(), "at=-1 is not a number of seconds from 0"),
        ):
            self.assertIn(told, str(self.assertRaises(RuleError, rule, where, action)))
        self.assertRaises(RuleError, rule, when(at=5), Reset(), times=2)
        self.clock.advance(6)
        late = self.assertRaises(RuleError, self.add, when(at=5), Reset())
        self.assertIn("at=5 is over; the broker was made 6.0 s ago", str(late))


class TheEnd(Scene):
    def test_the_broker_does_something_when_a_connection_has_ended(self) -> None:
        active = self.add(when("2:in:end:1"), SetState("alone"), Do("set_alarm"))
        first, second = self.client(), self.client()
        first.hang_up()
        self.assertEqual("", self.broker.faults.state)
        second.hang_up()
        self.assertEqual((1, "alone"), (active.acted, self.broker.faults.state))
        self.assertEqual(["memory"], [*self.broker.alarms.raised])

    def test_whoever_ends_it(self) -> None:
        self.add(when("end"), SetState("over"))
        self.add(when("basic.publish"), Reset())
        self.publish(self.client())
        self.clock.settle()
        self.assertEqual("over", self.broker.faults.state)

    def test_the_broker_restarts_when_a_client_has_gone(self) -> None:
        self.add(when("end", client="worker"), Do("restart"))
        worker = self.connect()
        worker.open(client_properties={"connection_name": "worker"})
        other = self.client()
        worker.hang_up()
        self.assertIn("connection.close", other.names)

    def test_what_acts_on_a_connection_is_refused(self) -> None:
        error = self.assertRaises(RuleError, self.add, when("1:in:end:1"), Reset())
        self.assertIn("reset acts on a connection, and at end there is none any more", str(error))
