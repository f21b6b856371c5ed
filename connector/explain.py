"""Turns what txAMQP and Twisted report into an error that says what happened."""

from __future__ import annotations

from typing import TypeAlias

from twisted.internet import defer, error
from twisted.python.failure import Failure
from txamqp.message import Message

from connector.errors import (
    AuthenticationRefused,
    CannotConnect,
    ChannelClosedByBroker,
    ClosedByBroker,
    ConnectionLost,
    ConnectionRefused,
    ConnectorError,
    HungUpAtLogin,
    ProtocolError,
    TimedOut,
    VhostRefused,
)
from connector.steps import Step

Reason: TypeAlias = Message | Failure
"""Why a channel or connection ended: the broker's close method, or the failure of the transport or of a decoder."""

# 402 invalid-path and 403 access-refused are the specification's, 530 not-allowed is RabbitMQ's (3.10).
VHOST_CODES = (402, 403, 530)


def explain(reason: Reason, step: Step | None) -> ConnectorError:
    """The error for a connection that ended because of `reason` while waiting for `step`."""
    if isinstance(reason, Failure):
        return _failed(reason, step)
    code, text = reason.reply_code, as_text(reason.reply_text)
    if reason.method.klass.name == "channel":
        return ChannelClosedByBroker(code, text, step, reason.class_id, reason.method_id)
    if step == "tune" and code == 403:
        return AuthenticationRefused(f"the broker refused the credentials: {code} {text}", step, code, text)
    kind = VhostRefused if step == "open" and code in VHOST_CODES else ClosedByBroker
    return kind(code, text, step, reason.class_id, reason.method_id)


def explain_connect(cause: Exception, seconds: float | None) -> ConnectorError:
    """The error for an endpoint that could not connect within `seconds`."""
    if isinstance(cause, (defer.TimeoutError, error.TimeoutError)):
        return TimedOut("connect", seconds)
    if isinstance(cause, error.TCPTimedOutError):
        return TimedOut("connect", None)  # the operating system's limit, which was shorter
    kind = ConnectionRefused if isinstance(cause, error.ConnectionRefusedError) else CannotConnect
    return kind(str(cause) or type(cause).__name__, "connect")


def _failed(failure: Failure, step: Step | None) -> ConnectorError:
    cause = failure.value
    if isinstance(cause, ConnectorError):
        cause.step = cause.step or step
        return cause
    clean = isinstance(cause, error.ConnectionDone)
    if step == "tune" and isinstance(cause, (error.ConnectionDone, error.ConnectionLost)):
        return HungUpAtLogin(step, clean)
    if clean:
        return ConnectionLost("the broker hung up", step, clean=True)
    if isinstance(cause, error.ConnectionLost):
        return ConnectionLost(f"the connection was lost: {cause}", step)
    # Not repr(cause): of a method that txAMQP did not expect, only str() says which it is.
    details = " ".join([f"{type(cause).__name__}:", *map(str, getattr(cause, "args", ()))])
    explained = ProtocolError(f"cannot handle what the broker sent: {details}", step)
    explained.__cause__ = cause
    return explained


def failure(cause: BaseException) -> Failure:
    """`cause` as Twisted passes it on."""
    return Failure(cause)  # type: ignore[no-untyped-call]  # it has no annotations in Twisted


def as_text(value: str | bytes) -> str:
    """A string of txAMQP's, which leaves it as bytes where it is not UTF-8."""
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value
