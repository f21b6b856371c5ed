"""docs/architecture.md names files, classes and functions; each is looked up, so that the page can't go stale.

The same holds for CONTRIBUTING.md. What stands in backticks there is one of these, or the test fails:

=====================================  ===============================================================================
on the page                            has to be
=====================================  ===============================================================================
``broker/queues/ready.py``, ``.ci/``   a file or a folder, from the project's or from ``fakebroker``
``Link.inbound``, ``turn.Phase``        a member of a class, or a name in a module: by its whole name or the end of it
``Turn``, ``BELOW``, ``Any``            a name that the code defines somewhere, or one of Python's ``typing``
``basic.get-ok``, ``channel.close``    a method of AMQP
``x-max-length``, ``not-found``        a text in the code
an option, or anything with a blank,    a command or an example: not looked up
a quote or the like in it
=====================================  ===============================================================================
"""

from __future__ import annotations

import ast
import re
import sys
import typing
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from types import FrameType
from unittest import TestCase
from xml.etree import ElementTree

from fakebroker.faults import Drop, when
from fakebroker.testing import SynchronousBrokerTestCase
from fakebroker.wire.command import Content
from fakebroker.wire.spec import load
from tests import test_wings
from tests.rawclient import RawClient
from tests.test_architecture import BELOW, below

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "architecture.md"
PLAN = ROOT / "docs" / "architecture.svg"
CONTRIBUTING = ROOT / "CONTRIBUTING.md"
SOURCES = ("fakebroker", "connector", "tests", "benchmarks")

Names = dict[str, "Names"]
"""What a module, or a class, has: by name, and of classes what these have in turn."""


