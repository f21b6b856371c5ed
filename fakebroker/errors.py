"""The errors that cross from one room to another; every room may import them."""

from __future__ import annotations

from typing import TypeVar

from fakebroker.printable import printable

E = TypeVar("E", bound=BaseException)


def raise_it(error: Exception) -> None:
    """What is told of errors where nobody else is there to be told: it raises them to the caller."""
    raise error


class FakeBrokerError(Exception):
    """Whatever fakebroker raises on purpose derives from this.

    Its text may have names in it that came from elsewhere; what is not seen of them is written as Python writes it.
    """

    def __str__(self) -> str:
        return printable(super().__str__(), keep="\n")


class AMQPError(FakeBrokerError):
    """Something the peer did that ends its channel or its connection with a close code.

    Handlers raise it; one place (``fakebroker.amqp.closing``) turns it into ``channel.close`` or
    ``connection.close``, from the constants of the specification in use.

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


class DecodeError(FakeBrokerError):
    """Bytes that RabbitMQ cannot make sense of and answers by dropping the socket, with no close."""


class QueryError(FakeBrokerError, ValueError):
    """A question to the journal that nothing can ever fit; the text names what and, if it can, what was meant.

    It is no AssertionError: a test that asks wrongly has not failed, it has tested nothing.
    """


class RuleError(FakeBrokerError):
    """A fault rule that is wrong or can never match; the text names what and where."""


def bare(error: E) -> E:
    """An error that is to be kept, without the way it came: its traceback would keep all the frames on that way, and
    with them whatever they had in hand."""
    error.__cause__ = error.__context__ = None
    return error.with_traceback(None)
