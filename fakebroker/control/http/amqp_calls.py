"""AMQP on behalf of the HTTP user, and AMQP's errors as RabbitMQ turns them into HTTP's."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from fakebroker.amqp.direct_channel import DirectChannel
from fakebroker.broker.vhost import VirtualHost
from fakebroker.control.http.endpoint import Call, Refusal, bad_request, not_authorised, not_found
from fakebroker.errors import AMQPError
from fakebroker.wire.spec import load


@contextmanager
def channel(call: Call) -> Iterator[DirectChannel]:
    """A channel of the user's on the virtual host that the path names, open for a while.

    :raises Refusal: 401 where the user has no permissions; 404, 401 or 400 for what the channel would be closed with.
    """
    with DirectChannel(call.broker.broker, call.user, _admitted(call)) as opened:
        try:
            yield opened
        except AMQPError as error:
            raise _channel_refusal(error) from error


def request(call: Call, name: str, **fields: object) -> None:
    """Carry out one method as RabbitMQ does for a PUT or DELETE: with permissions, but with no connection.

    :raises Refusal: 404, 401 or 400, with the bare text of the AMQP error.
    """
    if call.vhost is None:
        raise not_found("vhost_not_found", "not_found")
    with DirectChannel(call.broker.broker, call.user, call.vhost) as direct:
        try:
            direct.call(name, **fields)
        except AMQPError as error:
            raise _request_refusal(error) from error


def _admitted(call: Call) -> VirtualHost:
    try:
        return call.broker.broker.admit(call.user, call.names["vhost"])
    except AMQPError:
        raise not_authorised("Access refused.") from None


def _request_refusal(error: AMQPError) -> Refusal:
    if error.name == "not-found":
        return not_found(error.text, "not_found")
    if error.name in ("access-refused", "not-allowed"):
        return not_authorised("Access refused.")
    return bad_request(error.text)


def _channel_refusal(error: AMQPError) -> Refusal:
    if error.name == "not-found":
        return not_found(error.reply_text, "not_found")
    if error.name == "access-refused":
        return not_authorised(error.reply_text)
    return exception(error)


def exception(error: AMQPError) -> Refusal:
    """400 with the code and the text that the channel, or with the bare text that the connection was closed with."""
    constant = load("0-9-1").constants[error.name]
    return bad_request(f"{constant.value} {error.reply_text if constant.kind == 'soft-error' else error.text}")
