"""What tests of endings share: connections in each state, and which rows of the table a test goes through."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from enum import Enum
from functools import wraps
from typing import Any

from fakebroker.amqp.connection import Connection
from fakebroker.amqp.endings import Cause
from fakebroker.amqp.states import State
from fakebroker.wire.command import Command, Content
from tests.amqp.test_handshake import HandshakeCase
from tests.rawclient import RawClient

HEADER, STARTING, SECURING, TUNING = State.AWAITING_HEADER, State.STARTING, State.SECURING, State.TUNING
OPENING, RUNNING, BLOCKED = State.OPENING, State.RUNNING, State.BLOCKED
CLOSED, DEAF, GONE = State.CLOSED, State.DEAF, State.GONE
LOGIN = (STARTING, SECURING)
HANDSHAKE = (HEADER, *LOGIN, TUNING, OPENING)
READING = (*HANDSHAKE, RUNNING, CLOSED)

Row = tuple[Enum, Enum]
Test = Callable[..., None]


def rows(cause: Enum, *states: Enum) -> Callable[[Test], Test]:
    """The rows of a table that a test goes through; it fails when it does not."""

    def decorated(test: Test) -> Test:
        @wraps(test)
        def checked(case: Any) -> None:
            test(case)
            case.assertEqual([], [row for row in claimed if row not in case.passed])

        claimed: list[Row] = [(cause, state) for state in states] + getattr(test, "rows", [])
        checked.rows = claimed  # type: ignore[attr-defined]
        return checked

    return decorated


class ConnectionEndings(HandshakeCase):
    heartbeat = 0
    capabilities: dict[str, Any] = {}

    def setUp(self) -> None:
        super().setUp()
        self.client.hang_up()
        self.broker.broker.mechanisms.append("RABBIT-CR-DEMO")
        self.passed: list[Row] = []
        carry_out = Connection.end_because

        def noted(connection: Connection, cause: Cause, *arguments: Any, **named: Any) -> None:
            self.passed.append((cause, connection.state))
            carry_out(connection, cause, *arguments, **named)

        self.patch(Connection, "end_because", noted)

    # --- how a connection comes into a state

    def at(self, *states: State) -> Iterator[Connection]:
        """A connection in each of these states; ``self.client`` is its client, who has been told nothing yet."""
        for state in states:
            self.client = RawClient.connect(self.broker, self.clock)
            connection = list(self.broker._factory.protocols.values())[-1].connection
            getattr(self, f"_come_to_{state.name.lower()}")()
            self.client.events.clear()
            self.assertIs(state, connection.state)
            yield connection
            self.broker.clear_alarm()

    def _come_to_awaiting_header(self) -> None:
        pass

    def _come_to_starting(self) -> None:
        self.client.begin()

    def _come_to_securing(self) -> None:
        self.client.begin()
        properties = {"capabilities": self.capabilities}
        self.client.send("connection.start-ok", 0, None, client_properties=properties, mechanism="RABBIT-CR-DEMO",
                         response=b"guest", locale="en_US")  # fmt: skip

    def _come_to_tuning(self) -> None:
        self.client.log_in()

    def _come_to_opening(self) -> None:
        self.client.log_in()
        self.client.send("connection.tune-ok", channel_max=2047, frame_max=131072, heartbeat=self.heartbeat)

    def _come_to_running(self) -> None:
        self.client.open(heartbeat=self.heartbeat).open_channel()

    def _come_to_blocked(self) -> None:
        self._come_to_running()
        self.broker.set_alarm()
        self.client.send("basic.publish", 1, Content.make({}, b"m"), routing_key="q")

    def _come_to_closed(self) -> None:
        self._come_to_running()
        self.broker.connections[-1].close("go away")
        self.clock.advance(0)

    def _come_to_deaf(self) -> None:
        self._come_to_starting()
        self.client.send("connection.open")

    def _come_to_gone(self) -> None:
        self._come_to_running()
        self.client.hang_up()

    # --- what comes of it

    def assertEnds(self, said: str, after: float) -> None:
        """The client is told that, and hung up on after so many seconds, in which it says nothing."""
        self.clock.advance(0)
        self.assertEqual(said, ", ".join(_line(event) for event in self.client.events if isinstance(event, Command)))
        self.client.events.clear()
        if after:
            self.assertClosedSilentlyAfter(after)
        self.assertIsNotNone(self.client.lost)


def _line(command: Command) -> str:
    return f"{command.name} {command.args.reply_code}" if command.name == "connection.close" else command.name
