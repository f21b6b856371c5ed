"""Making and changing commands for rules, and checking their arguments when the rule is made."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from typing import Any

from fakebroker.errors import RuleError
from fakebroker.faults.crossing import Crossing
from fakebroker.predicates.vocabulary import VERSIONS, KnownCommand, commands
from fakebroker.validation import near
from fakebroker.wire.command import Command, Content
from fakebroker.wire.spec import Spec, load


def known(name: str, action: str) -> KnownCommand:
    """What is known of the command with this name.

    :raises RuleError: when there is none.
    """
    if name not in commands():
        raise RuleError(f"{action}: there is no command {name!r}{near(name, commands())}")
    return commands()[name]


def check_arguments(command: KnownCommand, arguments: Mapping[str, object], action: str) -> None:
    """Check that the command has each of these arguments, and that each value fits.

    :raises RuleError: when not. It names the argument, and what may have been meant.
    """
    for name, value in arguments.items():
        if name not in command.arguments:
            hint = near(name, command.arguments) or f"; it has {', '.join(command.arguments)}"
            raise RuleError(f"{action}: {command.name} has no argument {name!r}{hint}")
        check_value(command, name, value, action)


def check_value(command: KnownCommand, name: str, value: Any, action: str) -> None:
    """Check that an argument can hold the value. So a rule is refused when it is made, not when it acts.

    :raises RuleError: when it can't. It names the argument and its type.
    """
    kind = command.arguments[name]
    try:
        if name == "body":
            _octets(value)
            return
        for version in VERSIONS:
            method = load(version).methods.get(command.name)
            if method is not None and any(field.name == name for field in method.fields):
                method.encode(method.make(**{name: _fitting(value, kind)}))
                return
        Content.make({name: value})
    except (struct.error, ValueError, TypeError, AttributeError, OverflowError) as error:
        text = f"{action}: {name}={value!r} does not fit into {command.name}, where it is of type {kind}"
        raise RuleError(text) from error


def build(crossing: Crossing, name: str, arguments: Mapping[str, Any], channel: int | None = None) -> Command:
    """Make a command in the connection's version of AMQP. Arguments that this version does not have are left out.

    :param channel: None for the item's.
    """
    return made(crossing.facts.spec, crossing.channel if channel is None else channel, name, arguments)


def made(spec: Spec, channel: int, name: str, arguments: Mapping[str, Any]) -> Command:
    """Make a command in a version of AMQP. Arguments that this version does not have are left out."""
    method = spec.methods[name]
    own = {field.name: field.type for field in method.fields}
    fields = {key: _fitting(value, own[key]) for key, value in arguments.items() if key in own}
    content = None
    if method.content:
        properties = {key: value for key, value in arguments.items() if key not in own and key != "body"}
        content = Content.make(properties, _octets(arguments.get("body", b"")))
    return spec.command(channel, name, content, **fields)


def changed(command: Command, arguments: Mapping[str, Any]) -> Command:
    """Make the same command with other arguments, properties or ``body``. Those that it does not have are left out."""
    types = {field.name: field.type for field in command.method.fields}
    own = {key: _fitting(value, types[key]) for key, value in arguments.items() if key in types}
    args = command.args._replace(**own) if own else command.args
    content = command.content
    if content is not None:
        known_properties = {field.name for field in content.klass.fields}
        others = {key: value for key, value in arguments.items() if key not in types and key in known_properties}
        if others:
            content = content.with_properties(**others)
        if "body" in arguments:
            content = type(content)(content.klass, content.header, _octets(arguments["body"]))
    return Command(command.channel, command.method, args, content)


def _fitting(value: object, amqp_type: str) -> object:
    return _octets(value) if amqp_type == "longstr" else value


def _octets(value: Any) -> bytes:
    return value.encode("utf-8", "surrogateescape") if isinstance(value, str) else bytes(value)
