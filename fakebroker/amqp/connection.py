"""One connection as the broker sees it: its state, its channels, and the one place where errors become closes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from fakebroker.amqp import handshake
from fakebroker.amqp.channel import Channel
from fakebroker.amqp.closing import CLOSING_TIMEOUT, SILENT_CLOSE_DELAY, close_fields, is_connection_error
from fakebroker.amqp.heartbeat import Heartbeats
from fakebroker.amqp.output import NOWHERE, Output
from fakebroker.amqp.ports import Handlers
from fakebroker.amqp.ruled import Ruled
from fakebroker.amqp.states import LEGAL, SILENT, State
from fakebroker.broker.access.users import User
from fakebroker.broker.broker import Broker
from fakebroker.broker.vhost import VirtualHost
from fakebroker.clock import DelayedCall
from fakebroker.errors import AMQPError, DecodeError
from fakebroker.values import Table
from fakebroker.wire.command import Command, Commands, Event, Malformed, ProtocolHeader
from fakebroker.wire.spec import Spec, load

HANDSHAKE_TIMEOUT = 10.0
"""Seconds a client has from its first octet to ``connection.open`` (RabbitMQ's ``handshake_timeout``)."""


class Connection(Ruled):
    """The server's half of one connection.

    :param number: 1 for the broker's first connection, 2 for the second, and so on.
    :param output: where commands to the peer go.
    :param name: as the management API shows it.
    :param handlers: who handles which command, here and on the channels.
    """

    def __init__(self, broker: Broker, output: Output, number: int, name: str, handlers: Handlers) -> None:
        self.broker = broker
        self._handlers = handlers
        self.churn = broker.churn
        self.output = output
        self.number = number
        self.name = name
        self.state = State.AWAITING_HEADER
        self.spec: Spec = load("0-9-1")
        self.channels: dict[int, Channel] = {}
        self.user: User | None = None
        self.vhost: VirtualHost | None = None
        self.mechanism = ""
        self.claimed_user = ""
        self.external_user: Callable[[], str | None] | None = None  # over TLS: whose certificate the client shows
        self.writable = True
        self.client_properties: Table = {}
        self.frame_max = handshake.INITIAL_FRAME_MAX
        self.channel_max = 0
        self.opened_at = 0.0  # in seconds of the clock
        self.heartbeat_interval = 3
        self._heartbeats: Heartbeats | None = None
        self._held: list[Event] = []
        self._leaving: list[Channel] = []  # those that have yet to give back what they hold
        self._failure: Callable[[], None] | None = None
        """What ends the connection when all that has arrived in one piece is handled."""
        self._timer: DelayedCall | None = None

    def await_handshake(self) -> None:
        """Begin: the client has so long for the handshake."""
        self._restart_timer(HANDSHAKE_TIMEOUT)

    def capable(self, capability: str) -> bool:
        """Whether the client announced a capability such as ``"consumer_cancel_notify"``."""
        capabilities = self.client_properties.get("capabilities")
        return isinstance(capabilities, dict) and capabilities.get(capability) is True

    @property
    def has_failed(self) -> bool:
        """Whether a channel has, and the connection has not yet ended with it."""
        return self._failure is not None

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
        elif state is State.DEAF:
            return
        elif state is State.BLOCKED:
            self._held.append(event)
        elif isinstance(event, Command):
            if not event.channel:
                self._on_connection(event)
        elif isinstance(event, Malformed):
            self._malformed(event)
        elif isinstance(event, ProtocolHeader):
            handshake.protocol_header(self, event.data)

    def together(self, commands: Commands) -> Callable[[], None] | None:
        """What handles commands that are alike as one; None where they have to be handled one by one."""
        channel = self.channels.get(commands.channel)
        if channel is None or self.state is not State.RUNNING:
            return None
        return channel.together(commands)

    def still_reads(self, channel: int) -> bool:
        """Whether frames on a channel count: RabbitMQ skips them unseen once the connection is closing."""
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
        if isinstance(event.error, DecodeError):
            self.drop()
        elif self.state is State.OPENING and event.error.name == "internal-error":
            self._go_deaf()
        else:
            self.fail(event.error)
            if event.lost:
                self._go_deaf()

    # --- alarms

    def _block(self, publish: Command) -> None:
        """Stop reading, as RabbitMQ does when a client publishes while an alarm is on.

        It stops at the content header: a publish with a body is not routed before the alarm clears.
        """
        if publish.content is not None and publish.content.body:
            self._held.append(publish)
        else:
            self._to_channel(publish)
        self.block()

    def block(self) -> None:
        """The same where no more than the beginning of a publish has come."""
        if self.state is not State.RUNNING:
            return
        self.state = State.BLOCKED
        self.output.pause()
        if self._heartbeats is not None:
            self._heartbeats.pause_monitor()
        if self.capable("connection.blocked"):
            self.send("connection.blocked", reason=self.broker.alarms.reason)

    @property
    def held(self) -> Sequence[Event]:
        """What has come from the client and is not handled before the alarm is over."""
        return self._held

    def unblock(self) -> None:
        """Go on reading: the alarm is over. What was held back is handled first."""
        if self.state is not State.BLOCKED:
            return
        self.state = State.RUNNING
        if self._heartbeats is not None:
            self._heartbeats.resume_monitor()
        if self.capable("connection.blocked"):
            self.send("connection.unblocked")
        held, self._held = self._held, []
        for event in held:
            self.handle(event)
        self.output.resume()

    # --- what goes to the peer

    def pause_deliveries(self) -> None:
        """Deliver nothing for now: the client does not read. What it asks for is still answered, up to a point."""
        self.writable = False
        for channel in self.channels.values():
            channel.pause()

    def resume_deliveries(self) -> None:
        """Deliver again."""
        self.writable = True
        for channel in list(self.channels.values()):
            channel.resume()

    def stop_listening(self) -> None:
        """Read nothing more from the client, which does not read itself: its heartbeats are not heard either."""
        self.output.pause("unread")
        if self._heartbeats is not None:
            self._heartbeats.pause_monitor("unread")

    def listen_again(self) -> None:
        """The client reads, and is read from."""
        if self._heartbeats is not None:
            self._heartbeats.resume_monitor("unread")
        self.output.resume("unread")

    def send(self, name: str, **fields: Any) -> None:
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

    def start_heartbeats(self, interval: int) -> None:
        """Begin heartbeats in both directions every ``interval`` seconds; 0 means none."""
        self.heartbeat_interval = interval
        self._heartbeats = Heartbeats(self.broker.clock.of(self), self.output, interval, self._silent_peer)
        self._heartbeats.start()

    def _silent_peer(self) -> None:
        if self.state is not State.CLOSED:
            self.drop()

    # --- errors and closes

    def fail(self, error: AMQPError, channel: int = 0, command: Command | None = None) -> None:
        """Close the channel or the connection because of an error, as the specification's constants say.

        :param channel: where it happened; on channel 0 it is always the connection that closes.
        :param command: what the peer sent; its ids are reported unless the error names others.
        """
        method = (0, 0) if command is None else (command.method.class_id, command.method.id)
        if self.state in (State.CLOSED, State.DEAF):
            return
        if self.state in SILENT:
            self._go_deaf()
        elif channel in self.channels and not is_connection_error(self.spec, error):
            self.channels[channel].close(close_fields(self.spec, error, method))
        elif channel in self.channels:
            self._collapse(channel, close_fields(self.spec, error, method))
        else:
            self._close(close_fields(self.spec, error, method))

    def _collapse(self, number: int, fields: dict[str, Any]) -> None:
        """A channel has failed. RabbitMQ's reader hears of it when it has handed out all that has arrived in one piece,
        so what is there for other channels is handled still; of several that fail the first one counts."""
        self.channels[number].collapse()
        if self._failure is None:
            self._failure = partial(self._close, fields, number)
            self.broker.turn.at_end(self.end_failed, self)

    def end_failed(self) -> None:
        """End the connection if one of its channels has failed; the others get what queues have for them by now."""
        failure, self._failure = self._failure, None
        if failure is not None and self.is_open:
            for channel in self.channels.values():
                channel.catch_up()
            failure()

    def end(self, channel: int, code: int, text: str, method: tuple[int, int] = (0, 0)) -> None:
        """Close the channel, or on channel 0 the connection, with a code and text of somebody's choice.

        :param method: class and method id to report.
        """
        fields = {"reply_code": code, "reply_text": text, "class_id": method[0], "method_id": method[1]}
        if channel and self.is_open and channel not in self.channels:
            self.channels[channel] = Channel(self, channel, self._handlers)  # its open is what is answered with a close
        if channel in self.channels:
            self.channels[channel].close(fields)
        elif not channel and self.state not in (State.CLOSED, State.DEAF):
            self._close(fields)

    def close(self, text: str) -> None:
        """Close the connection as an administrator does: 320 CONNECTION_FORCED with this text."""
        if self.is_open:
            self._close(close_fields(self.spec, AMQPError("connection-forced", text), (0, 0)))
        elif self.state is not State.CLOSED:
            self.drop()

    def crashed(self) -> None:
        """An error of the broker's own has left something undone here: end as RabbitMQ does when a process crashes.

        The client gets 541 INTERNAL_ERROR; one that can't be told any more is reset.
        """
        output = self.output
        try:
            if self.is_open:
                self._close(close_fields(self.spec, AMQPError("internal-error", ""), (0, 0)))
            else:
                self.drop()
        except Exception:
            output.abort()
            raise

    def refuse(self, error: AMQPError) -> None:
        """Send ``connection.close`` although the handshake is not through."""
        self._close(close_fields(self.spec, error, (0, 0)))

    def await_hangup(self, failed: int = 0) -> None:
        """Give up channels and exclusive queues; the socket stays, for a while, for the client to close.

        :param failed: the channel because of which the connection ends.
        """
        self._release(failed)
        self.state = State.CLOSED
        interval = self.heartbeat_interval
        self._restart_timer(interval if 0 < interval < CLOSING_TIMEOUT else CLOSING_TIMEOUT)

    def drop(self) -> None:
        """Close the socket with no word."""
        output = self.output
        self.lost()
        output.lose()

    def lost(self) -> None:
        """The socket is gone, whoever closed it: leave nothing behind, and hold nothing that holds this connection, so
        that it is gone when nobody asks for it any more."""
        self._release()
        self.state = State.DEAF
        self.output = NOWHERE
        if self._heartbeats is not None:
            self._heartbeats.stop()
            self._heartbeats = None
        self._stop_timer()

    def _close(self, fields: dict[str, Any], failed: int = 0) -> None:
        was_blocked = self.state is State.BLOCKED
        self.await_hangup(failed)
        self.send("connection.close", **fields)
        if was_blocked:
            self.output.resume()  # RabbitMQ stops reading only while a connection is blocked: close-ok is heard

    def _go_deaf(self) -> None:
        self.state = State.DEAF
        self.output.pause()
        self._restart_timer(SILENT_CLOSE_DELAY)

    def _stop_timer(self) -> None:
        if self._timer is not None and self._timer.active():
            self._timer.cancel()
        self._timer = None

    def _restart_timer(self, delay: float) -> None:
        self._stop_timer()
        self._timer = self.broker.clock.of(self).callLater(delay, self.drop)

    def _release(self, failed: int = 0) -> None:
        """Take everything back; the channel that failed, if one did, is the first to give back what it holds."""
        # What they give back is for none of them.
        for channel in self.channels.values():
            channel.shut()
        channels, self.channels = self.channels, {}
        first = [channels.pop(failed)] if failed in channels else []
        self._leaving += [*first, *channels.values()]
        while self._leaving:
            # If this ends early, the next end of the connection, that of its socket, goes on with it.
            self.broker.turn.run(self._leaving[0].release)
            del self._leaving[0]
        if self.broker.connections.pop(self.number, None) is not None and self.vhost is not None:
            self.churn.connection_closed += 1
            self.vhost.queues.release(self)
        self._held.clear()
