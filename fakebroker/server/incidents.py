"""What happens to a real broker now and then: it restarts, closes connections, raises alarms."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, cast

from twisted.internet.defer import Deferred

from fakebroker.amqp.channel import Channel
from fakebroker.amqp.connection import Connection
from fakebroker.amqp.given import check_channel, check_connection, given_queue
from fakebroker.amqp.states import State
from fakebroker.errors import AMQPError, RuleError
from fakebroker.faults.actions.commands import made
from fakebroker.faults.actions.say import Say
from fakebroker.server.reporting import report_failure
from fakebroker.validation import duration

if TYPE_CHECKING:
    from fakebroker.broker.access.users import User
    from fakebroker.broker.alarms import Alarm
    from fakebroker.broker.broker import Broker
    from fakebroker.broker.vhost import VirtualHost
    from fakebroker.clock import DelayedCall, Time
    from fakebroker.server.factory import BrokerFactory
    from fakebroker.server.listeners import Listeners
    from fakebroker.turn import Turn

VERBS = ("restart", "down", "up", "pause", "resume", "delete_user", "delete_queue", "set_alarm", "clear_alarm", "say")
"""What a rule can cause, too: ``Do("restart")``."""


class Incidents:
    """A part of ``FakeBroker``: the methods for what happens to a real broker."""

    broker: Broker
    turn: Turn
    listeners: Listeners
    clock: Time
    _factory: BrokerFactory
    _resume_call: DelayedCall | None = None
    _may_pause = True

    @property
    def connections(self) -> list[Connection]:
        """The connections that are open, oldest first."""
        return [cast(Connection, each) for each in self.broker.connections.values()]

    def close_connection(self, connection: Connection, reason: str = "Closed via management plugin") -> None:
        """Close one connection as an administrator does: the client gets 320 CONNECTION_FORCED with the reason. :param
        connection: one of :attr:`connections`.

        :raises TypeError: when it is not one of them, or the reason is not a string.
        :raises ValueError: for a reason of more than 255 octets.
        """
        check_connection(connection, reason)
        with self.turn:
            connection.close(reason)

    def close_channel(self, channel: Channel, text: str, name: str = "precondition-failed") -> None:
        """Close one channel from the broker's side.

        :param text: the reply-text after the name.
        :param name: the error's name in the specification; one that ends connections closes the whole connection.
        :raises TypeError: when it is not a channel of one of :attr:`connections`, or the text is not a string.
        :raises ValueError: for an unknown error, or a text of more than 255 octets.
        """
        check_channel(channel, text, name)
        with self.turn:
            channel.fail(AMQPError(name, text))

    @property
    def paused(self) -> bool:
        """Whether the broker does nothing; see :meth:`pause`."""
        return self.turn.paused

    def say(self, connection: Connection | int, name: str, channel: int | None = None, **arguments: object) -> None:
        """Send a client one command out of the blue, of which the broker itself knows nothing.

        ``broker.say(1, "basic.deliver", consumer_tag="gone", delivery_tag=9, body="late")``

        :param connection: one of :attr:`connections`, or its number.
        :param name: the command's name.
        :param channel: by default 0 for commands of the class ``connection``, and 1 for others.
        :param arguments: its arguments, properties of its content, ``body``. What is left out is empty or zero.
        :raises LookupError: when the connection is not open.
        :raises RuleError: for an unknown command or argument, one that only clients send, or one that the client's
            version of AMQP does not have.
        """
        given: Any = arguments
        Say(name, channel=channel, **given)  # it checks them
        if channel is None:
            channel = 0 if name.startswith("connection.") else 1
        number = connection if isinstance(connection, int) else connection.number
        if number not in self.broker.connections:
            raise LookupError(f"connection {number} is not open")
        link = self._factory.protocols[number].link
        if name not in link.spec.methods:
            raise RuleError(f"say: AMQP {link.spec.version} has no {name}")
        with self.turn:
            link.say(made(link.spec, channel, name, arguments))

    def pause(self, seconds: float | None = None) -> None:
        """Pause: the broker does nothing, as a process that was stopped (SIGSTOP) or a machine that hangs. Its sockets
        stay open and take connections; nothing is read, nothing is said, and no timer of the broker's does anything.

        :param seconds: the time after which it goes on; None to stay so until :meth:`resume`.
        :raises ValueError: for a time below 0.
        """
        if seconds is not None:
            duration("seconds", seconds)
        if not self._may_pause:
            return
        self._forget_resume()
        with self.turn:
            self.turn.pause()
            for protocol in list(self._factory.protocols.values()):
                protocol.link.freeze()
        if seconds is not None:
            self._resume_call = self.clock.callLater(seconds, self.resume)

    def resume(self) -> None:
        """Go on after :meth:`pause`: read what has come meanwhile, and then do what timers would have done."""
        self._forget_resume()
        if self.turn.paused:
            self._thaw()
            if not self.turn.paused:
                self._resume_call = self.clock.callLater(0, self._read_first)

    def _read_first(self) -> None:
        """Over TCP what has come is read in the reactor's next round."""
        self._resume_call = self.clock.callLater(0, self.turn.go_on)

    def _thaw(self) -> None:
        self.turn.paused = False
        for protocol in list(self._factory.protocols.values()):
            if self.turn.paused:
                return  # a rule has paused it again, because of what one of the connections had yet to do
            if protocol.connection.state is State.AWAITING_HEADER:
                protocol.connection.await_handshake()  # for this client the broker begins now
            self.turn.run(protocol.link.thaw, protocol)

    def _forget_resume(self) -> None:
        if self._resume_call is not None and self._resume_call.active():
            self._resume_call.cancel()
        self._resume_call = None

    def _end_pause(self) -> None:
        """Go on at once, because the broker stops or starts again. No rule pauses it meanwhile."""
        self._forget_resume()
        self._may_pause = False
        try:
            self._thaw()
            self.turn.go_on()
        finally:
            self._may_pause = True

    def restart(self) -> None:
        """Restart: every connection gets a close with 320 and is cut at once, as when a RabbitMQ stops. Transient
        queues and messages are lost, durable ones survive."""
        self._end_pause()
        with self.turn:
            for protocol in list(self._factory.protocols.values()):
                self.turn.run(protocol.stop, protocol)
            self.broker.restart()

    def down(self, seconds: float | None = None) -> None:
        """Go down: every connection is reset, the ports are closed, transient queues and messages are lost. :param
        seconds: the time after which the broker comes up again; None to stay down until ``up()``.
        """
        self._end_pause()
        self.listeners.down(seconds, lambda: self.up().addErrback(partial(report_failure, self.turn.report)))
        self._factory.crash_all()
        self.broker.restart()

    def up(self) -> Deferred[None]:
        """Come up again, on the same port.

        :returns: a Deferred that fires when the broker listens.
        """
        return self.listeners.up()

    def delete_user(self, name: str, missing_ok: bool = False) -> None:
        """Delete a user: its connections are closed with 320, and it can't log in any more.

        :param missing_ok: whether it is no error if there is no such user.
        :raises KeyError: when there is no such user.
        """
        if not missing_ok or name in self.broker.users:
            self.broker.users.remove(name)

    def delete_queue(self, name: str, vhost: str = "/", missing_ok: bool = False) -> None:
        """Delete a queue as an administrator does: its consumers are cancelled, and its messages are lost.

        :param missing_ok: whether it is no error if there is no such queue.
        :raises AMQPError: not-found, when there is no such queue.
        """
        if missing_ok and name not in self.broker.vhosts[vhost].queues:
            return
        with self.turn:
            self.broker.vhosts[vhost].queues.delete(given_queue(self.broker.vhosts[vhost], name))

    def set_alarm(self, name: Alarm = "memory") -> None:
        """Raise an alarm, ``"memory"`` or ``"disk"``: connections that publish are blocked."""
        self.broker.alarms.set(name)

    def clear_alarm(self, name: Alarm = "memory") -> None:
        """Clear an alarm."""
        self.broker.alarms.clear(name)

    def _alarms_changed(self) -> None:
        if not self.broker.alarms.active:
            with self.turn:
                for connection in self.connections:
                    if connection.state is State.BLOCKED:
                        self.turn.run(connection.unblock, connection)

    def _user_removed(self, user: User) -> None:
        self._close_all([each for each in self.connections if each.user is user], f"user '{user.name}' is deleted")

    def _vhost_removed(self, vhost: VirtualHost) -> None:
        self._close_all([each for each in self.connections if each.vhost is vhost], f"vhost '{vhost.name}' is deleted")

    def _close_all(self, connections: list[Connection], reason: str) -> None:
        with self.turn:
            for connection in connections:
                self.turn.run(partial(connection.close, reason), connection)
