"""What a rule or query can name: the commands of all AMQP versions with their arguments, and all else that passes."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType

from fakebroker.wire.spec import load

VERSIONS = ("0-8", "0-9", "0-9-1")

HANDSHAKE = MappingProxyType(
    {
        step: f"connection.{step}"
        for step in ("start", "start-ok", "secure", "secure-ok", "tune", "tune-ok", "open", "open-ok", "redirect")
    }
)
"""Short names for the steps of the handshake."""

KINDS = MappingProxyType(
    {
        "connect": ("in",),
        "protocol-header": ("in", "out"),
        "heartbeat": ("in", "out"),
        "malformed": ("in",),
        "end": ("in",),
        "method": ("in", "out"),
        "header": ("in", "out"),
        "body": ("in", "out"),
    }
)
"""Names that are not the name of a command, each with its directions.

``method`` is any command, ``header`` is any command that carries content,
``body`` is any whose content is not empty.
"""


@dataclass(frozen=True)
class KnownCommand:
    """A command, with all that any version of AMQP has for it.

    :param arguments: the AMQP types of the method's fields by name; if it carries content, also of the properties.
    :param directions: the directions in which it may go.
    """

    name: str
    arguments: dict[str, str]
    directions: tuple[str, ...]
    content: bool


@lru_cache(maxsize=1)
def commands() -> MappingProxyType[str, KnownCommand]:
    """All commands of AMQP 0-8, 0-9 and 0-9-1, by name."""
    known: dict[str, KnownCommand] = {}
    for version in VERSIONS:
        spec = load(version)
        for name, method in spec.methods.items():
            arguments = {field.name: field.type for field in method.fields}
            if method.content:
                arguments.update({field.name: field.type for field in spec.classes[name.partition(".")[0]].fields})
                arguments["body"] = "longstr"
            ways = tuple(way for way, goes in (("in", method.from_client), ("out", method.from_server)) if goes)
            earlier = known.get(name)
            if earlier is not None:
                arguments = {**earlier.arguments, **arguments}
                ways = tuple(way for way in ("in", "out") if way in earlier.directions + ways)
            known[name] = KnownCommand(name, arguments, ways, method.content)
    return MappingProxyType(known)


def named(what: str | None) -> tuple[KnownCommand, ...]:
    """The commands that a rule's ``what`` covers: one, all of a class (``"basic.*"``), or all."""
    if what is None or what == "method":
        return tuple(commands().values())
    if what in ("header", "body"):
        return tuple(command for command in commands().values() if command.content)
    if what.endswith(".*"):
        return tuple(command for command in commands().values() if command.name.startswith(what[:-1]))
    command = commands().get(what)
    return (command,) if command is not None else ()
