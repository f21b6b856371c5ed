"""The connector: from nothing to an open channel in three steps, each a Deferred that always fires."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from typing import Any, TypeVar

from twisted.internet import defer
from twisted.internet.abstract import isIPAddress
from twisted.internet.defer import CancelledError, Deferred, inlineCallbacks
from twisted.internet.endpoints import HostnameEndpoint, TCP4ClientEndpoint
from twisted.internet.error import ConnectingCancelledError
from twisted.internet.interfaces import IReactorTime, IStreamClientEndpoint
from twisted.logger import Logger
from twisted.python.failure import Failure
from txamqp.client import ChannelClosed

from connector import spec as definitions
from connector.channel import Channel
from connector.client import Client, ClientFactory, Delegate
from connector.cnx import TransportConnector
from connector.errors import ConnectionLost, ConnectorError, MechanismNotOffered, Redirected, TimedOut, WrongState
from connector.explain import as_text, explain, explain_connect, failure
from connector.sasl import TableValue, response
from connector.steps import Step, Timeouts

log = Logger()

NO_LIMIT: Any = None
"""The value with which Twisted's endpoints have no time-out, although their types do not allow it."""

T = TypeVar("T")
Steps = Generator[Deferred[Any], Any, T]


class AmqpConnector:
    """A client's way to a channel of an AMQP broker::

        connector = AmqpConnector()
        yield connector.connect()
        yield connector.authenticate()
        yield connector.channel_open()
        yield connector.channel.queue_declare(queue="work")
        yield connector.disconnect()

    All that goes wrong is a :class:`ConnectorError`. After a failed ``connect()`` or ``authenticate()`` the transport
    is gone already; ``connect()`` may be called again.

    :ivar host, port: where the broker is.
    :ivar spec: the protocol: a version (``"0-8"``, ``"0-9"``, ``"0-9-1"``), the path of a definition in XML, or one
        loaded by txAMQP. By default the path of the packaged 0-8.
    :ivar user, password, vhost: who connects, and to which virtual host.
    :ivar endpoint: an ``IStreamClientEndpoint`` to connect through, instead of TCP to ``host`` and ``port``.
    :ivar clock: the ``IReactorTime`` of all time-outs and heartbeats; by default the reactor.
    :ivar mechanism: ``"AMQPLAIN"``, ``"PLAIN"``, or another if :meth:`respond` is overridden.
    :ivar heartbeat: seconds between heartbeats, 0 for none.
    :ivar insist: ask the broker not to redirect (0-8, 0-9).
    :ivar timeouts: how long each step may take.
    :ivar client_properties: what the broker is told of this client.
    :ivar cnx: the transport's handle.
    :ivar connection: txAMQP's client, once connected.
    :ivar channel: txAMQP's channel, the last one opened.
    """

    delegate = Delegate

    def __init__(
        self,
        host: str = "127.0.0.1",
        port: int = 5672,
        spec: object = None,
        user: str = "guest",
        password: str = "guest",
        vhost: str = "/",
        *,
        endpoint: IStreamClientEndpoint | None = None,
        reactor: Any = None,
        clock: IReactorTime | None = None,
        mechanism: str = "AMQPLAIN",
        heartbeat: int = 0,
        insist: bool = False,
        timeouts: Timeouts | None = None,
    ) -> None:
        if reactor is None and (endpoint is None or clock is None):
            from twisted.internet import reactor  # imported late: the import installs a reactor
        self.host, self.port, self.vhost = host, port, vhost
        self.spec: object = str(definitions.packaged("0-8")) if spec is None else spec
        self.user, self.password = user, password
        self.endpoint = endpoint
        self.reactor = reactor
        self.clock: IReactorTime = reactor if clock is None else clock
        self.mechanism = mechanism
        self.heartbeat = heartbeat
        self.insist = insist
        self.timeouts = timeouts or Timeouts()
        self.client_properties: Mapping[str, TableValue] = {
            "product": "connector",
            "capabilities": {"authentication_failure_close": True, "consumer_cancel_notify": True},
        }
        self.cnx = TransportConnector(self.clock, self.timeouts.close)
        # Any: txAMQP has no types, and users need not ask whether they are there in every line.
        self.connection: Any = None
        self.channel: Any = None

    @inlineCallbacks
    def connect(
        self, host: str | None = None, port: int | None = None, spec: Any = None, vhost: str | None = None
    ) -> Steps[Client]:
        """Connect to the broker and wait for its greeting, ``connection.start``.

        :param host, port, spec, vhost: values for the attributes of these names; None leaves them as they are.
        :returns: a Deferred that fires with :attr:`connection`.
        :raises ConnectorError: CannotConnect, ConnectionRefused, TimedOut, ConnectionLost, ProtocolError,
            ProtocolMismatch; WrongState if connected.
        """
        if self.cnx.state != "disconnected":
            raise WrongState("connected already: disconnect() first", "connect")
        self.host = self.host if host is None else host
        self.port = self.port if port is None else port
        self.spec = self.spec if spec is None else spec
        self.vhost = self.vhost if vhost is None else vhost
        self.connection = self.channel = None
        cnx = self.cnx = TransportConnector(self.clock, self.timeouts.close)
        definition = definitions.load(self.spec)
        factory = ClientFactory(lambda: Client(self.delegate(), definition, self.clock, self.heartbeat, self.respond))
        try:
            client: Client = yield self._limit("connect", cnx.connect(self._endpoint(), factory))
        except Exception as cause:
            if cnx.disconnecting:
                raise ConnectionLost("this side disconnected", "connect", clean=True) from cause
            if isinstance(cause, (CancelledError, ConnectingCancelledError)):
                raise CancelledError from cause
            raise explain_connect(cause, self.timeouts.connect) from cause
        yield self._wait("start", client, client.greeted.wait())
        self.connection = client
        return client

    @inlineCallbacks
    def authenticate(self, user: str | None = None, password: str | None = None) -> Steps[None]:
        """Send the credentials, agree on limits, and open the virtual host.

        :param user, password: values for the attributes of these names; None leaves them as they are.
        :returns: a Deferred that fires with None.
        :raises ConnectorError: AuthenticationRefused, MechanismNotOffered, VhostRefused, ClosedByBroker, Redirected,
            TimedOut, ConnectionLost, ProtocolError; WrongState unless connected and not authenticated yet.
        :raises ValueError: for a mechanism that :meth:`respond` does not know.
        """
        self.user = self.user if user is None else user
        self.password = self.password if password is None else password
        client = self._client("connected", "start")
        first = self.respond(b"")
        if self.mechanism not in client.mechanisms:
            yield self.cnx.disconnect()
            raise MechanismNotOffered(self.mechanism, client.mechanisms, "tune")
        client.stage = "authenticating"
        client.start_ok(self.mechanism, first, self.client_properties)
        yield self._wait("tune", client, client.started.wait())
        answer = yield self._wait("open", client, client.open(self.vhost, self.insist))
        if answer.method.name == "redirect":
            yield self.cnx.disconnect()
            raise Redirected(as_text(answer.host), as_text(answer.known_hosts), "open")
        client.stage = "open"

    @inlineCallbacks
    def channel_open(self, number: int | None = None) -> Steps[Channel]:
        """Open a channel; may be called again for further ones.

        :param number: its number; by default the lowest that is free.
        :returns: a Deferred that fires with :attr:`channel`.
        :raises ConnectorError: ChannelClosedByBroker or TimedOut, after which the connection is still there;
            ClosedByBroker, ConnectionLost, ProtocolError, after which it is not; WrongState before ``authenticate()``.
        """
        client = self._client("open", "channel_open")
        number = client.free_channel() if number is None else number
        if number is None:
            raise WrongState(f"all {client.channel_max} channels are in use", "channel_open")
        channel: Channel = yield client.new_channel(number)
        yield self._wait("channel_open", client, channel.channel_open())
        self.channel = channel
        return channel

    @inlineCallbacks
    def disconnect(self, code: int = 200, text: str = "") -> Steps[None]:
        """Send ``connection.close``, and close the transport. Pending Deferreds fail with ConnectionLost. May be called
        at any time and more than once.

        :param code, text: reason to give to the broker.
        :returns: a Deferred that fires with None when the transport is gone, also if the broker went first.
        :raises TimedOut: if the broker does not answer; the transport is gone all the same.
        """
        client: Client | None = self.connection
        unanswered: TimedOut | None = None
        if client is not None and client.stage == "open":
            client.leave()
            channel = yield client.channel(0)
            try:
                yield self._limit("close", channel.connection_close(code, text.encode()))
            except defer.TimeoutError:
                unanswered = TimedOut("close", self.timeouts.close)
                client.fail(unanswered)
            except Exception as cause:
                log.debug("the broker went without close-ok: {cause!r}", cause=cause)
        elif client is not None and client.stage == "closing" and not client.closed:
            yield self.cnx.gone()  # another call has sent the close: wait for its close-ok
        yield self.cnx.disconnect()
        if unanswered is not None:
            raise unanswered

    @property
    def reason(self) -> ConnectorError | None:
        """Why the connection ended; None while it is open, and before there is one."""
        client: Client | None = self.connection
        return None if client is None or client.reason is None else explain(client.reason, None)

    def respond(self, challenge: bytes) -> bytes:
        """The answer to a ``connection.secure`` challenge, or, with an empty challenge, the first response.

        To override: by default it is always the one of :attr:`mechanism` for :attr:`user` and :attr:`password`.
        """
        return response(self.mechanism, self.user, self.password)

    def _endpoint(self) -> IStreamClientEndpoint:
        if self.endpoint is not None:
            return self.endpoint
        # Endpoints get no time-out of their own: the step's time-out holds.
        if isIPAddress(self.host):
            return TCP4ClientEndpoint(self.reactor, self.host, self.port, timeout=NO_LIMIT)
        # For a name this tries all its addresses, IPv6 too, a third of a second apart.
        return HostnameEndpoint(self.reactor, self.host, self.port, timeout=NO_LIMIT)

    def _client(self, stage: str, step: Step) -> Client:
        client: Client | None = self.connection
        if client is None:
            raise WrongState("not connected", step)
        if client.closed and client.reason is not None:
            raise explain(client.reason, step)
        if client.stage != stage:
            raise WrongState(f"the connection is {client.stage}, not {stage}", step)
        return client

    def _limit(self, step: Step, waiting: Deferred[T]) -> Deferred[T]:
        seconds = self.timeouts.of(step)
        return waiting if seconds is None else waiting.addTimeout(seconds, self.clock, _too_late)

    @inlineCallbacks
    def _wait(self, step: Step, client: Client, waiting: Deferred[object]) -> Steps[object]:
        """The result of `waiting`. A failure is explained; if it ends the connection, it is told when the transport is
        closed."""
        try:
            return (yield self._limit(step, waiting))
        except CancelledError:
            if step != "channel_open":
                client.fail(ConnectionLost("this side gave up", step))
            raise
        except ChannelClosed as cause:
            raise explain(cause.args[0], step) from None
        except defer.TimeoutError:
            error: ConnectorError = TimedOut(step, self.timeouts.of(step))
            if step == "channel_open":
                raise error from None
            client.fail(error)
        except Exception as cause:
            error = explain(failure(cause) if client.reason is None else client.reason, step)
        yield self.cnx.disconnect()
        raise error


def _too_late(result: T | Failure, seconds: float) -> T:
    """The failure of a Deferred that was cancelled at its time-out: over TCP it is not a CancelledError."""
    if isinstance(result, Failure):
        raise defer.TimeoutError(seconds)
    return result
