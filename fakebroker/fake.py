"""FakeBroker: what a user holds in a test. It joins the broker, the link and the transports."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from itertools import count
from typing import Any, cast
from weakref import ref

from twisted.internet.defer import Deferred, DeferredList, maybeDeferred
from twisted.internet.interfaces import IStreamClientEndpoint

from fakebroker.amqp.direct_channel import DirectChannel, Fetched
from fakebroker.amqp.given import given_queue
from fakebroker.broker.access.users import User, Users
from fakebroker.broker.alarms import Alarms
from fakebroker.broker.broker import Broker, Tuning
from fakebroker.broker.vhost import VirtualHost
from fakebroker.clock import Time
from fakebroker.faults.plan import Faults
from fakebroker.ledger.ledger import Ledger
from fakebroker.ledger.writer import LedgerWriter
from fakebroker.liberties import Chooser, chooser_of
from fakebroker.link import LinkContext
from fakebroker.server.factory import BrokerFactory, ListenerFactory
from fakebroker.server.incidents import VERBS, Incidents
from fakebroker.server.listeners import Listeners, memory_endpoint
from fakebroker.server.memory_use import MemoryUse
from fakebroker.server.reporting import report
from fakebroker.server.threads import check_thread
from fakebroker.server.tls import Tls
from fakebroker.server.waiting_journal import WaitingJournal
from fakebroker.server.weak_methods import Methods, weakly
from fakebroker.turn import Turn, TurnClock
from fakebroker.validation import Sealed, of_type
from fakebroker.values import Value
from fakebroker.wire.checked import message, short_strings


class FakeBroker(Incidents, Sealed):
    """An AMQP broker in this process. It starts like a newly installed RabbitMQ 3.10: vhost ``/``, user guest/guest.

    It can be reached in memory (:meth:`endpoint`) as soon as it is made, and over TCP once it listens
    (:meth:`listen`). Any number of brokers live side by side; nothing is shared between them.

    :param reactor: gives sockets and time; the global reactor by default. A virtual clock is enough for a broker that
        is used in memory only.
    :param clock: gives the time, if the reactor does not.
    :param seed: the seed of all that the broker makes up: names, salts, random faults.
    :param ledger: keep a ledger of what becomes of each message: :attr:`ledger`. Messages pass one by one then.
    :param liberties: where RabbitMQ may do this or that, who chooses: a seed, a list of choices such as
        ``"channels.3=1"``, or a :class:`~fakebroker.liberties.Chooser`; None for the same order each time.
    """

    _checks = {"tls": of_type((Tls, type(None)), "a Tls, or None"), "seed": of_type(int, "a whole number")}

    def __init__(
        self,
        reactor: object = None,
        *,
        clock: Time | None = None,
        seed: int = 0,
        ledger: bool = False,
        liberties: int | str | Chooser | None = None,
    ) -> None:
        self._reactor = reactor
        self.clock: Time = clock if clock is not None else cast(Time, self._use_reactor())
        self.seed = seed
        self._keeps_ledger = ledger
        self.liberties = chooser_of(liberties)
        """Who chooses where RabbitMQ may do this or that; None for the same order each time."""
        self.tls: Tls | None = None
        """The TLS certificates, and TLS failures: ``broker.tls.fail("expired")``; see listen_tls."""
        self.on_error: list[Callable[[Exception], None]] = []
        """Called with each error that was raised in the broker, or in a function given to it. Such an error ends only
        the connection or the wait that it belongs to. It is logged too, so that trial fails the test."""
        self.turn = Turn(partial(report, self.on_error))
        """``with broker.turn:`` each client gets what is done inside in one write."""
        self._former: list[ref[BrokerFactory]] = []
        # The broker's parts refer to it weakly; ports, endpoints and clients keep it alive.
        self.listeners = Listeners(
            TurnClock(self.clock, self.turn), weakly(self._use_reactor), weakly(self._listener_factory)
        )
        """The ports that the broker listens on."""
        self.on_reset: list[Callable[[], None]] = []
        """Called after each reset, to set the broker up again as when it was new."""
        self._begin()

    def take_liberties(self, liberties: int | str | Chooser | None) -> None:
        """Have somebody else choose from now on, where RabbitMQ may do this or that. For a broker that no client has
        met.

        :param liberties: as when a broker is made.
        :raises ValueError: for a string that makes no sense.
        """
        self.liberties = chooser_of(liberties)
        self.broker.take_liberties(self.liberties)

    def _begin(self) -> None:
        """Make all parts that a reset replaces."""
        self.rng = random.Random(self.seed)
        self._client_ports = count(1)  # of clients in memory
        self._ledger = LedgerWriter(self.clock) if self._keeps_ledger else None
        watcher = self._ledger.lives if self._ledger else None
        self.broker = Broker(self.clock, self.rng, self.turn, watcher, self.liberties)
        self.journal = WaitingJournal(self.clock)
        self.journal.report = self.turn.report
        """The journal: everything that passed between the clients and the broker."""
        # Faults draw chance by themselves, so that a rule does not change the names that the broker makes up.
        self.faults = Faults(self.seed, Methods(self, VERBS), self.broker.clock, self.journal)
        """The rules for faults: ``broker.faults.add(when("basic.publish", nth=7), Drop())``."""
        crossings = self._ledger.conversations if self._ledger else None
        context = LinkContext(self.broker.clock, self.turn, self.journal, self.faults, crossings)
        self._factory = BrokerFactory(self.broker, context)
        self.memory = MemoryUse(self._factory)
        """About how much memory the broker uses: ``broker.memory.octets``."""
        self.broker.alarms.on_change.append(weakly(self._alarms_changed))
        self.broker.users.on_removed.append(weakly(self._user_removed))
        self.broker.on_vhost_removed.append(weakly(self._vhost_removed))

    def __repr__(self) -> str:
        where = "in memory" if self.port is None else f"on {self.host}:{self.port}"
        return f"<FakeBroker {where}, seed {self.seed}, {len(self.connections)} connections>"

    # --- where it is

    def listen(self, port: int = 0, host: str = "127.0.0.1") -> Deferred[int]:
        """Listen on TCP.

        :param port: 0 takes a port that is free.
        :returns: a Deferred that fires with the port.
        :raises twisted.internet.error.CannotListenError: (as a failure) when the port is taken.
        """
        return maybeDeferred(self.listeners.listen, port, host)

    def listen_tls(self, tls: Tls | None = None, port: int = 0, host: str = "127.0.0.1") -> Deferred[int]:
        """Listen on TCP for clients that speak TLS; beside :meth:`listen`, or alone.

        :param tls: one made for this broker, by default.
        :returns: a Deferred that fires with the port.
        :raises FakeBrokerError: when trustme is not installed.
        """
        self.tls = tls if tls is not None else self.tls or Tls()
        return maybeDeferred(self.listeners.listen, port, host, self.tls)

    def endpoint(self, tls: Tls | None = None) -> IStreamClientEndpoint:
        """An endpoint that connects a client in memory, without a socket, to the same server protocol as TCP. With
        ``tls`` the client has to speak TLS."""
        accepting = lambda: self.listeners.accepting  # noqa: E731
        port = lambda: next(self._client_ports)  # noqa: E731
        return memory_endpoint(self.clock, self._listener_factory(), accepting, tls, self.liberties, port)

    def _listener_factory(self) -> ListenerFactory:
        return ListenerFactory(lambda: self._factory)

    @property
    def host(self) -> str:
        """The address it listens on for plain AMQP, or else for TLS."""
        return self.listeners.host

    @property
    def port(self) -> int | None:
        """The port it listens on for plain AMQP, or did before it was stopped; None if it never did."""
        return self.listeners.port()

    @property
    def tls_port(self) -> int | None:
        """The same for TLS."""
        return self.listeners.port(secure=True)

    @property
    def url(self) -> str:
        """The AMQP URL of the default user and vhost: ``amqp://guest:guest@127.0.0.1:PORT/%2F``.

        :raises RuntimeError: when the broker does not listen, or was stopped.
        """
        return self.listeners.url()

    @property
    def tls_url(self) -> str:
        """The same for clients that speak TLS: ``amqps://guest:guest@127.0.0.1:PORT/%2F``.

        :raises RuntimeError: when the broker does not listen for them.
        """
        return self.listeners.url(secure=True)

    def stop(self, patience: float = 0) -> Deferred[None]:
        """Stop listening, close every connection and forget everything that is due.

        :param patience: real seconds for clients to answer the close, before their connections are cut.
        :returns: a Deferred that fires when nothing of the broker is left in the reactor, whatever state its
            connections were in. Stopping twice does no harm.
        """
        self._end_pause()
        closing = self.listeners.stop()
        if patience:
            told = [factory.farewell(self._reactor, patience) for factory in (*self._living(), self._factory)]
            closing.append(DeferredList(told).addCallback(lambda _: self._shut_down()))
        else:
            closing.append(self._shut_down())
        return DeferredList(closing).addCallback(lambda _: None)

    def _shut_down(self) -> Deferred[None]:
        closing = [factory.shut_down(self._reactor) for factory in (*self._living(), self._factory)]
        for vhost in self.vhosts.values():
            vhost.queues.close()
        self._end_pause()  # a rule may have paused it because of its last words
        return DeferredList(closing).addCallback(lambda _: None)

    def abort(self) -> None:
        """Stop at once: each connection is reset without a connection.close."""
        self.stop()
        for factory in (*self._living(), self._factory):
            factory.abort_all()
        self._end_pause()

    # --- what is in it

    @property
    def vhosts(self) -> dict[str, VirtualHost]:
        """The virtual hosts by name: ``broker.vhosts["/"].queues["q"]``."""
        return self.broker.vhosts

    @property
    def users(self) -> Users:
        """The users by name."""
        return self.broker.users

    @property
    def alarms(self) -> Alarms:
        """Memory and disk alarms: ``broker.alarms.set("memory")``."""
        return self.broker.alarms

    @property
    def tuning(self) -> Tuning:
        """What ``connection.tune`` offers: ``broker.tuning.heartbeat = 5``."""
        return self.broker.tuning

    @property
    def mechanisms(self) -> list[str]:
        """The authentication mechanisms offered, of ``PLAIN``, ``AMQPLAIN``, ``EXTERNAL`` and ``RABBIT-CR-DEMO``."""
        return self.broker.mechanisms

    @mechanisms.setter
    def mechanisms(self, names: Iterable[str]) -> None:
        self.broker.mechanisms[:] = list(names)

    def import_definitions(
        self, document: str | bytes | Mapping[str, object], vhost: str | None = None, strict: bool = True
    ) -> list[str]:
        """Import RabbitMQ's ``definitions.json``. A document with an error changes nothing.

        :param document: JSON, or a parsed JSON object.
        :param vhost: the vhost that takes all entries, whatever vhost they name. Users and the like are then left out.
        :param strict: refuse what RabbitMQ ignores silently: an unknown section or key, a binding from or to something
            that does not exist.
        :returns: one line for each thing that was ignored; empty when ``strict``.
        :raises DefinitionsError: with the place and the reason, such as ``queues[3].durable: is missing``.
        """
        with self.turn:
            return self.broker.import_definitions(document, vhost, strict)

    def export_definitions(self) -> dict[str, Any]:
        """The definitions, as RabbitMQ's management API exports them."""
        return self.broker.export_definitions()

    @property
    def keeps_ledger(self) -> bool:
        """Whether there is a :attr:`ledger`."""
        return self._ledger is not None

    @property
    def ledger(self) -> Ledger:
        """What became of each message, and what each client did.

        :raises RuntimeError: when the broker keeps none: it does not unless it is made with ``ledger=True``.
        """
        if self._ledger is None:
            asked = "ask for one where it is made, with ledger=True (fakebroker serve --ledger)"
            raise RuntimeError(f"this broker keeps no ledger: {asked}")
        return self._ledger.ledger

    # --- publishing and reading with no client

    def publish(
        self, body: bytes | str, routing_key: str, exchange: str = "", vhost: str = "/", **properties: Value
    ) -> bool:
        """Publish a message, as a client with all permissions does.

        :param body: octets, or text, which becomes UTF-8.
        :param properties: of the message, such as ``headers={}``, ``priority=3`` or ``expiration="1000"``.
        :returns: whether any queue took it.
        :raises AMQPError: what such a client's channel would be closed with, such as 404 for an unknown exchange.
        :raises TypeError: for a body, a name or a value of a wrong type, and for an unknown property.
        :raises ValueError: for a name of more than 255 octets, or a value that can't be sent.
        :raises KeyError: when there is no such virtual host.
        """
        content = message(body, properties)
        fields = short_strings(exchange=exchange, routing_key=routing_key)
        with self.turn, self._direct(vhost) as channel:
            return not channel.call("basic.publish", content, mandatory=True, **fields)

    def get(self, queue: str, vhost: str = "/") -> Fetched | None:
        """Take the first message out of a queue; None when it is empty.

        :raises AMQPError: not-found when there is no such queue, resource-locked when it is exclusive to a connection.
        :raises KeyError: when there is no such virtual host.
        """
        given_queue(self.vhosts[vhost], queue)
        with self.turn, self._direct(vhost) as channel:
            (answer,) = channel.call("basic.get", queue=queue, no_ack=True)
        if answer.content is None:
            return None
        return Fetched(answer.content.body, answer.content.properties, *answer.args[1:])

    def _direct(self, vhost: str) -> DirectChannel:
        check_thread(self._reactor)
        anybody = User("<test>")
        anybody.permit(vhost)
        return DirectChannel(self.broker, anybody, self.vhosts[vhost])

    def reset(self) -> None:
        """Begin anew on the same port: like a broker just made with this seed, except that the clock goes on.

        Connections are reset; vhosts, users, queues, alarms, rules and the journal are forgotten.
        """
        self._end_pause()
        self.faults.stop()
        for vhost in self.vhosts.values():
            vhost.queues.close()
        self._factory.abort_all()
        for vhost in self.vhosts.values():
            vhost.queues.forget()
        self.liberties = None if self.liberties is None else self.liberties.again()
        self._former = [ref(factory) for factory in (*self._living(), self._factory)]
        self._begin()
        if self.tls is not None:
            self.tls.clear()
        self.up()
        for call in list(self.on_reset):
            call()

    def _living(self) -> list[BrokerFactory]:
        """The factories from before resets, as long as their connections are not closed."""
        return [factory for factory in (former() for former in self._former) if factory is not None]

    def _use_reactor(self) -> object:
        if self._reactor is None:
            from twisted.internet import reactor

            self._reactor = reactor
        return self._reactor
