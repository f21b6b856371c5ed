"""Writes ``fakebroker/wire/methods.pyi``: what the definitions in ``specs/`` say about fields, for the type checker.

``python -m tests.wire.stubs`` writes it anew. A field is there if all versions that have the method have the field:
what only some have (``arguments`` of ``basic.consume``) is asked for with ``getattr``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import fakebroker.wire
from fakebroker.wire.definition import Field
from fakebroker.wire.source import camel
from fakebroker.wire.spec import Method, load

VERSIONS = ("0-8", "0-9", "0-9-1")
PLACE = Path(fakebroker.wire.__file__).with_name("methods.pyi")
TYPES = {"bit": "bool", "shortstr": "str", "longstr": "bytes", "table": "Table"}
"""All others are integers."""
SPOKEN = ("access", "basic", "channel", "confirm", "connection", "exchange", "queue", "tx")
"""The classes that RabbitMQ speaks."""

HEAD = '''\
"""The fields of each method and of content properties, by their types. Made by ``python -m tests.wire.stubs`` of what
``specs/`` says; for type checkers only: at run time ``wire/classes.py`` makes these classes when they are first used.
"""

from typing import Literal, NamedTuple, Protocol, overload

from fakebroker.values import Table
from fakebroker.wire.command import Command, Content

class HasNoWait(Protocol):
    """A method that may ask for no answer."""

    @property
    def no_wait(self) -> bool: ...

class HasDeliveryTag(Protocol):
    """A method about a delivery."""

    @property
    def delivery_tag(self) -> int: ...
'''


def text() -> str:
    """What the file is to hold."""
    specs = [load(version) for version in VERSIONS]
    methods = {name: [spec for spec in specs if name in spec.methods] for spec in specs for name in spec.methods}
    classes = {name: [spec for spec in specs if name in spec.classes] for spec in specs for name in spec.classes}
    parts = [HEAD]
    for name, having in sorted(methods.items()):
        fields = in_all([spec.methods[name].fields for spec in having])
        parts.append(_class(camel(name), f"``{name}`` of {_versions(s.version for s in having)}.", fields))
    for name, having in sorted(classes.items()):
        fields = in_all([spec.classes[name].fields for spec in having])
        if fields:
            parts.append(_class(f"{camel(name)}Properties", f"Of content of the class ``{name}``.", fields, " | None"))
    return "\n".join([*parts, *_senders({name: having[0].methods[name] for name, having in sorted(methods.items())})])


def _senders(methods: Mapping[str, Method]) -> Iterator[str]:
    """What sends commands of the server, with the fields that each may be given."""
    sent = {name: each for name, each in methods.items() if each.from_server and each.klass.name in SPOKEN}
    on_connection = [_sends(each) for name, each in sent.items() if each.klass.name == "connection"]
    on_channel = [_sends(each) for name, each in sent.items() if each.klass.name != "connection"]
    asked = ((each, name) for each in methods.values() if each.has_no_wait for name in each.responses)
    replies = [_replies(each, sent[name]) for each, name in asked if name in sent]
    yield _overloads("ConnectionSend", "Sends a command on channel 0.", on_connection)
    yield _overloads("ChannelSend", "Sends a command on a channel.", on_channel)
    yield _overloads("ChannelReply", "Answers a command, unless it wants no answer.", replies)


def in_all(variants: Sequence[Sequence[Field]]) -> list[Field]:
    """The fields that all versions have."""
    return [field for field in variants[0] if all(field in other for other in variants)]


def _class(name: str, says: str, fields: Iterable[Field], or_none: str = "") -> str:
    return "\n".join(_lines(name, says, fields, or_none)) + "\n"


def _lines(name: str, says: str, fields: Iterable[Field], or_none: str) -> Iterator[str]:
    yield f"class {name}(NamedTuple):"
    yield f'    """{says}"""'
    for number, field in enumerate(fields):
        if not number:
            yield ""
        yield f"    {field.name}: {TYPES.get(field.type, 'int')}{or_none}"


def _overloads(name: str, says: str, calls: Iterable[list[str]]) -> str:
    lines = [f"class {name}(Protocol):", f'    """{says} Fields that are not given are zero, empty or false."""']
    for parameters in calls:
        line = f"    def __call__({', '.join(parameters)}) -> None: ..."
        if len(line) > 120:
            line = "\n".join(["    def __call__(", *(f"        {each}," for each in parameters), "    ) -> None: ..."])
        lines += ["", "    @overload", line]
    return "\n".join(lines) + "\n"


def _sends(method: Method) -> list[str]:
    content = ["content: Content"] if method.content else []
    return ["self", f'name: Literal["{method.name}"]', *content, "/", *_keywords(method)]


def _replies(method: Method, answer: Method) -> list[str]:
    command = f"command: Command[{camel(method.name)}]"
    return ["self", command, f'name: Literal["{answer.name}"]', "/", *_keywords(answer)]


def _keywords(method: Method) -> list[str]:
    fields = [f"{field.name}: {TYPES.get(field.type, 'int')} = ..." for field in method.fields]
    return ["*", *fields] if fields else []


def _versions(versions: Iterable[str]) -> str:
    *others, last = versions
    return f"AMQP {', '.join(others)} and {last}" if others else f"AMQP {last}"


if __name__ == "__main__":
    PLACE.write_text(text(), encoding="utf-8")
