"""Reads a definition in ``specs/``: the XML as plain records."""

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
    """``"soft-error"`` closes a channel, ``"hard-error"`` closes a connection, ``""`` is no error."""


class Field(NamedTuple):
    """An argument of a method or a property of a content header."""

    name: str
    """The name in Python, such as ``routing_key``. A keyword gets a ``_`` at its end; ``nowait`` is ``no_wait``."""
    type: str
    """bit, octet, short, long, longlong, timestamp, shortstr, longstr or table."""


class Element:
    """One XML element: its attributes, and its children in the order of the file."""

    def __init__(self, tag: str, attributes: dict[str, str]) -> None:
        self.tag = tag
        self.attributes = attributes
        self.children: list[Element] = []

    def all(self, tag: str) -> list[Element]:
        """The children with this tag."""
        return [child for child in self.children if child.tag == tag]

    def number(self, attribute: str) -> int:
        """An attribute's value as a number; 0 when it is missing."""
        return int(self.attributes.get(attribute, 0))

    def names(self, tag: str) -> tuple[str, ...]:
        """The names of the children with this tag."""
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
    """The folder of the definitions. It is in the package if that is installed, and beside it in a checkout."""
    package = Path(__file__).parent.parent
    installed = package / "specs"
    return installed if installed.is_dir() else package.parent / "specs"


def hyphenated(name: str) -> str:
    """A name as 0-9 and later versions spell it: ``not found`` becomes ``not-found``."""
    return name.replace(" ", "-")


def python_name(name: str) -> str:
    """A field's name in Python. It is the same for all versions."""
    python = name.replace(" ", "_").replace("-", "_")
    if python == "nowait":
        return "no_wait"
    return python + "_" if iskeyword(python) else python
