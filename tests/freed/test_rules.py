"""Connections with which rules had to do are freed too, and so is whoever waited for something, or asked over HTTP."""

from __future__ import annotations

import contextlib
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.protocol import Factory

from fakebroker import faults
from fakebroker.errors import RuleError
from fakebroker.faults import Action, when
from fakebroker.faults.catalogue import ACTIONS
from fakebroker.wire.command import Content
from tests.freed.watch import Freed, OverTcp, freed
from tests.rawclient import RawClient


class Ruled(Freed):
    """In memory: what rules put off, keep back or end is forgotten with its connection."""

    def ruled(self, action: Action, *names: str) -> None:
        """A conversation, with a rule that acts on each of these commands; then the client is gone, and the rules."""
        for name in names:
            self.broker.faults.add(when(name), action, times=None)
        client = self.client(heartbeat=20)
        for tag in ("a", "b"):
            self.say(client, "queue.declare", queue=tag)
            self.say(client, "basic.consume", queue=tag, consumer_tag=tag)
            self.say(client, "basic.publish", content=Content.make({}, b"x" * 100), routing_key=tag)
            self.say(client, "basic.ack", delivery_tag=1)
        self.wait(0.5)
        if client.lost is None:
            client.abort()
        self.broker.faults.clear()
        self.broker.faults.let_go("partition")
        self.wait(60)
        self.broker.up()
        for queue in list(self.broker.vhosts["/"].queues):
            self.broker.delete_queue(queue)
        self.broker.alarms.clear()

    def say(self, client: Any, name: str, **fields: Any) -> None:
        """Send a command, if the connection is still there."""
        if client.lost is None:
            client.send(name, 1, **fields)

    @freed
    def test_each_action_that_needs_nothing_said(self) -> None:
        for action in usual(ACTIONS):
            for name in ("basic.publish", "basic.deliver", "queue.declare", "basic.consume-ok", "basic.ack"):
                with contextlib.suppress(RuleError):
                    self.broker.faults.add(when(name), action, times=None)
                    self.ruled(action)

    @freed
    def test_what_waits(self) -> None:
        self.ruled(faults.Delay(1), "basic.publish", "basic.deliver", "queue.declare-ok")

    @freed
    def test_what_is_held(self) -> None:
        self.ruled(faults.Hold("mine"), "basic.publish", "basic.deliver", "queue.declare-ok")
        self.assertEqual(0, self.broker.faults.release("mine"))

    @freed
    def test_what_a_pause_keeps(self) -> None:
        self.broker.faults.add(when("queue.declare"), faults.Pause(30))
        client, other = self.client(heartbeat=20), self.client(heartbeat=20)
        for each in (client, other):
            each.send("queue.declare", 1, queue="a", arguments={"x-expires": 1000})
        other.abort()
        self.wait(31)
        self.assertFalse(self.broker.paused)
        client.abort()
        self.broker.faults.clear()
        self.wait(10)

    @freed
    def test_what_is_held_and_let_go(self) -> None:
        self.broker.faults.add(when("basic.publish"), faults.Hold("mine"), times=None)
        client = self.client()
        for _ in range(20):
            client.send("basic.publish", 1, Content.make({}, b"x" * 100), routing_key="nowhere")
            self.broker.faults.release("mine")
        self.pause()
        self.broker.journal.clear()
        self.assertEqual(0, self.count(Content), "a connection that goes on holds nothing that was let go")
        self.broker.faults.clear()
        client.hang_up()

    @freed
    def test_a_connection_that_is_never_let_in(self) -> None:
        for action in (faults.Blackhole(), faults.RefuseLogin(), faults.RefuseVhost()):
            loaded = self.broker.faults.add(action)
            client = self.connect()
            client.send_octets(b"AMQP\0\0\x09\x01")
            client.hang_up()
            loaded.remove()
            self.wait(60)

    @freed
    def test_a_connection_that_is_refused(self) -> None:
        with self.broker.faults.add(faults.Refuse()):
            self.refused()

    @freed
    def test_a_verb_of_the_broker(self) -> None:
        for verb in ("restart", "set_alarm", "clear_alarm"):
            self.broker.faults.add(when("basic.publish"), faults.Do(verb))
            self.broker.faults.add(when("basic.deliver"), faults.Do(verb))
            self.ruled(faults.Drop())

    def refused(self) -> None:
        factory = Factory()
        factory.buildProtocol = lambda addr: RawClient(self.clock)  # type: ignore[method-assign]
        self.failureResultOf(self.broker.endpoint().connect(factory)).cleanFailure()


def usual(actions: Any) -> list[Action]:
    """Those that can be made with no more said; but for those that delete the user and pause the broker,
    whom the others need."""
    made = []
    for kind in actions.values():
        with contextlib.suppress(TypeError, RuleError):
            made.append(kind())
    return [action for action in made if not isinstance(action, (faults.Expire, faults.Pause))]


class RuledOverTcp(OverTcp, Ruled):
    """Over sockets."""

    def refused(self) -> None:
        self.assertIsNotNone(self.connect().lost)


class Waiting(Freed):
    """Whoever waits for something to pass."""

    @freed
    def test_what_was_waited_for_comes(self) -> None:
        waiting = self.broker.journal.wait_for("exchange.declare")
        client = self.client()
        client.send("exchange.declare", 1, exchange="amq.direct", type="direct", passive=True)
        self.assertEqual("amq.direct", self.successResultOf(waiting)[0].args.exchange)
        client.hang_up()

    @freed
    def test_what_was_waited_for_does_not_come(self) -> None:
        waiting: Deferred[Any] = self.broker.journal.wait_for("exchange.declare", timeout=1)
        self.wait(2)
        self.failureResultOf(waiting).cleanFailure()

    @freed
    def test_the_wait_is_given_up(self) -> None:
        waiting: Deferred[Any] = self.broker.journal.wait_for("exchange.declare", timeout=1)
        waiting.cancel()
        self.failureResultOf(waiting).cleanFailure()
