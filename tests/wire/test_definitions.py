"""The definitions in ``specs/``, field by field against those that Debian's package ``amqp-specs`` installs."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from unittest import SkipTest, TestCase
from xml.etree import ElementTree

from fakebroker.wire.definition import directory, python_name
from fakebroker.wire.spec import load
from tests.wire.strategies import VERSIONS

DEBIAN = Path(os.environ.get("AMQP_SPECS", "/usr/share/amqp/specs"))
PUBLISHED = {
    "0-8": "0-8/amqp0-8.stripped.xml",
    "0-9": "0-9/amqp0-9.stripped.xml",
    "0-9-1": "0-9-1-rabbit/amqp0-9-1.stripped.extended.xml",
}

BY_RABBITMQ = "an extension of RabbitMQ"
RECOVER = "RabbitMQ calls 100 recover-async, and has a recover that is answered"
FROM_SERVER = "the server sends it as well: an extension of RabbitMQ"
FOR_TXAMQP = "txAMQP waits for an answer unless the field is called nowait, as in 0-8 and 0-9"
NAMED_AS_BEFORE = "RabbitMQ and 0-9 have a name for what 0-9-1 calls reserved"

RECOVERS = {"basic.recover": RECOVER, "basic.recover-async": RECOVER, "basic.recover-ok": RECOVER}
EXTENSIONS = dict.fromkeys(
    (
        "connection.blocked", "connection.unblocked", "connection.update-secret", "connection.update-secret-ok",
        "basic.credit", "basic.credit-ok", "basic.credit-drained",
    ),
    BY_RABBITMQ,
)  # fmt: skip
DIFFERENCES: dict[str, dict[str, str]] = {
    "0-8": {
        **dict.fromkeys(
            ("no route", "no consumers", "precondition failed", "unexpected frame", "queue.unbind", "queue.unbind-ok"),
            BY_RABBITMQ,
        ),
        **RECOVERS,
        "basic.cancel": FROM_SERVER,
        "basic.ack": FROM_SERVER,
    },
    "0-9": {
        **EXTENSIONS,
        **dict.fromkeys(
            (
                "unexpected-frame", "exchange.bind", "exchange.bind-ok", "exchange.unbind", "exchange.unbind-ok",
                "basic.nack", "confirm", "confirm.select", "confirm.select-ok",
            ),
            BY_RABBITMQ,
        ),
        **RECOVERS,
        "basic.cancel": FROM_SERVER,
        "basic.ack": FROM_SERVER,
        "message": "RabbitMQ doesn't know this class, and 0-9-1 has dropped it",
    },
    "0-9-1": {
        **EXTENSIONS,
        **dict.fromkeys(("no-route", "access", "access.request", "access.request-ok"), BY_RABBITMQ),
        "basic.recover": "RabbitMQ answers it",
    },
}  # fmt: skip
RENAMED: dict[str, dict[str, tuple[str, str]]] = {
    "0-8": {},
    "0-9": {},
    "0-9-1": {
        "no-wait": ("nowait", FOR_TXAMQP),
        "reserved": ("cluster-id", NAMED_AS_BEFORE),
        "connection.open reserved-1": ("capabilities", NAMED_AS_BEFORE),
        "connection.open reserved-2": ("insist", NAMED_AS_BEFORE),
        "connection.open-ok reserved-1": ("known-hosts", NAMED_AS_BEFORE),
        "channel.open reserved-1": ("out-of-band", NAMED_AS_BEFORE),
        "channel.open-ok reserved-1": ("channel-id", NAMED_AS_BEFORE),
        "basic.get-empty reserved-1": ("cluster-id", NAMED_AS_BEFORE),
        "reserved-1": ("ticket", NAMED_AS_BEFORE),
    },
}
"""What a field is called there (in one method, or in all), what it is called here, and why."""

Facts = dict[str, object]


def published(version: str) -> ElementTree.Element:
    path = DEBIAN / PUBLISHED[version]
    if not path.exists():
        raise SkipTest(f"{path} is not here: it comes with Debian's package amqp-specs")
    return ElementTree.parse(path).getroot()


def ours(version: str) -> ElementTree.Element:
    return ElementTree.parse(directory() / f"amqp{version}.xml").getroot()


def facts(root: ElementTree.Element, renamed: Mapping[str, tuple[str, str]]) -> Facts:
    """All that a definition says: each constant, class and method by its name."""
    domains = {domain.get("name"): domain.get("type") for domain in root.iter("domain")}

    def fields(parent: ElementTree.Element, owner: str) -> Iterator[tuple[str, str | None]]:
        for field in parent.findall("field"):
            name = field.attrib["name"]
            name = renamed.get(f"{owner} {name}", renamed.get(name, (name, "")))[0]
            kind = field.get("domain") or field.get("type")
            yield name, domains.get(kind, kind)

    def chassis(parent: ElementTree.Element) -> dict[str, str]:
        return {element.attrib["name"]: element.attrib["implement"] for element in parent.findall("chassis")}

    found: Facts = {}
    for constant in root.findall("constant"):
        found[constant.attrib["name"]] = (constant.get("value"), constant.get("class"))
    for klass in root.findall("class"):
        name = klass.attrib["name"]
        found[name] = (klass.get("index"), klass.get("handler"), chassis(klass), list(fields(klass, name)))
        for method in klass.findall("method"):
            full_name = f"{name}.{method.attrib['name']}"
            flags = [method.get(flag, "0") for flag in ("index", "synchronous", "content")]
            responses = {response.attrib["name"] for response in method.findall("response")}
            found[full_name] = (flags, chassis(method), responses, list(fields(method, full_name)))
    return found


class Definitions(TestCase):
    maxDiff = None

    def test_they_say_what_debians_say_but_for_the_differences_listed_here(self) -> None:
        for version in VERSIONS:
            with self.subTest(version):
                here = facts(ours(version), {})
                there = facts(published(version), RENAMED[version])
                if version == "0-9":  # its methods are listed under the class's name
                    there = {name: fact for name, fact in there.items() if not name.startswith("message.")}
                different = {name for name in here.keys() | there.keys() if here.get(name) != there.get(name)}
                self.assertEqual(sorted(different), sorted(DIFFERENCES[version]))

    def test_no_field_is_renamed_that_has_the_name_anyway(self) -> None:
        for version in VERSIONS:
            there = facts(published(version), {})
            names = {
                name
                for fact in there.values()
                if isinstance(fact, tuple) and isinstance(fact[-1], list)
                for name, _type in fact[-1]
            }
            for renamed in RENAMED[version]:
                self.assertIn(renamed.split(" ")[-1], names)

    def test_every_field_has_a_type_of_its_own(self) -> None:
        types = {"bit", "octet", "short", "long", "longlong", "timestamp", "shortstr", "longstr", "table"}
        for version in VERSIONS:
            for field in ours(version).iter("field"):
                self.assertIn(field.get("type"), types)
                self.assertNotIn("domain", field.attrib)

    def test_they_are_found_beside_the_package_or_in_it(self) -> None:
        self.assertEqual({path.name for path in directory().glob("*.xml")}, {f"amqp{v}.xml" for v in VERSIONS})


class Names(TestCase):
    def test_python_names_are_words(self) -> None:
        spelled = {"routing key": "routing_key", "no-ack": "no_ack", "nowait": "no_wait", "global": "global_"}
        for name, python in spelled.items():
            self.assertEqual(python_name(name), python)

    def test_names_of_constants_are_the_same_in_all_versions(self) -> None:
        for version in VERSIONS:
            constants = load(version).constants
            self.assertEqual(constants["not-found"], ("not-found", 404, "soft-error"))
            self.assertEqual(constants["unexpected-frame"], ("unexpected-frame", 505, "hard-error"))
            self.assertEqual(constants["frame-end"], ("frame-end", 206, ""))

    def test_methods_know_who_sends_them_and_what_answers_them(self) -> None:
        methods = load("0-9-1").methods
        self.assertEqual((methods["basic.publish"].from_client, methods["basic.publish"].from_server), (True, False))
        self.assertEqual((methods["basic.deliver"].from_client, methods["basic.deliver"].from_server), (False, True))
        self.assertEqual((methods["basic.cancel"].from_client, methods["basic.cancel"].from_server), (True, True))
        self.assertEqual(methods["basic.get"].responses, ("basic.get-ok", "basic.get-empty"))
        self.assertTrue(methods["queue.bind"].has_no_wait)
        self.assertFalse(methods["queue.unbind"].has_no_wait)

    def test_ids_lead_to_methods_and_classes(self) -> None:
        for version in VERSIONS:
            spec = load(version)
            for method in spec.methods.values():
                self.assertIs(spec.by_id[(method.class_id, method.id)], method)
                self.assertIs(spec.classes_by_id[method.class_id], method.klass)
            self.assertEqual(len(spec.by_id), len(spec.methods))

    def test_a_version_is_read_once(self) -> None:
        self.assertIs(load("0-8"), load("0-8"))
        self.assertEqual(
            [(spec.version, spec.major, spec.minor, spec.revision) for spec in map(load, VERSIONS)],
            [("0-8", 8, 0, 0), ("0-9", 0, 9, 0), ("0-9-1", 0, 9, 1)],
        )
