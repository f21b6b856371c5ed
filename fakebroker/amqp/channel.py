"""One channel as the broker sees it: its state, and what handlers may ask of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from fakebroker.amqp.classes.shortcuts import WITH_LAST_QUEUE, queue_name
from fakebroker.amqp.close_fields import close_fields
from fakebroker.amqp.endings import CHANNEL_ENDINGS, ChannelCause
from fakebroker.amqp.ports import ChannelOwner, Handlers
from fakebroker.amqp.states import ChannelState
from fakebroker.broker.access.permissions import Permitted
from fakebroker.broker.access.users import User
from fakebroker.broker.broker import Broker
from fakebroker.broker.channel.session import Session
from fakebroker.broker.vhost import VirtualHost
from fakebroker.errors import AMQPError
from fakebroker.turn import Phase
from fakebroker.wire.command import Command, Content

if TYPE_CHECKING:
    from fakebroker.wire.methods import HasNoWait

QUIET = 1.0
"""Seconds without work after which a channel of RabbitMQ hibernates. It then forgets which permissions it has checked.

After the first time RabbitMQ waits longer, for a random time; this does not."""

_new = tuple.__new__  # a named tuple's own constructor takes twice as long


class Channel:
    """The server's half of one channel; it has a ``session`` while it runs.

    :param number: the channel number on the wire.
    :param handlers: who handles which command.
    """

    def __init__(self, connection: ChannelOwner, number: int, handlers: Handlers) -> None:
        assert connection.vhost is not None, "a channel lives on an open connection only"
        assert connection.user is not None, "a channel lives on an open connection only"
        self.connection = connection
        self._handlers = handlers.channel
        self._batches = handlers.batches
        self.broker: Broker = connection.broker
        self.vhost: VirtualHost = connection.vhost
        self.user: User = connection.user
        self.number = number
        self.state = ChannelState.STARTING
        self.current_queue = ""
        self.session: Session
        self._left: Session | None = None  # what is left of the session from the close to the end of the channel
        self._seconds = self.broker.clock.seconds
        self._quiet_from = self._seconds()
        self._permitted = Permitted(self.user, self.vhost.name)
        self.check = self._permitted.check
        self.check_topic = self._permitted.check_topic

    # --- what comes from the peer

    def handle(self, command: Command) -> None:
        """Act on one command.

        :raises AMQPError: when the peer did something wrong; the connection turns it into a close.
        """
        name = command.method.name
        if self.state is ChannelState.RUNNING:
            self.wake()
            handler = self._handlers.get(name)
            transaction = self.session.transaction
            if transaction is not None and transaction.committing and not name.startswith("channel."):
                # Queues have yet to confirm the transaction's messages; RabbitMQ takes nothing else meanwhile.
                raise AMQPError("channel-error", "unexpected command while processing 'tx.commit'")
            if handler is None:
                raise AMQPError("command-invalid", "unimplemented method")
            handler(self, command)
        elif self.state is ChannelState.STARTING:
            self._while_starting(command)
        elif self.state is ChannelState.CLOSED_BY_CLIENT or self.state is ChannelState.CLOSED_BY_BROKER:
            self._while_closing(command)

    def batch(self, first: Command, bodies: Sequence[bytes]) -> Callable[[], None] | None:
        """A function that handles a batch of commands as one; None where they have to be handled one by one."""
        handler = self._batches.get(first.name)
        return None if handler is None or self.state is not ChannelState.RUNNING else handler(self, first, bodies)

    def wake(self) -> None:
        """Take note that there is work. A channel that has been idle for ``QUIET`` forgets its checked permissions."""
        now = self._seconds()
        if now - self._quiet_from >= QUIET:
            self._permitted.forget()
        self._quiet_from = now

    def _while_starting(self, command: Command) -> None:
        if command.name != "channel.open":
            self._put_in_last_queue(command)
            raise AMQPError("channel-error", "expected 'channel.open'")
        self.session = Session(self)
        self.connection.churn.channel_created += 1
        self.state = ChannelState.RUNNING
        if not self.connection.writable:
            self.session.pause()
        self.send("channel.open-ok")

    def _while_closing(self, command: Command) -> None:
        """Handle a command after either side's close: only the closing handshake is heard.

        There are two exceptions. Another open is an error. A command that means the last declared queue, where there
        is none, makes RabbitMQ 3.10 send one more ``channel.close``.
        """
        if command.name == "channel.close-ok":
            self.end_because(ChannelCause.CLIENT_ANSWERS)
        elif command.name == "channel.close":
            self.end_because(ChannelCause.CLIENT_CLOSES)
        elif command.name == "channel.open":
            self._handlers[command.name](self, command)
        else:
            try:
                self._put_in_last_queue(command)
            except AMQPError as error:
                ids = command.method.class_id, command.method.id
                self.end_because(ChannelCause.ERROR, close_fields(self.connection.spec, error, ids))

    def _put_in_last_queue(self, command: Command) -> None:
        """Check that there is a last declared queue, if the command means it. RabbitMQ 3.10 does so in any state.

        :raises AMQPError: not-found when there is none.
        """
        if command.name in WITH_LAST_QUEUE:
            queue_name(self, command.args.queue)

    # --- what goes to the peer

    def send(self, name: str, content: Content | None = None, /, **fields: object) -> None:
        """Send one command; fields that are not given have their zero values."""
        connection = self.connection
        method = connection.spec.methods[name]
        connection.output.outbound(_new(Command, (self.number, method, method.make(**fields), content)))

    def pass_on(self, command: Command, bodies: Sequence[bytes] | None = None) -> None:
        """Send a command that has been made elsewhere, or a batch of commands.

        :param bodies: those of the whole batch. The command is the first of it.
        """
        if bodies is None:
            self.connection.output.outbound(command)
        else:
            self.connection.output.outbound_batch(command, bodies)

    def reply(self, command: Command[HasNoWait], name: str, /, **fields: object) -> None:
        """Answer a command, unless it asked for no answer (no-wait)."""
        if not command.args.no_wait:
            self.send(name, **fields)

    # --- what handlers need to know

    @property
    def is_running(self) -> bool:
        """Whether it is open, and no close has begun."""
        return self.state is ChannelState.RUNNING

    @property
    def origin(self) -> tuple[str, int, str]:
        """Who it is: the name of its connection, its number and its user's name."""
        return self.connection.name, self.number, self.user.name

    @property
    def unbatched(self) -> bool:
        """Whether commands have to pass one by one: rules look at each, an alarm stops the reading at the first, or
        somebody chooses about each."""
        return self.connection.output.unbatched or self.broker.alarms.active or self.broker.chooser is not None

    @property
    def in_hand(self) -> Session | None:
        """The session that holds unacknowledged messages, after a close as well; None for a channel that holds none."""
        return self.session if self.state is ChannelState.RUNNING else self._left

    def catch_up(self) -> None:
        """Deliver at once what queues have given to the channel."""
        if self.state is ChannelState.RUNNING:
            self.session.mailbox.read_all()

    def stop_deliveries(self) -> None:
        """Deliver nothing from now on: the connection is about to end."""
        if self.state is ChannelState.RUNNING:
            self.session.mailbox.shut = True

    def pause(self) -> None:
        """Deliver nothing for now."""
        if self.state is ChannelState.RUNNING:
            self.session.pause()

    def resume(self) -> None:
        """Deliver again."""
        if self.state is ChannelState.RUNNING:
            self.session.resume()

    # --- the end, as endings.py has it

    def fail(self, error: AMQPError) -> None:
        """End the channel, or the connection, because of an error that no command has caused."""
        self.connection.fail(error, self.number)

    def crashed(self) -> None:
        """End the connection, as RabbitMQ does when the process of a channel crashes."""
        self.connection.crashed()

    def end_because(self, cause: ChannelCause, fields: dict[str, int | str] | None = None) -> None:
        """End as the table says for this cause. Nothing happens where the table has no row for the state.

        :param fields: those of ``channel.close``, where the client is told one.
        """
        ending, before = CHANNEL_ENDINGS[cause].get(self.state), self.state
        if ending is None:
            return
        if ending.then is not None:
            self.broker.turn.put_off(Phase.MAILBOXES, partial(self.end_because, ending.then), self)
        self.state = ending.state
        if before is ChannelState.RUNNING:
            self._leave()
        if ending.state is ChannelState.GONE:
            self.connection.free(self.number)
        if ending.says:
            self.send(ending.says, **(fields or {}))
        if ending.state is ChannelState.GONE and self._left is not None:
            left, self._left = self._left, None
            left.close()

    def _leave(self) -> None:
        """End the consumers. What the session still holds is given back when the channel is gone."""
        self.connection.churn.channel_closed += 1
        self._left = session = self.session
        del self.session
        session.leave(failing=self.state is ChannelState.FAILED)
