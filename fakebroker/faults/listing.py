"""All actions with their fields, as text: what ``fakebroker faults --list`` prints."""

from __future__ import annotations

import dataclasses
import inspect
import textwrap
from collections.abc import Iterator

from fakebroker.faults.actions import GROUPS
from fakebroker.faults.actions.base import Action
from fakebroker.faults.forms import hints, to_form, wanted

HEADINGS = {
    "connection": "The connection",
    "handshake": "The handshake",
    "octets": "Bytes",
    "commands": "Commands",
    "messages": "Messages, confirms, consumers",
    "anything": "Anything",
}
WIDTH = 100


def catalogue() -> str:
    """Every action: its name in JSON, its fields, what it does, what the client sees."""
    lines: list[str] = []
    for group, actions in GROUPS.items():
        lines += [HEADINGS[group], "=" * len(HEADINGS[group]), ""]
        for action in actions:
            lines += [action.name(), *_described(action), ""]
    return "\n".join(lines)


def _described(action: type[Action]) -> Iterator[str]:
    paragraphs = inspect.cleandoc(action.__doc__ or "").split("\n\n")
    prose = [paragraph for paragraph in paragraphs if not paragraph.startswith(":param")]
    for paragraph in prose:
        yield from _wrapped(paragraph, "    ")
    told = _told(paragraphs)
    for field in dataclasses.fields(action):
        kind = wanted(hints(action)[field.name])
        yield from _wrapped(f"{field.name}: {kind}{_default(field)}; {told[field.name]}", "      ")


def _told(paragraphs: list[str]) -> dict[str, str]:
    """What a docstring says of each field."""
    told: dict[str, str] = {}
    for paragraph in paragraphs:
        for part in paragraph.split(":param ")[1:]:
            name, _, text = part.partition(":")
            told[name] = " ".join(text.split())
    return told


def _default(field: dataclasses.Field[object]) -> str:
    if field.default is not dataclasses.MISSING:
        return "" if field.default is None else f", by default {to_form(field.default)!r}"
    return "" if field.default_factory is not dataclasses.MISSING else ", needed"


def _wrapped(text: str, indent: str) -> list[str]:
    plain = " ".join(text.replace("``", "").split())
    return textwrap.wrap(plain, WIDTH, initial_indent=indent, subsequent_indent=indent + "  ")
