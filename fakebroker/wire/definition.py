"""Reads a definition in ``specs/``: what the XML says, as plain records."""

from __future__ import annotations

from keyword import iskeyword
from pathlib import Path
from typing import NamedTuple
from xml.parsers import expat  # not ElementTree: importing that takes ten times as long as reading all three files


class Constant(NamedTuple):
    """A constant of the specification, such as ``("not-found", 404, "soft-error")``."""

    name: str
    value: int
    kind: str
    """``"soft-error"`` closes a channel, ``"hard-error"`` a connection, ``""`` is no error."""


class Field(NamedTuple):
    """An argument of a method or a property of a content header."""

    name: str
    """As Python spells it: ``routing_key``; a keyword gets a ``_`` at its end; ``nowait`` is ``no_wait``."""
    type: str
    """bit, octet, short, long, longlong, timestamp, shortstr, longstr or table."""


class Element:
    """One XML element: its attributes and children in the file's order."""

    def __init__(self, tag: str, attributes: dict[str, str]) -> None:
        self.tag = tag
        self.attributes = attributes
        self.children: list[Element] = []

    def all(self, tag: str) -> list[Element]:
        """The children of that tag."""
        return [child for child in self.children if child.tag == tag]

    def number(self, attribute: str) -> int:
        """An attribute's value as a number; 0 when it isn't there."""
        return int(self.attributes.get(attribute, 0))

    def names(self, tag: str) -> tuple[str, ...]:
        """The names of the children of that tag."""
        return tuple(child.attributes["name"] for child in self.all(tag))

    def fields(self) -> tuple[Field, ...]:
        """The fields of a method or a class."""
        return tuple(Field(python_name(f.attributes["name"]), f.attributes["type"]) for f in self.all("field"))


def read(version: str) -> Element:
    """The root element of a version's definition: ``read("0-8")``."""
    document = Element("", {})
    open_elements = [document]

    def start(tag: str, attributes: dict[str, str]) -> None:
        element = Element(tag, attributes)
        open_elements[-1].children.append(element)
        open_elements.append(element)

    def end(_tag: str) -> None:
        open_elements.pop()

    parser = expat.ParserCreate()
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.Parse((directory() / f"amqp{version}.xml").read_bytes(), True)
    return document.children[0]


def directory() -> Path:
    """Where the definitions are: inside the package when that is installed, beside it in a checkout."""
    package = Path(__file__).parent.parent
    installed = package / "specs"
    return installed if installed.is_dir() else package.parent / "specs"


def hyphenated(name: str) -> str:
    """A name as 0-9 and later spell it: ``not found`` is ``not-found``."""
    return name.replace(" ", "-")


def python_name(name: str) -> str:
    """The attribute name of a field, the same in all versions."""
    python = name.replace(" ", "_").replace("-", "_")
    if python == "nowait":
        return "no_wait"
    return python + "_" if iskeyword(python) else python
