"""Puts a method, its content header and its bodies together to one command (AMQP 0-9-1, 4.2.6)."""

from __future__ import annotations

from typing import Any, NoReturn

from fakebroker.errors import AMQPError
from fakebroker.wire.command import Command, Content
from fakebroker.wire.framing import CONTENT
from fakebroker.wire.spec import Method

_new = tuple.__new__  # a named tuple's own constructor takes twice as long


class Assembly:
    """A command on a channel whose content has not all come yet."""

    __slots__ = ("_args", "_channel", "_header", "_method", "_missing", "_parts")

    def __init__(self, channel: int, method: Method, args: Any) -> None:
        self._channel = channel
        self._method = method
        self._args = args
        self._header: bytes | None = None
        self._missing = 0
        self._parts: list[bytes] = []

    def add_header(self, payload: bytes) -> Command | None:
        """Take the content header: the command, when there is no body to come.

        :raises AMQPError: unexpected-frame, when there has been one, or it has a weight or is of another class.
        """
        class_id, weight, size = CONTENT.unpack_from(payload)
        if self._header is not None or weight:
            raise self.interrupted()
        expected = self._method.class_id
        if class_id != expected:
            raise self._error(f"expected content header for class {expected}, got one for class {class_id} instead")
        self._header = payload[CONTENT.size :]
        self._missing = size
        return None if size else self._command(b"")

    def add_body(self, payload: bytes) -> Command | None:
        """Take a body frame: the command, when it was the last one.

        Where more comes than the header announced, nothing ever completes the command, as in RabbitMQ 3.10.

        :raises AMQPError: unexpected-frame, when there has been no header.
        """
        if self._header is None:
            raise self.interrupted()
        self._missing -= len(payload)
        if self._missing == 0 and not self._parts:
            return self._command(payload)
        self._parts.append(payload)
        return None if self._missing else self._command(b"".join(self._parts))

    def interrupted(self) -> AMQPError:
        """The error for a frame that is not the one that is due."""
        if self._header is not None:
            return self._error("expected content body, got non content body frame instead")
        class_id = self._method.class_id
        return self._error(f"expected content header for class {class_id}, got non content header frame instead")

    def _error(self, text: str) -> AMQPError:
        return AMQPError("unexpected-frame", text, (self._method.class_id, self._method.id))

    def _command(self, body: bytes) -> Command:
        assert self._header is not None
        content = Content(self._method.klass, self._header, body)
        return _new(Command, (self._channel, self._method, self._args, content))


def unassembled() -> NoReturn:
    """A content frame has come where no method has announced content.

    :raises AMQPError: unexpected-frame.
    """
    raise AMQPError("unexpected-frame", "expected method frame, got non method frame instead", (0, 0))
