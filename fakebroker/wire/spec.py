"""The three versions of AMQP, each with all its methods."""

from __future__ import annotations

import struct
from functools import cache

from fakebroker.wire.classes import Class, Method, define
from fakebroker.wire.command import Command, Content
from fakebroker.wire.definition import Constant, Field

__all__ = ["Class", "Constant", "Field", "Method", "Spec", "for_header", "load"]

_new = tuple.__new__  # a named tuple's own constructor takes twice as long


class Spec:
    """One version of AMQP."""

    def __init__(self, version: str) -> None:
        self.version = version
        self.major, self.minor, self.revision, constants, classes = define(version)
        self.constants = {constant.name: constant for constant in constants}
        self.classes = {klass.name: klass for klass in classes}
        self.classes_by_id = {klass.id: klass for klass in classes}
        methods = [method for klass in classes for method in klass.methods]
        self.methods = {method.name: method for method in methods}
        self.by_id = {(method.class_id, method.id): method for method in methods}
        self.by_prefix: dict[bytes, Method] = {struct.pack(">HH", *ids): method for ids, method in self.by_id.items()}
        """The methods, by the four bytes that the payload of their frames begins with."""

    def command(self, channel: int, name: str, content: Content | None = None, /, **fields: object) -> Command:
        """Make a command: ``command(1, "queue.declare", queue="q")``. Fields not given are zero, empty or false.

        :raises KeyError: when this version has no such method.
        :raises TypeError: when the method has no such field.
        """
        method = self.methods[name]
        return _new(Command, (channel, method, method.make(**fields), content))

    def __repr__(self) -> str:
        return f"<Spec {self.version}>"


@cache
def load(version: str) -> Spec:
    """The specification of ``"0-8"``, ``"0-9"`` or ``"0-9-1"``, made when it is first asked for."""
    return Spec(version)


_HEADERS = {
    b"AMQP\x01\x01\x08\x00": "0-8",
    b"AMQP\x01\x01\x09\x01": "0-8",
    b"AMQP\x01\x01\x00\x09": "0-9-1",
    b"AMQP\x00\x00\x09\x01": "0-9-1",
}


def for_header(data: bytes) -> Spec | None:
    """The version that RabbitMQ 3.10 speaks to a client which begins with these 8 bytes.

    A client that asks for 0-9 is served 0-9-1. It is told that the version is 0-9, in ``connection.start``.

    :return: None when RabbitMQ answers with a protocol header of its own, and hangs up.
    """
    version = _HEADERS.get(data)
    return load(version) if version else None
