"""The wings of ``broker/``: which may import which. Imports under ``TYPE_CHECKING`` and inside functions count too.

A wing that needs something of one above it says what it needs with a Protocol: a queue of a session, an exchange of its
virtual host, definitions of a broker.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from tests.source_files import File, Rules, files
from tests.test_architecture import below

BELOW: dict[str, set[str]] = {
    "broker": {"definitions"},
    "definitions": {"virtual host"},
    "memory": {"channel"},
    "channel": {"virtual host"},
    "virtual host": {"exchanges", "policies"},
    "policies": {"access", "queues"},
    "exchanges": {"queues"},
    "queues": {"ground"},
    "access": {"ground"},
    "ground": set(),
}
"""An arrow of the plan each. A wing may import what lies below it, over one arrow or several."""

SINGLE_FILES = {
    "broker": "broker",
    "vhost": "virtual host",
    "memory_estimate": "memory",
    **dict.fromkeys(("bindings", "queue"), "exchanges"),  # public names from before there were wings
    **dict.fromkeys(("users",), "access"),
    **dict.fromkeys(("definition_fields",), "definitions"),
}
"""The files of ``broker/`` itself that are not part of the ground, with their wings."""


def wing(parts: tuple[str, ...]) -> str:
    """The wing of a module, given what stands behind ``fakebroker.broker`` in its name."""
    if parts and parts[0] in BELOW:
        return parts[0]
    return SINGLE_FILES.get(parts[0] if parts else "", "ground")


def imports(file: File) -> Iterator[tuple[str, str]]:
    """Where a file of the broker imports another one, and the wing of that one."""
    for node, module in file.imports():
        names = module.split(".")
        if names[:2] == ["fakebroker", "broker"]:
            yield file.at(node), wing(tuple(names[2:]))


class Wings(Rules):
    def test_a_wing_imports_only_what_lies_below_it(self) -> None:
        found = []
        for file in files("fakebroker/broker"):
            own = wing(Path(file.name).with_suffix("").parts[2:])
            allowed = below(own, BELOW) | {own}
            found += [f"{place}: {own} imports {other}" for place, other in imports(file) if other not in allowed]
        self.assertNone(found, "These imports go the wrong way; let a Protocol say what the lower wing needs:")

    def test_every_folder_is_a_wing(self) -> None:
        folders = {Path(file.name).parts[2] for file in files("fakebroker/broker") if file.name.count("/") > 2}
        self.assertEqual(folders - set(BELOW), set(), "folders that BELOW does not know")

    def test_every_single_file_is_there(self) -> None:
        there = {Path(file.name).stem for file in files("fakebroker/broker") if file.name.count("/") == 2}
        self.assertEqual(set(SINGLE_FILES) - there, set(), "files that SINGLE_FILES names and nobody has")


class TheRuleItself(Rules):
    def test_imports_for_types_alone_count_too(self) -> None:
        text = "if TYPE_CHECKING:\n    from fakebroker.broker.vhost import VirtualHost"
        found = list(imports(File("fakebroker/broker/queues/sample.py", text)))
        self.assertEqual([("fakebroker/broker/queues/sample.py:2", "virtual host")], found)

    def test_a_queue_knows_nothing_of_exchanges_nor_of_channels(self) -> None:
        self.assertEqual({"ground"}, below("queues", BELOW))
        self.assertNotIn("channel", below("virtual host", BELOW))