class Code:
    """All names that the code defines."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.modules: dict[tuple[str, ...], Names] = {}
        self.classes: dict[str, list[Names]] = {}
        self.bases: dict[str, set[str]] = {}
        self.names: set[str] = set()
        for path in sorted(path for folder in SOURCES for path in (ROOT / folder).rglob("*.py")):
            text = path.read_text(encoding="utf-8")
            parts = path.relative_to(ROOT).with_suffix("").parts
            if parts[0] in ("fakebroker", "connector"):
                self.texts.append(text)
            module = parts[:-1] if parts[-1] == "__init__" else parts
            self.names.add(module[-1])
            self.modules[module] = self.body(ast.parse(text).body)

    def body(self, statements: list[ast.stmt]) -> Names:
        found: Names = {}
        for statement in statements:
            if isinstance(statement, ast.ClassDef):
                members = found[statement.name] = self.body(statement.body)
                members.update({name: {} for name in set_on_self(statement)})
                self.classes.setdefault(statement.name, []).append(members)
                bases = self.bases.setdefault(statement.name, set())
                bases.update(ast.unparse(base).partition("[")[0] for base in statement.bases)
            elif isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef)):
                found[statement.name] = {}
            else:
                found.update({name: {} for name in assigned(statement)})
        self.names.update(found)
        return found

    def has(self, name: str) -> bool:
        """Whether there is a thing of this name, which has dots in it."""
        parts = tuple(name.split("."))
        if parts[0] in self.classes and self.member(*parts):
            return True
        for cut in range(len(parts), 0, -1):
            for module, names in self.modules.items():
                if module[-cut:] == parts[:cut] and self.inside(names, parts[cut:]):
                    return True
        return False

    def inside(self, names: Names, rest: tuple[str, ...]) -> bool:
        if len(rest) <= 1:
            return not rest or rest[0] in names
        return rest[0] in names and rest[0] in self.classes and self.member(*rest)

    def member(self, cls: str, name: str, *more: str) -> bool:
        if not more and any(name in members for members in self.classes.get(cls, ())):
            return True
        return not more and any(self.member(base, name) for base in self.bases.get(cls, ()))

    def says(self, text: str) -> bool:
        return any(text in each for each in self.texts)


def assigned(statement: ast.stmt) -> Iterator[str]:
    """The names that a statement at the level of a module or of a class gives something to."""
    for node in ast.walk(statement):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id


def set_on_self(cls: ast.ClassDef) -> Iterator[str]:
    for node in ast.walk(cls):
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            if isinstance(node.value, ast.Name) and node.value.id == "self":
                yield node.attr


@cache
def code() -> Code:
    return Code()


@cache
def methods() -> frozenset[str]:
    return frozenset(name for version in ("0-8", "0-9", "0-9-1") for name in load(version).methods)


def is_path(text: str) -> bool:
    return "/" in text or text.endswith((".py", ".md", ".toml", ".xml", ".json", ".yml"))


def exists(text: str) -> bool:
    """Whether what stands in backticks is there."""
    if is_path(text):
        return any((top / text).exists() for top in (ROOT, ROOT / "fakebroker"))
    if "-" in text:
        return text in methods() or code().says(text)
    if "." in text:
        return text in methods() or code().has(text)
    return text in code().names or text in code().classes or text in typing.__all__ or code().says(f'"{text}"')


def quoted(text: str) -> list[str]:
    """What stands in backticks, but for commands and examples."""
    outside = re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL)
    found = re.findall(r"`([^`]+)`", outside)
    return list(dict.fromkeys(each for each in found if re.fullmatch(r"(?!\.venv/)[\w.][\w./-]*", each)))


class ThePage(TestCase):
    def test_whatever_it_names_is_there(self) -> None:
        names = quoted(PAGE.read_text(encoding="utf-8"))
        self.assertGreater(len(names), 150)
        self.assertEqual([name for name in names if not exists(name)], [])

    def test_whatever_contributing_names_is_there(self) -> None:
        names = quoted(CONTRIBUTING.read_text(encoding="utf-8"))
        self.assertGreater(len(names), 15)
        self.assertEqual([name for name in names if not exists(name)], [])

    def test_each_room_has_a_line(self) -> None:
        table = re.findall(r"^\| `(\w+)(?:/|\.py)` \|", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
        self.assertEqual(sorted(BELOW), sorted(table))


class ThePlan(TestCase):
    """The drawing: rooms have the attribute ``data-room``, arrows ``data-from`` and ``data-to``; wings likewise."""

    def setUp(self) -> None:
        self.elements = list(ElementTree.parse(PLAN).iter())

    def test_each_room_is_drawn_once(self) -> None:
        rooms = [element.get("data-room") for element in self.elements if element.get("data-room")]
        self.assertEqual(sorted(map(str, rooms)), sorted(BELOW))

    def test_each_wing_of_the_broker_is_drawn_and_what_it_may_import(self) -> None:
        wings = [element.get("data-wing") for element in self.elements if element.get("data-wing")]
        self.assertEqual(sorted(map(str, wings)), sorted(test_wings.BELOW))
        arrows = [(each.get("data-wing-from"), each.get("data-wing-to")) for each in self.elements]
        allowed = [(wing, other) for wing, others in test_wings.BELOW.items() for other in others]
        self.assertEqual(sorted(arrow for arrow in arrows if arrow != (None, None)), sorted(allowed))

    def test_each_arrow_is_an_import_that_is_allowed_and_none_is_left_out(self) -> None:
        drawn = [each for each in self.elements if each.get("data-to")]
        arrows = {(str(each.get("data-from")), str(each.get("data-to"))) for each in drawn}
        ground = {str(each.get("data-room")) for each in self.elements if each.get("data-ground")}
        allowed = {(room, other) for room in BELOW for other in BELOW[room]}
        self.assertEqual(arrows - allowed, set())
        left_out = {(room, other) for room, other in allowed - arrows if other not in ground}
        self.assertEqual(left_out, set(), "an arrow to the ground may be left out, no other")
        self.assertFalse([room for room in ground if below(room) - ground], "the ground stands on nothing else")


class AFramesWay(SynchronousBrokerTestCase):
    """The numbered steps of the page are the way that a publish and its delivery really take."""

    def test_its_methods_are_called_in_that_order(self) -> None:
        steps = "".join(re.findall(r"^\d\. .*\n(?: {3}.*\n)*", PAGE.read_text(encoding="utf-8"), re.MULTILINE)[:9])
        named = [each for each in quoted(steps) if re.fullmatch(r"[A-Z]\w+\.\w+", each)]
        self.assertEqual((named[0], named[-1]), ("BrokerProtocol.dataReceived", "BrokerProtocol.flush"))
        client = RawClient.connect(self.broker, self.clock).open()
        client.open_channel(1)
        client.send("queue.declare", 1, queue="jobs")
        client.send("queue.bind", 1, queue="jobs", exchange="amq.direct", routing_key="job")
        client.send("basic.consume", 1, queue="jobs", consumer_tag="worker", no_ack=True)
        self.broker.faults.add(when("basic.get"), Drop())  # so that rules are asked
        called = calls(lambda: client.send("basic.publish", 1, Content.make({}, b"m"), exchange="amq.direct",
                                           routing_key="job"), self.clock.settle)  # fmt: skip
        for name in named:
            self.assertTrue(any(name in names for names in called), f"{name} is not called, or not in this order")
            while name not in called.pop(0):
                pass


def calls(*actions: Callable[[], object]) -> list[set[str]]:
    """Which methods of the project are called, in order: each by its own class's name and those of the base classes."""
    called: list[set[str]] = []

    def note(frame: FrameType, event: str, _: object) -> None:
        if event == "call" and frame.f_code.co_filename.startswith(str(ROOT / "fakebroker")):
            classes = type(frame.f_locals.get("self")).__mro__
            called.append({f"{cls.__name__}.{frame.f_code.co_name}" for cls in classes})

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        for action in actions:
            action()
    finally:
        sys.setprofile(before)
    return called


class TheRulesThemselves(TestCase):
    """What is not there is found to be missing."""

    def test_of_names_that_are_there_and_some_that_are_not(self) -> None:
        there = ("turn.py", "fakebroker/turn.py", "tests/", "Turn.begin", "Turn", "turn.Turn.begin", "BELOW",
                 "fakebroker.turn.Turn", "basic.get-ok", "channel.open", "x-max-length", "Command.channel",
                 "AMQPError.text", "VirtualHosts")  # fmt: skip
        self.assertEqual([name for name in there if not exists(name)], [])
        gone = ("turns.py", "turn/", "Turn.at_start", "Twirl", "turn.Twirl", "turn.Turn.at_start", "fakebroker.turns",
                "basic.got-ok", "x-min-length", "Turn.begin.owner", "nobody.knows")  # fmt: skip
        self.assertEqual([name for name in gone if exists(name)], [])

    def test_commands_and_addresses_are_not_looked_up(self) -> None:
        self.assertEqual(quoted("`.ci/run ruff` `/api` `a.b`\n\n```text\n`c`\n```\n`Turn`"), ["a.b", "Turn"])
