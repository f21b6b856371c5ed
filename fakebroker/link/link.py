"""The link: where everything passes that goes from a client to the broker or back.

The link writes to the journal what the client really sends and really gets. So what comes from the client is written
down before rules see it, and what goes to the client after they have seen it. As long as no rule is loaded, and none
has left anything to do, the link does no more. From then on a ``StepRunner`` carries out the steps that rules make.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from fakebroker.faults import steps as do
from fakebroker.faults.active_rule import ActiveRule
from fakebroker.faults.crossing import Way, octets_of
from fakebroker.journal.entries import Lost, Opened, crossing_name
from fakebroker.link.context import LinkContext
from fakebroker.link.held_memory import octets_held
from fakebroker.link.ports import NO_TRANSPORT, ConnectionPort, TransportPort
from fakebroker.link.step_runner import StepRunner
from fakebroker.link.watched import WatchedRunner
from fakebroker.link.watcher import CrossingWatcher
from fakebroker.predicates.addresses import Address, Numbered
from fakebroker.predicates.facts import Introduced
from fakebroker.wire.batch import Arrival, CommandBatch, encode_batch
from fakebroker.wire.command import Command, Event, Heartbeat, ProtocolHeader
from fakebroker.wire.spec import Spec
from fakebroker.wire.writer import HEARTBEAT, encode


class Link(Introduced):
    """Joins one socket and one connection, and knows what rules may ask about the connection.

    The link reads what a client says about itself (``Introduced``), as the connection does later: a rule may ask who
    the client is, and keep its login from the broker.

    :param connect: makes the connection, which sends its commands to this link.
    """

    def __init__(
        self, number: int, transport: TransportPort, context: LinkContext, connect: Callable[[Link], ConnectionPort]
    ) -> None:
        super().__init__()
        self.number = number
        self.transport = transport
        self.context = context
        self.journal = context.journal
        self.faults = context.faults
        self.octets_received = 0  # without what rules have dropped
        self.octets_sent = 0
        self._runner: StepRunner | None = None
        self._pauses: list[str] = []
        self._end = ""
        self.connection = connect(self)
        if context.watcher is not None:  # then everything passes a runner, and is numbered
            self._runner = WatchedRunner(self, context.watcher)

    # --- from the peer

    def made(self) -> None:
        """The socket has been connected. Nothing has come yet."""
        self.journal.add(self.number, "", Opened())
        if self.context.turn.paused:
            self.freeze()
        if self.faults.rules or self._runner is not None:
            self._run_steps("in", do.Connected(), self.journal.latest())

    def inbound(self, event: Arrival) -> Iterable[Command]:
        """Take one event from the peer, or a batch.

        :return: the commands of a batch that can't pass as one: they have to come one by one.
        """
        if isinstance(event, CommandBatch):
            return self._inbound_batch(event)
        self.journal.add(self.number, "in", event)
        if not self.introduced:
            self.take_note(event)
        if self.faults.rules or self._runner is not None:
            self._run_steps("in", event, self.journal.latest())
        else:
            self.connection.handle(event)
        return ()

    def _inbound_batch(self, batch: CommandBatch) -> Iterable[Command]:
        """Have a batch handled as one, where that is possible.

        It is one entry in the journal then, for whoever handles it says nothing in between.
        """
        handle = self.connection.batch(*batch)
        if handle is None:
            return batch.unbatched()
        self.journal.add_batch(self.number, "in", *batch)
        handle()
        return ()

    def dropped(self, item: do.Item) -> None:
        """A rule has let nothing of an item through. It counts as not received, for heartbeats too."""
        self.octets_received -= len(octets_of(item, self.frame_max))

    def lost(self, reset: bool) -> None:
        """The socket is gone; the link forgets it.

        :param reset: whether the socket was reset, rather than closed.
        """
        how = self._end or ("reset by the client" if reset else "closed by the client")
        self.journal.add(self.number, "", Lost(how))
        crossing = self.journal.latest() if self.faults.rules else None
        runner = self._runner or (None if crossing is None else StepRunner(self))
        try:
            if self.context.watcher is not None:
                self._tell_lost(self.context.watcher, how)
            if self._runner is not None:
                self._runner.stop()
            self.faults.forget(self.number)
        finally:
            self.transport, self._runner = NO_TRANSPORT, None
            self.connection.lost()
        if runner is not None and crossing is not None:
            runner.at_end(crossing)
            runner.stop()

    def _tell_lost(self, watcher: CrossingWatcher, how: str) -> None:
        address = Address(self.number, "in", "end", self.journal.latest().occurrence)
        watcher.lost(self.number, how, str(address))

    # --- to the peer

    def outbound(self, command: Command) -> None:
        """Send the peer one command."""
        if self.faults.rules or self._runner is not None:
            self._run_out(command)
        else:
            self.journal.add(self.number, "out", command)
            self.transport.write(encode(command, self.connection.frame_max))

    def outbound_batch(self, first: Command, bodies: Sequence[bytes]) -> None:
        """Send the peer a batch of commands. Not where ``unbatched``: rules do not see it."""
        self.journal.add_batch(self.number, "out", first, bodies)
        self.transport.write(encode_batch(CommandBatch(first, bodies), self.connection.frame_max))

    def heartbeat(self) -> None:
        """Send the peer a heartbeat."""
        if self.faults.rules or self._runner is not None:
            self._run_out(Heartbeat())
        else:
            self.journal.add(self.number, "out", Heartbeat())
            self.transport.write(HEARTBEAT)

    def raw(self, data: bytes) -> None:
        """Send the peer bytes that are no frame: a protocol header."""
        if self.faults.rules or self._runner is not None:
            self._run_out(ProtocolHeader(data))
        else:
            self.journal.add(self.number, "out", ProtocolHeader(data))
            self.transport.write(data)

    @property
    def unbatched(self) -> bool:
        """Whether commands have to pass one by one, because rules look at each."""
        return bool(self.faults.rules) or self._runner is not None

    @property
    def confirms_one_by_one(self) -> bool:
        """Whether each message has to have a confirm of its own, because a rule looks for confirms."""
        return any(self.faults.means(name, "out") for name in ("basic.ack", "basic.nack"))

    def lose(self) -> None:
        """Hang up as RabbitMQ does, once everything has been written."""
        if self._runner is not None:
            self._runner.hang_up()
        else:
            self.finish("hang up")

    def finish(self, how: str) -> None:
        """End the socket. The journal will say that the broker did.

        :param how: ``close``, ``hang up``, ``break off``, ``reset`` or ``refuse``.
        """
        to = self.transport
        self._end = self._end or ("closed by the broker" if how in ("close", "hang up") else "reset by the broker")
        ends = {"close": to.lose, "hang up": to.hang_up, "break off": to.hang_up, "reset": to.abort}
        ends.get(how, to.refuse)()

    def abort(self) -> None:
        """Reset the socket at once; the client sees it when something passes to it again, if a rule keeps that."""
        if self._runner is None or not self._runner.reset_later():
            self.finish("reset")

    def withholds(self, tell: Callable[[], object]) -> bool:
        """Whether a rule keeps the end of the socket from the broker. Then ``tell`` is called later."""
        return self._runner is not None and self._runner.ends.come(tell)

    def withhold_no_end(self) -> None:
        """From now on no rule keeps the end of the socket from the broker. Forget who was to be told."""
        if self._runner is not None:
            self._runner.ends.clear()

    def pause(self, why: str) -> None:
        """Stop reading from the peer. Each call needs a :meth:`resume` with the same reason before reading goes on."""
        if not self._pauses:
            self.transport.pause()
        self._pauses.append(why)

    def resume(self, why: str) -> None:
        """One reason not to read is gone. Read on, if it was the last."""
        if why in self._pauses:
            self._pauses.remove(why)
            if not self._pauses:
                self.transport.resume()

    def pauses_for(self, why: str) -> bool:
        """Whether this is a reason why nothing is read now."""
        return why in self._pauses

    @property
    def octets_held(self) -> int:
        """About how many octets of memory are taken by what rules hold up."""
        return octets_held(self._runner) if self._runner is not None else 0

    # --- what rules may ask

    @property
    def spec(self) -> Spec:
        """The definition of the protocol version that is spoken."""
        return self.connection.spec

    @property
    def frame_max(self) -> int:
        """The size of the longest frame, as client and broker have agreed."""
        return self.connection.frame_max

    def capable(self, capability: str) -> bool:
        """Whether the client announced a capability."""
        return self.capabilities.get(capability) is True

    def queue_of(self, channel: int, consumer_tag: str) -> str | None:
        """The queue that a consumer reads."""
        consumer = self.connection.rule_access.consumer(channel, consumer_tag)
        return None if consumer is None else consumer[0]

    def gives_back(self, channel: int, consumer_tag: str) -> bool:
        """Whether the queue of a consumer takes back what it has delivered to it."""
        return self.connection.rule_access.gives_back(channel, consumer_tag)

    def takes_no_acks(self, channel: int, consumer_tag: str) -> bool:
        """Whether a consumer needs no acks."""
        consumer = self.connection.rule_access.consumer(channel, consumer_tag)
        return consumer is not None and consumer[1]

    # --- what comes from elsewhere

    def say(self, command: Command) -> None:
        """Send the client a command that the broker knows nothing of."""
        self._running().say(command)

    def take_over(self, direction: Way, command: Command) -> None:
        """Let a command pass that a rule has taken from another connection."""
        self._running().take_over(direction, command)

    # --- when the whole broker is paused

    def freeze(self) -> None:
        """Read nothing and say nothing, until :meth:`thaw`."""
        self._running().freeze("broker")

    def thaw(self) -> None:
        """Go on."""
        if self._runner is not None:
            self._runner.thaw("broker")

    def _run_out(self, item: Event) -> None:
        """Ask the rules about what goes to the client. It has its number before they do: they may keep it back."""
        self._run_steps("out", item, self.journal.arrived(self.number, crossing_name(item)))

    def at_a_time(self, loaded: ActiveRule) -> None:
        """Have a rule act whose time has come."""
        if self._runner is None:
            self._runner = StepRunner(self)
        self._runner.at_a_time(loaded)

    def _run_steps(self, direction: Way, item: do.Item, crossing: Numbered) -> None:
        self._running().apply_rules(direction, item, crossing)

    def _running(self) -> StepRunner:
        if self._runner is None:
            self._runner = StepRunner(self)
        return self._runner
