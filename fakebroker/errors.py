"""The errors that one package raises and another handles. Every package may import them."""

from __future__ import annotations

from typing import TypeVar

from fakebroker.printable import printable

E = TypeVar("E", bound=BaseException)


def raise_it(error: Exception) -> None:
    """What is told of errors where nobody else is there to be told: it raises them to the caller."""
    raise error


class FakeBrokerError(Exception):
    """The base class of all that fakebroker raises on purpose.

    Its text may hold names that came from a peer. Characters in them that can't be printed are escaped.
    """

    def __str__(self) -> str:
        return printable(super().__str__(), keep="\n")


class AMQPError(FakeBrokerError):
    """The peer has done something that ends its channel or its connection, with a close code.

    Handlers raise it. One place, ``fakebroker.amqp.close_fields``, turns it into ``channel.close`` or
    ``connection.close``, as the specification in use says for this name.

    :param name: the constant's name in the specification, such as ``"not-found"``.
    :param text: the part of the reply-text after ``"NOT_FOUND - "``.
    :param method: ``(class id, method id)`` to report; by default those of the method being handled.
    """

    def __init__(self, name: str, text: str, method: tuple[int, int] | None = None) -> None:
        super().__init__(name, text)
        self.name = name
        self.text = text
        self.method = method

    @property
    def reply_text(self) -> str:
        """The reply-text as RabbitMQ writes it: ``NOT_FOUND - no queue 'q' in vhost '/'``."""
        name = self.name.upper().replace("-", "_")
        return f"{name} - {self.text}" if self.text else name

    def __str__(self) -> str:
        return printable(self.reply_text)


def crash() -> AMQPError:
    """The error for what crashes a channel or a connection of RabbitMQ: its client gets a bare 541 INTERNAL_ERROR."""
    return AMQPError("internal-error", "", method=(0, 0))


class DecodeError(FakeBrokerError):
    """The peer has sent bytes that RabbitMQ can't decode. It drops the socket then, without a close."""


class QueryError(FakeBrokerError, ValueError):
    """A query of the journal can never find anything. The text says why and, if possible, what was meant.

    It is not an AssertionError. A test that asks the wrong question has not failed; it has tested nothing.
    """


class RuleError(FakeBrokerError):
    """A rule is wrong, or can never match. The text says what is wrong, and where."""


def bare(error: E) -> E:
    """Remove the traceback from an error that is to be kept, and the errors that led to it.

    A traceback keeps all frames that the error went through, and with them everything that they hold.
    """
    error.__cause__ = error.__context__ = None
    return error.with_traceback(None)
