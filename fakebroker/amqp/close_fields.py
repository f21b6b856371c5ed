"""Which close an error becomes: of the channel or of the connection, with which code and text."""

from __future__ import annotations

from fakebroker.errors import AMQPError
from fakebroker.wire.spec import Spec

REPLY_TEXT_LIMIT = 255
"""Octets in a shortstr. RabbitMQ cuts a longer reply-text to 252 octets and ends it with an ellipsis."""


def is_connection_error(spec: Spec, error: AMQPError) -> bool:
    """Whether the error ends the connection, not just the channel: the specification then calls it hard."""
    return spec.constants[error.name].kind == "hard-error"


def reply_text(error: AMQPError) -> str:
    """The error's reply-text, cut to what a shortstr holds as RabbitMQ cuts it."""
    encoded = error.reply_text.encode("utf-8", "surrogateescape")
    if len(encoded) <= REPLY_TEXT_LIMIT:
        return error.reply_text
    return encoded[: REPLY_TEXT_LIMIT - 3].decode("utf-8", "surrogateescape") + "..."


def close_fields(spec: Spec, error: AMQPError, method: tuple[int, int] = (0, 0)) -> dict[str, int | str]:
    """The arguments of ``connection.close`` or ``channel.close``.

    :param method: class id and method id of the method that failed; ``(0, 0)`` where there was none.
    """
    class_id, method_id = error.method if error.method is not None else method
    return {
        "reply_code": spec.constants[error.name].value,
        "reply_text": reply_text(error),
        "class_id": class_id,
        "method_id": method_id,
    }
