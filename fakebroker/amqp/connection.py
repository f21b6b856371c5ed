"""One connection as the broker sees it: its state, its channels, and the one place where errors become closes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import nullcontext
from functools import partial

from fakebroker.amqp import handshake
from fakebroker.amqp.channel import Channel
from fakebroker.amqp.channels import Channels
from fakebroker.amqp.close_fields import close_fields, is_connection_error
from fakebroker.amqp.endings import CONNECTION_ENDINGS, Cause, ChannelCause, Ending, HangUp, patience
from fakebroker.amqp.heartbeat import Heartbeats
from fakebroker.amqp.output import NOWHERE, Output
from fakebroker.amqp.ports import Handlers
from fakebroker.amqp.rule_access import RuleAccess
from fakebroker.amqp.states import LEGAL, State
from fakebroker.broker.access.users import User
from fakebroker.broker.broker import Broker
from fakebroker.broker.vhost import VirtualHost
from fakebroker.clock import DelayedCall
from fakebroker.errors import AMQPError, DecodeError, crash
from fakebroker.turn import Phase
from fakebroker.values import Table
from fakebroker.wire.command import Command, Event, Malformed, ProtocolHeader
from fakebroker.wire.spec import Spec, load

HANDSHAKE_TIMEOUT = 10.0
"""Seconds a client has from its connecting to ``connection.open`` (RabbitMQ's ``handshake_timeout``)."""


class Connection:
    """The server's half of one connection.

    :param number: 1 for the broker's first connection, 2 for the second, and so on.
    :param output: where commands to the peer go.
    :param name: as the management API shows it.
    :param handlers: who handles which command, here and on the channels.
    :param external_user: tells, over TLS, the user that the client's certificate names; None elsewhere.
    """

    def __init__(
        self,
        broker: Broker,
        output: Output,
        number: int,
        name: str,
        handlers: Handlers,
        external_user: Callable[[], str | None] | None = None,
    ) -> None:
        self.broker = broker
        self._handlers = handlers
        self.churn = broker.churn
        self.output = output
        self.number = number
        self.name = name
        self.state = State.AWAITING_HEADER
        self.spec: Spec = load("0-9-1")
        self.channels = Channels(broker.turn)
        self.rule_access = RuleAccess(self.channels)
        self.user: User | None = None
        self.vhost: VirtualHost | None = None
        self.mechanism = ""
        self.claimed_user = ""
        self.external_user = external_user
        self.writable = True
        self.client_properties: Table = {}
        self.frame_max = handshake.INITIAL_FRAME_MAX
        self.channel_max = 0
        self.offered_frame_max = 0  # the limits that connection.tune has offered; 0 is no limit
        self.offered_channel_max = 0
        self.opened_at = 0.0  # in seconds of the clock
        self.heartbeat_interval = 3  # in seconds; this much before tune-ok has agreed on one
        self.heartbeats = Heartbeats(broker.clock.of(self), output, partial(self.end_because, Cause.HEARTBEATS_MISSED))
        self.held: list[Event] = []  # what has come since it is blocked; handled when the alarm is over
        self._due: tuple[Ending, dict[str, int | str], int] | None = None
        """The ending that waits until all that has arrived in one piece is handled: the row of the table, the fields
        of the close, and the channel that has failed."""
        self._timer: DelayedCall | None = None

    def await_handshake(self) -> None:
        """Begin: the client has ``HANDSHAKE_TIMEOUT`` for the handshake."""
        self._restart_timer(HANDSHAKE_TIMEOUT)

    def capable(self, capability: str) -> bool:
        """Whether the client announced a capability such as ``"consumer_cancel_notify"``."""
        capabilities = self.client_properties.get("capabilities")
        return isinstance(capabilities, dict) and capabilities.get(capability) is True

    @property
    def is_open(self) -> bool:
        """Whether ``connection.open`` has been answered and no close has begun."""
        return self.state is State.RUNNING or self.state is State.BLOCKED

    # --- what comes from the peer

    def handle(self, event: Event) -> None:
        """Act on one event from the peer. Nothing a peer sends raises here."""
        state = self.state
        if state is State.RUNNING and type(event) is Command and event.channel:
            if event.content is not None and self.broker.alarms.active:
                self._block(event)
            else:
                self._to_channel(event)
        elif state is State.DEAF or state is State.GONE:
            return
        elif state is State.BLOCKED:
            self._hold(event)
        elif isinstance(event, Command):
            if not event.channel:
                self._on_connection(event)
        elif isinstance(event, Malformed):
            self._malformed(event)
        elif isinstance(event, ProtocolHeader):
            handshake.protocol_header(self, event.data)

    def batch(self, first: Command, bodies: Sequence[bytes]) -> Callable[[], None] | None:
        """A function that handles a batch of commands as one; None where they have to be handled one by one."""
        channel = self.channels.get(first.channel)
        return None if channel is None else channel.batch(first, bodies)

    def still_reads(self, channel: int) -> bool:
        """Whether the reader decodes frames on this channel. Once the connection is closing RabbitMQ skips them all."""
        return self.is_open

    def _on_connection(self, command: Command) -> None:
        if self.state is State.AWAITING_HEADER:
            handshake.protocol_header(self, b"")  # a rule has kept the header back: this begins without one
        elif (name := command.method.name) in LEGAL[self.state]:
            try:
                self._handlers.connection[name](self, command)
            except AMQPError as error:
                self.fail(error, 0, command)
        elif self.state is not State.CLOSED:
            text = f"unexpected method in connection state {self.state.value}"
            self.fail(AMQPError("channel-error", text), 0, command)

    def _to_channel(self, command: Command) -> None:
        channel = self.channels.get(command.channel)
        try:
            if channel is None:
                channel = self._new_channel(command.channel)
            channel.handle(command)
        except AMQPError as error:
            self.fail(error, command.channel, command)

    def _new_channel(self, number: int) -> Channel:
        """RabbitMQ makes a channel of any frame on an unused number; the channel then waits for its open."""
        count = len(self.channels)
        if self.channel_max and count >= self.channel_max:
            text = f"number of channels opened ({count}) has reached the negotiated channel_max ({self.channel_max})"
            raise AMQPError("not-allowed", text, method=(0, 0))
        if self.user is not None:
            self.broker.check_channel_limit(self.user)
        channel = self.channels[number] = Channel(self, number, self._handlers)
        return channel

    def free(self, number: int) -> None:
        """The channel of that number is gone: the client may open another."""
        self.channels.pop(number, None)

    def _malformed(self, event: Malformed) -> None:
        error = event.error
        if isinstance(error, DecodeError):
            self.end_because(Cause.UNREADABLE)
            return
        cause = Cause.READER_CRASH if error.name == "internal-error" else Cause.ERROR
        self.end_because(cause, close_fields(self.spec, error))
        if event.lost:
            self.end_because(Cause.FRAMES_LOST)

    # --- alarms

    def _block(self, publish: Command) -> None:
        """Stop reading, as RabbitMQ does when a client publishes while an alarm is on.

        It stops at the content header: a publish with a body is not routed before the alarm clears.
        """
        if publish.content is not None and publish.content.body:
            self._hold(publish)
        else:
            self._to_channel(publish)
        self.block()

    def _hold(self, event: Event) -> None:
        """Handle an event when the alarm is over."""
        self.held.append(event)
        if self.broker.common.watcher is not None:
            self.broker.common.watcher.held_back(self.number)

    def block(self) -> None:
        """Stop reading: a publish has begun to arrive while an alarm is on."""
        if self.state is not State.RUNNING:
            return
        self.state = State.BLOCKED
        self.output.pause("alarm")
        self.heartbeats.pause_monitor("alarm")
        if self.capable("connection.blocked"):
            self.send("connection.blocked", reason=self.broker.alarms.reason)

    def unblock(self) -> None:
        """Go on reading: the alarm is over. What was held back is handled first."""
        if self.state is not State.BLOCKED:
            return
        self.state = State.RUNNING
        self.heartbeats.resume_monitor("alarm")
        if self.capable("connection.blocked"):
            self.send("connection.unblocked")
        held, self.held = self.held, []
        watcher = self.broker.common.watcher
        for event in held:
            with nullcontext() if watcher is None else watcher.going_on(self.number):
                self.handle(event)
        self.output.resume("alarm")

    # --- what goes to the peer

    def pause_deliveries(self) -> None:
        """Deliver nothing for now: the client does not read. What it asks for is still answered, up to a point."""
        self.writable = False
        self.channels.pause()

    def resume_deliveries(self) -> None:
        """Deliver again."""
        self.writable = True
        self.channels.resume()

    def stop_listening(self) -> None:
        """Stop reading from a client that does not read. It is not watched meanwhile: its heartbeats are not heard."""
        self.output.pause("unread")
        self.heartbeats.pause_monitor("unread")

    def listen_again(self) -> None:
        """Read from the client again, and watch for its heartbeats: it reads."""
        self.heartbeats.resume_monitor("unread")
        self.output.resume("unread")

    def offer(self, channel_max: int, frame_max: int) -> None:
        """Remember the limits that ``connection.tune`` offers: the client's ``tune-ok`` may not exceed them."""
        self.offered_channel_max = channel_max
        self.offered_frame_max = frame_max

    def send(self, name: str, /, **fields: object) -> None:
        """Send one command on channel 0."""
        self.output.outbound(self.spec.command(0, name, **fields))

    def opened(self, vhost: VirtualHost) -> None:
        """The handshake is through: the connection counts from here on."""
        self.vhost = vhost
        self.state = State.RUNNING
        self.opened_at = self.broker.clock.seconds()
        self.broker.connections[self.number] = self
        self.churn.connection_created += 1
        self._stop_timer()

    # --- errors and closes

    def fail(self, error: AMQPError, channel: int = 0, command: Command | None = None) -> None:
        """Close the channel or the connection because of an error, as the specification's constants say.

        :param channel: where it happened. An error on channel 0 always closes the connection.
        :param command: the command that caused it. The close reports its ids, unless the error has ids of its own.
        """
        method = (0, 0) if command is None else (command.method.class_id, command.method.id)
        fields = close_fields(self.spec, error, method)
        failed = self.channels.get(channel)
        if failed is None:
            self.end_because(Cause.ERROR, fields)
        elif is_connection_error(self.spec, error):
            failed.end_because(ChannelCause.CONNECTION_ERROR)
            self.end_because(Cause.CHANNEL_ERROR, fields, channel)
        else:
            failed.end_because(ChannelCause.ERROR, fields)

    def end(self, channel: int, code: int, text: str, method: tuple[int, int]) -> None:
        """Close the channel, or on channel 0 the connection, with the code and text that a rule gives.

        :param method: class and method id to report.
        """
        what: dict[str, int | str] = {"reply_code": code, "reply_text": text}
        fields = {**what, "class_id": method[0], "method_id": method[1]}
        if channel and self.is_open and channel not in self.channels:
            # The rule answers channel.open with the close.
            self.channels[channel] = Channel(self, channel, self._handlers)
        if channel in self.channels:
            self.channels[channel].end_because(ChannelCause.ERROR, fields)
        elif not channel:
            self.end_because(Cause.RULE, fields)

    def close(self, text: str) -> None:
        """Close the connection as an administrator does: 320 CONNECTION_FORCED with this text."""
        self.end_because(Cause.OPERATOR, close_fields(self.spec, AMQPError("connection-forced", text)))

    def crashed(self) -> None:
        """An error of the broker's own has left something undone here: end as RabbitMQ does when a process crashes.

        The client gets 541 INTERNAL_ERROR; one that can't be told any more is reset.
        """
        output = self.output
        try:
            self.end_because(Cause.CRASH, close_fields(self.spec, crash()))
        except Exception:
            output.abort()
            raise

    def drop(self) -> None:
        """Hang up at once, with no word."""
        self.end_because(Cause.BROKER_LEAVES)

    def lost(self) -> None:
        """The socket is gone, whoever closed it."""
        self.end_because(Cause.LOST)

    # --- the end, as endings.py has it

    def end_because(self, cause: Cause, fields: dict[str, int | str] | None = None, failed: int = 0) -> None:
        """End as the table says for this cause. Nothing happens where the table has no row for the state.

        :param fields: those of ``connection.close``, where the client is told one.
        :param failed: the channel because of which the connection ends, if there is one.
        """
        ending = CONNECTION_ENDINGS[cause].get(self.state)
        if ending is None:
            return
        if cause is Cause.CLIENT_CLOSES and self._due is not None:
            self._end_due()
        elif not ending.at_end_of_turn:
            self._end(ending, fields or {}, failed)
        elif self._due is None:
            self._due = (ending, fields or {}, failed)
            self.broker.turn.put_off(Phase.MAILBOXES, self._end_due, self)

    def _end_due(self) -> None:
        """End because of a channel that has failed. The other channels first deliver what queues have given them."""
        due, self._due = self._due, None
        if due is not None and self.is_open:
            self.channels.catch_up()
            self._end(*due)

    def _end(self, ending: Ending, fields: dict[str, int | str], failed: int) -> None:
        output, before = self.output, self.state
        self._give_back(failed)
        self.state = ending.state
        if ending.state is State.GONE:
            self._let_go()
        elif ending.state is not before:
            self._restart_timer(patience(ending.hangs_up, self.heartbeat_interval))
        if ending.says:
            self.send(ending.says, **fields)
        if ending.state is State.DEAF:
            output.pause("deaf")
        elif before is State.BLOCKED and ending.state is State.CLOSED:
            output.resume("alarm")  # close-ok is heard: RabbitMQ stops reading only while a connection is blocked
        if ending.hangs_up is HangUp.BROKER:
            output.lose()

    def _let_go(self) -> None:
        """Drop all references in a circle, so that Python frees this connection as soon as nobody else holds it.

        An error may interrupt this. The crash that follows ends the connection once more, and so does it again.
        """
        self.heartbeats.stop()
        self._stop_timer()
        self.output = NOWHERE

    def _stop_timer(self) -> None:
        if self._timer is not None and self._timer.active():
            self._timer.cancel()
        self._timer = None

    def _restart_timer(self, delay: float) -> None:
        self._stop_timer()
        self._timer = self.broker.clock.of(self).callLater(delay, self._timed_out)

    def _timed_out(self) -> None:
        if self._timer is not None and not self._timer.active():  # else it was put off, and then set anew or stopped
            self.end_because(Cause.TIMEOUT)

    def _give_back(self, failed: int) -> None:
        self.channels.release(failed)
        if self.broker.connections.pop(self.number, None) is not None and self.vhost is not None:
            self.churn.connection_closed += 1
            self.vhost.queues.release(self)
        self.held.clear()
