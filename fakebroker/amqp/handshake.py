"""The handshake, from the protocol header to ``connection.open``: RabbitMQ's rules for each step."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fakebroker.amqp.close_fields import close_fields
from fakebroker.amqp.endings import Cause
from fakebroker.amqp.ports import HandlerConnection
from fakebroker.amqp.properties import server_properties
from fakebroker.amqp.states import State
from fakebroker.errors import AMQPError
from fakebroker.wire import sasl
from fakebroker.wire.command import Command
from fakebroker.wire.spec import for_header

if TYPE_CHECKING:
    from fakebroker.broker.access.users import User
    from fakebroker.wire.methods import ConnectionOpen, ConnectionSecureOk, ConnectionStartOk, ConnectionTuneOk

INITIAL_FRAME_MAX = 4096
"""Octets in a frame before ``tune-ok`` is accepted."""

FALLBACK_HEADER = b"AMQP\x00\x00\x09\x01"
"""What RabbitMQ answers to any protocol header it does not speak, before it hangs up."""

CERTIFICATE_MECHANISM = "EXTERNAL"
"""Authentication by client certificate. It is offered over TLS, if a test adds it to the broker's mechanisms."""

CHALLENGE_MECHANISM = "RABBIT-CR-DEMO"
"""RabbitMQ's demonstration of a challenge. It is offered if a test adds it to the broker's mechanisms."""


def protocol_header(connection: HandlerConnection, data: bytes) -> None:
    """Answer the client's first eight octets: with ``connection.start``, or with ``FALLBACK_HEADER`` and the end."""
    spec = for_header(data)
    if spec is None:
        connection.output.raw(FALLBACK_HEADER)
        connection.end_because(Cause.WRONG_HEADER)
        return
    connection.spec = spec
    connection.state = State.STARTING
    broker = connection.broker
    major, minor = (8, 0) if spec.version == "0-8" else (0, 9)
    connection.send(
        "connection.start",
        version_major=major,
        version_minor=minor,
        server_properties=server_properties(spec.version, broker.cluster_name),
        mechanisms=" ".join(_offered(connection)).encode(),
        locales=b"en_US",
    )


def start_ok(connection: HandlerConnection, command: Command[ConnectionStartOk]) -> None:
    """Authenticate with the mechanism that the client chose."""
    args = command.args
    connection.mechanism = args.mechanism
    if args.mechanism not in _offered(connection):
        raise AMQPError("command-invalid", f"unknown authentication mechanism '{args.mechanism}'")
    connection.client_properties = args.client_properties
    if args.mechanism == CHALLENGE_MECHANISM:
        connection.claimed_user = args.response.decode("utf-8", "surrogateescape")
        connection.state = State.SECURING
        connection.send("connection.secure", challenge=b"Please tell me your password")
    elif args.mechanism == CERTIFICATE_MECHANISM:
        _external(connection)
    else:
        authenticate(connection, *sasl.credentials(args.mechanism, args.response))


def secure_ok(connection: HandlerConnection, command: Command[ConnectionSecureOk]) -> None:
    """Check the answer to the challenge of ``RABBIT-CR-DEMO``, the one mechanism that has a challenge."""
    prefix, response = b"My password is ", command.args.response
    if not response.startswith(prefix):
        raise AMQPError("syntax-error", f"Invalid response '{response.decode('utf-8', 'surrogateescape')}'")
    password = response[len(prefix) :].decode("utf-8", "surrogateescape")
    authenticate(connection, connection.claimed_user, password)


def authenticate(connection: HandlerConnection, name: str, password: str) -> None:
    """Let a user in who has the right password, and refuse anybody else."""
    broker = connection.broker
    _judge(connection, broker.users.authenticate(name, password))


def _external(connection: HandlerConnection) -> None:
    """Let in the user whom the client's certificate names. There is no password.

    RabbitMQ 3.10 (``rabbit_auth_mechanism_ssl``) trusts a certificate only if it was told to verify certificates.
    """
    name = connection.external_user() if connection.external_user is not None else None
    _judge(connection, None if name is None else connection.broker.users.get(name))


def _offered(connection: HandlerConnection) -> list[str]:
    """The broker's mechanisms. EXTERNAL is offered over TLS only, there to clients without a certificate too."""
    secured = connection.external_user is not None
    return [each for each in connection.broker.mechanisms if secured or each != CERTIFICATE_MECHANISM]


def _judge(connection: HandlerConnection, user: User | None) -> None:
    """Send ``connection.tune`` to a user who may come from the client's host; refuse anybody else."""
    host = connection.name.partition(" -> ")[0].rpartition(":")[0]
    if user is None or not connection.broker.users.may_come_from(user, host):
        refuse(connection)
        return
    connection.user = user
    connection.state = State.TUNING
    tuning = connection.broker.tuning
    connection.offer(tuning.channel_max, tuning.frame_max)
    connection.send(
        "connection.tune",
        channel_max=tuning.channel_max,
        frame_max=tuning.frame_max,
        heartbeat=tuning.heartbeat,
    )


def refuse(connection: HandlerConnection) -> None:
    """Refuse the login. Only a client with the capability ``authentication_failure_close`` is told so, with 403."""
    if connection.capable("authentication_failure_close"):
        text = (
            f"Login was refused using authentication mechanism {connection.mechanism}. "
            "For details see the broker logfile."
        )
        fields = close_fields(connection.spec, AMQPError("access-refused", text))
        connection.end_because(Cause.LOGIN_REFUSED, fields)
    else:
        connection.end_because(Cause.LOGIN_IGNORED)


def tune_ok(connection: HandlerConnection, command: Command[ConnectionTuneOk]) -> None:
    """Take the client's limits, if they do not exceed the offered ones. The heartbeat may be any."""
    args, most = command.args, connection.offered_frame_max
    _check_limit("frame_max", args.frame_max, min(INITIAL_FRAME_MAX, most or INITIAL_FRAME_MAX), most)
    _check_limit("channel_max", args.channel_max, 1, connection.offered_channel_max)
    connection.frame_max = args.frame_max
    connection.channel_max = args.channel_max
    connection.state = State.OPENING
    connection.heartbeat_interval = args.heartbeat
    connection.heartbeats.start(args.heartbeat)


def _check_limit(field: str, value: int, least: int, most: int) -> None:
    if value and value < least:
        text = f"negotiated {field} = {value} is lower than the minimum allowed value ({most})"
    elif most and (value == 0 or value > most):
        text = f"negotiated {field} = {value} is higher than the maximum allowed value ({most})"
    else:
        return
    raise AMQPError("not-allowed", text)


def open_vhost(connection: HandlerConnection, command: Command[ConnectionOpen]) -> None:
    """``connection.open``: the vhost must exist, have room, and be open to the user.

    :raises AMQPError: 530 NOT_ALLOWED; RabbitMQ never says 402 INVALID_PATH.
    """
    user = connection.user
    assert user is not None, "connection.open is legal after authentication only"
    vhost = connection.broker.admit(user, command.args.virtual_host)
    connection.opened(vhost)
    connection.send("connection.open-ok")
