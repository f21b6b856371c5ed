"""What can go wrong between a client and its broker: one exception for each, all of them :class:`ConnectorError`."""

from __future__ import annotations

from txamqp.client import Closed

from connector.steps import Step


class ConnectorError(Exception):
    """The base of all errors of the connector's Deferreds, except CancelledError after ``cancel()``.

    :ivar step: what the connector was waiting for (:data:`connector.steps.Step`); None if for nothing.
    """

    def __init__(self, message: str, step: Step | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.step = step

    def __str__(self) -> str:
        # Text from the broker must not control a terminal.
        told = "".join(each if each.isprintable() else repr(each)[1:-1] for each in self.message)
        return told if self.step is None else f"{told} (step: {self.step})"


class WrongState(ConnectorError):
    """A method was called out of order, such as ``authenticate()`` before ``connect()``."""


class CannotConnect(ConnectorError):
    """There is no transport to the broker: no such host, no route. ``__cause__`` is Twisted's error."""


class ConnectionRefused(CannotConnect):
    """Nothing listens at the broker's address."""


class TimedOut(ConnectorError):
    """The broker did not answer in time.

    :ivar seconds: how long it was given.
    """

    def __init__(self, step: Step, seconds: float | None) -> None:
        super().__init__(f"no answer within {seconds:g} seconds" if seconds is not None else "no answer", step)
        self.seconds = seconds


class ConnectionLost(ConnectorError, Closed):
    """The transport was closed without a ``connection.close``.

    :ivar clean: True if it was closed in order, False if it was reset, aborted or fell silent.
    """

    def __init__(self, message: str, step: Step | None = None, clean: bool = False) -> None:
        super().__init__(message, step)
        self.clean = clean


class ProtocolError(ConnectorError, Closed):
    """The broker sent something that is not AMQP, or at the wrong moment. ``__cause__`` is the decoder's error, if
    there is one."""


class ProtocolMismatch(ProtocolError):
    """The broker speaks another version: it answered the protocol header with one of its own.

    :ivar header: the 8 bytes received, such as ``b"AMQP\\x00\\x00\\x09\\x01"``.
    """

    def __init__(self, header: bytes, step: Step | None = None) -> None:
        numbers = " ".join(str(byte) for byte in header[4:])
        super().__init__(f"the broker speaks another protocol version: AMQP {numbers}", step)
        self.header = header


class ClosedByBroker(ConnectorError):
    """The broker sent ``connection.close``.

    :ivar code: the reply code, such as 541.
    :ivar text: the reply text, as the broker wrote it.
    :ivar class_id: class of the method it objects to; 0 if to none.
    :ivar method_id: that method within its class; 0 if none.
    """

    closed = "connection"

    def __init__(
        self, code: int, text: str, step: Step | None = None, class_id: int = 0, method_id: int = 0
    ) -> None:
        super().__init__(f"the broker closed the {self.closed}: {code} {text}", step)
        self.code = code
        self.text = text
        self.class_id = class_id
        self.method_id = method_id


class ChannelClosedByBroker(ClosedByBroker):
    """The broker sent ``channel.close``; the connection stays open."""

    closed = "channel"


class VhostRefused(ClosedByBroker):
    """The broker closed the connection on ``connection.open``: there is no such virtual host, the user may not enter
    it, or a limit on connections is reached. RabbitMQ 3.10 says 530; the specification also has 402 and 403."""


class AuthenticationRefused(ConnectorError):
    """The broker did not accept the credentials.

    :ivar code: 403 if the broker said so with ``connection.close``; None if it just hung up.
    :ivar text: the reply text; empty if it just hung up.
    """

    def __init__(
        self, message: str, step: Step | None = None, code: int | None = None, text: str = ""
    ) -> None:
        super().__init__(message, step)
        self.code = code
        self.text = text


class HungUpAtLogin(AuthenticationRefused, ConnectionLost):
    """The broker hung up after the credentials were sent. Brokers refuse credentials in this way in 0-8, and RabbitMQ
    does it when a client has not announced ``authentication_failure_close``. On the wire this looks the same as a
    connection lost at that moment: RabbitMQ 3.10 resets the socket. So this error is both.
    """

    def __init__(self, step: Step | None = None, clean: bool = False) -> None:
        super().__init__("the broker hung up after the credentials were sent", step)
        self.clean = clean


class MechanismNotOffered(AuthenticationRefused):
    """The broker does not offer the mechanism asked for, so no credentials were sent.

    :ivar offered: names of those it offers.
    """

    def __init__(self, mechanism: str, offered: tuple[str, ...], step: Step | None = None) -> None:
        super().__init__(f"the broker offers {', '.join(offered) or 'nothing'}, not {mechanism}", step)
        self.offered = offered


class Redirected(ConnectorError):
    """The broker answered ``connection.open`` with ``connection.redirect`` (0-8 and 0-9): connect elsewhere.

    It is not followed: whether another host may be given the credentials is the application's to say.

    :ivar host: the host to go to.
    :ivar port: its port; 5672 where the broker names none.
    :ivar known_hosts: other hosts that would do, as the broker lists them.
    """

    def __init__(self, address: str, known_hosts: str = "", step: Step | None = None) -> None:
        super().__init__(f"the broker sends us to {address}", step)
        host, colon, port = address.rpartition(":")
        named = bool(colon) and port.isdigit() and (":" not in host or host.endswith("]"))
        self.host = (host if named else address).strip("[]")
        self.port = int(port) if named else 5672
        self.known_hosts = known_hosts
