"""The classes and methods of AMQP, as ``specs/*.xml`` define them. Nothing about a method is listed anywhere else."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from fakebroker.wire.codec import compile_method
from fakebroker.wire.definition import Constant, Element, hyphenated, read
from fakebroker.wire.properties import compile_properties

if TYPE_CHECKING:
    from fakebroker.wire.methods import BasicProperties


class Method:
    """One method, for example ``queue.declare``. Its codec is compiled when it is first used."""

    Arguments: type[Any]
    """The type of ``Command.args``: a named tuple of the fields."""
    make: Callable[..., Any]
    """``make(**fields) -> Arguments``: fields not given are zero, empty or false; unknown ones are a ``TypeError``."""
    decode: Callable[..., Any]
    """``decode(payload, offset=4) -> Arguments``.

    :raises AMQPError: frame-error, as in RabbitMQ 3.10, when the payload isn't exactly these fields, or a short string
        is not UTF-8. (In methods with content, such as ``basic.publish``, RabbitMQ does not check strings.)
    :raises DecodeError: when a field table can't be read.
    """
    encode: Callable[[object], bytes]
    """``encode(arguments) -> payload``, with the class and method id.

    :raises ValueError: when a field can't hold its value, such as a name longer than 255 bytes.
    """

    def __init__(self, klass: Class, element: Element) -> None:
        self.klass = klass
        self.name = f"{klass.name}.{element.attributes['name']}"
        self.key = f"{klass.version} {self.name}"
        """A string that no other method of any version has."""
        self.class_id = klass.id
        self.id = element.number("index")
        self.fields = element.fields()
        self.content = element.number("content") == 1
        self.synchronous = element.number("synchronous") == 1
        self.responses = tuple(f"{klass.name}.{response}" for response in element.names("response"))
        chassis = element.names("chassis")
        self.from_client = "server" in chassis
        """Whether a client may send it: the specification has the server implement it."""
        self.from_server = "client" in chassis
        self.long_fields = [place for place, field in enumerate(self.fields) if field.type in ("table", "longstr")]
        """The indexes of the arguments that may be long: they are more than a short string or a number."""
        self.has_no_wait = any(field.name == "no_wait" for field in self.fields)

    def __getattr__(self, name: str) -> object:
        if name not in ("Arguments", "make", "decode", "encode"):
            raise AttributeError(name)
        codec = compile_method(
            self.name,
            (self.class_id, self.id),
            self.fields,
            strict=not self.content,
            remember=self.content and not self.from_server and all(field.type != "table" for field in self.fields),
        )
        self.__dict__.update(codec)
        return codec[name]

    def __repr__(self) -> str:
        return f"<Method {self.name} ({self.class_id}, {self.id})>"


class Class:
    """One class: its methods, and the properties that content of this class has."""

    Properties: type[object]
    """The type of ``Content.properties``: a named tuple, ``None`` where a property is absent."""
    decode_properties: Callable[[bytes], BasicProperties]
    decode_again: Callable[[bytes], BasicProperties]
    """The same, but the last result is remembered. For callers that do not keep the result."""
    table_flags: int
    """The bits in the first octet of the flags that stand for tables."""
    encode_properties: Callable[[object], bytes]

    def __init__(self, version: str, element: Element) -> None:
        self.version = version
        self.name = element.attributes["name"]
        self.id = element.number("index")
        self.handler = element.attributes["handler"]
        self.fields = element.fields()
        self.methods = tuple(Method(self, method) for method in element.all("method"))

    def __getattr__(self, name: str) -> object:
        if name not in ("Properties", "decode_properties", "decode_again", "encode_properties", "table_flags"):
            raise AttributeError(name)
        codec = compile_properties(self.name, self.fields)
        self.__dict__.update(codec)
        return codec[name]

    def __repr__(self) -> str:
        return f"<Class {self.name} ({self.id})>"


class Definition(NamedTuple):
    """What the XML says about one version of AMQP."""

    major: int
    minor: int
    revision: int
    constants: tuple[Constant, ...]
    classes: tuple[Class, ...]


@cache
def define(version: str) -> Definition:
    """Read the definition of ``"0-8"``, ``"0-9"`` or ``"0-9-1"``, the first time it is asked for."""
    root = read(version)
    classes = tuple(Class(version, element) for element in root.all("class"))
    major, minor, revision = (root.number(name) for name in ("major", "minor", "revision"))
    return Definition(major, minor, revision, tuple(_constants(root)), classes)


@cache
def basic() -> Class:
    """The class ``basic``. The properties of its content are the same in all versions."""
    return next(each for each in define("0-9-1").classes if each.name == "basic")


def _constants(root: Element) -> Iterator[Constant]:
    for element in root.all("constant"):
        kind = element.attributes.get("class", "")
        yield Constant(hyphenated(element.attributes["name"]), element.number("value"), hyphenated(kind))
