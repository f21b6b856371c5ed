"""Importing definitions: the whole file is checked first; then each entry makes what it defines."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, TypeAlias, cast

from fakebroker.broker.access.limits import USER_LIMITS, VHOST_LIMITS
from fakebroker.broker.access.users import HASHES, SHA256
from fakebroker.broker.definitions.fields import (
    OF_THE_WHOLE_BROKER,
    DefinitionEntry,
    DefinitionsError,
    PassedOver,
    check_sections,
    entries,
)
from fakebroker.broker.definitions.target import DefinedBroker
from fakebroker.broker.exchanges.exchange import Exchange
from fakebroker.broker.exchanges.registry import PREDECLARED, TYPES, exchange_type
from fakebroker.broker.policies.policies import ApplyTo, Policy, PolicyTable
from fakebroker.broker.queues.arguments import QUEUE_ARGUMENTS
from fakebroker.broker.queues.registry import check_new
from fakebroker.broker.resource_names import resource
from fakebroker.errors import AMQPError

if TYPE_CHECKING:
    from fakebroker.broker.vhost import VirtualHost

ImportStep = Callable[[], object]
"""A change to the broker, made when the whole file is known to be right."""

EntryReader: TypeAlias = "Callable[[DefinitionEntry], ImportStep | None]"
"""Reads one entry. Returns None when there is nothing to do."""

_OLD_HASHING = "rabbit_password_hashing_md5"


class Plan:
    """The changes that a file asks for, section by section in RabbitMQ's order.

    It keeps a list of all names that there will be, so that an entry may refer to what is in the broker already or
    earlier in the file.

    :param vhost: the virtual host that all of it goes to; None when each entry names its own.
    :param strict: whether it is an error when RabbitMQ would ignore something. Otherwise ``passed_over`` lists that.
    :raises DefinitionsError: with the place and the reason.
    """

    def __init__(self, broker: DefinedBroker, document: Mapping[str, object], vhost: str | None, strict: bool) -> None:
        self.passed_over: list[str] = []
        self._strict = strict
        self._broker = broker
        self._version = str(document.get("rabbitmq_version", document.get("rabbit_version", "3.10")))
        self._users = dict.fromkeys(broker.users)
        self._vhosts = dict.fromkeys(broker.vhosts)
        hosts = broker.vhosts.values()
        self._exchanges: dict[tuple[str, str], type[Exchange]] = {
            (host.name, name): type(each) for host in hosts for name, each in host.exchanges.items()
        }
        self._queues = dict.fromkeys((host.name, name) for host in hosts for name in host.queues)
        self._room = {
            host.name: host.limits["max-queues"] - len(host.queues)
            for host in hosts
            if host.limits.get("max-queues", -1) >= 0
        }
        sections: dict[str, EntryReader] = {
            "users": self._user,
            "vhosts": self._vhost,
            "permissions": self._permission,
            "topic_permissions": self._topic_permission,
            "exchanges": self._exchange,
            "global_parameters": self._global_parameter,
            "policies": self._policy,
            "parameters": self._parameter,
            "queues": self._queue,
            "bindings": self._binding,
        }
        self._tolerated(lambda: check_sections(document))
        if vhost is not None:
            for name in OF_THE_WHOLE_BROKER:
                del sections[name]
        self._steps = [
            step
            for section, read in sections.items()
            for step in self._read(section, entries(document, section, vhost), read)
        ]

    def __iter__(self) -> Iterator[ImportStep]:
        return iter(self._steps)

    def _read(self, section: str, found: Iterator[DefinitionEntry], read: EntryReader) -> Iterator[ImportStep]:
        for entry in found:
            step = self._tolerated(lambda entry=entry: read(entry))  # type: ignore[misc]
            self._tolerated(lambda entry=entry: entry.check_keys(section))  # type: ignore[misc]
            if step is not None:
                yield step

    def _tolerated(self, read: Callable[[], ImportStep | None]) -> ImportStep | None:
        """The change that an entry asks for; None when RabbitMQ ignores the entry."""
        try:
            return read()
        except PassedOver as error:
            if self._strict:
                raise
            self.passed_over.append(str(error))
            return None

    # --- users and virtual hosts

    def _user(self, entry: DefinitionEntry) -> ImportStep:
        entry.anything("tags")
        name, tags, limits = entry.text("name"), entry.tags(), entry.limits("limits", USER_LIMITS)
        password = entry.text("password", "")
        if "password" in entry and "password_hash" in entry:
            raise entry.wrong("password", "is given beside password_hash")
        stored = entry.octets("password_hash") if "password_hash" in entry else b""
        hashing = entry.text("hashing_algorithm", _OLD_HASHING if _older_than_3_6(self._version) else SHA256)
        if hashing not in HASHES:
            raise entry.wrong("hashing_algorithm", f"must be one of {', '.join(HASHES)}, not {hashing!r}")
        self._users[name] = None

        def apply() -> None:
            users = self._broker.users
            user = users[name] if name in users else users.add(name)
            user.tags, user.password_hash, user.hashing = tags, stored, hashing
            user.limits.update(limits)
            if password:
                users.set_password(name, password)

        return apply

    def _vhost(self, entry: DefinitionEntry) -> ImportStep:
        name, limits = entry.text("name"), entry.limits("limits", VHOST_LIMITS)
        metadata = DefinitionEntry(f"{entry.place}.metadata", entry.object("metadata", {}))
        told = [each.anything("description") for each in (entry, metadata) if "description" in each]
        description = told[0] if told else ""  # RabbitMQ takes any value
        tags = entry.tags() or metadata.tags()
        tracing = entry.flag("tracing") if "tracing" in entry else None
        queue_type = metadata.text("default_queue_type") if "default_queue_type" in metadata else None
        if queue_type is not None and queue_type not in QUEUE_ARGUMENTS:
            known = ", ".join(QUEUE_ARGUMENTS)
            raise PassedOver(f"{metadata.place}.default_queue_type: {queue_type!r} is none of {known}")
        if name not in self._vhosts:
            self._vhosts[name] = None
            self._exchanges.update({(name, each): TYPES[kind] for each, kind, _ in PREDECLARED})

        def apply() -> None:
            vhosts = self._broker.vhosts
            vhost = vhosts[name] if name in vhosts else self._broker.add_vhost(name, permit=())
            vhost.description, vhost.tags = description, tags
            vhost.default_queue_type = queue_type
            vhost.limits.update(limits)
            if tracing is not None:
                vhost.tracing = tracing

        return apply

    def _permission(self, entry: DefinitionEntry) -> ImportStep:
        user, vhost = self._known_user(entry), self._known_vhost(entry)
        patterns = [entry.pattern(key) for key in ("configure", "write", "read")]
        return lambda: self._broker.users[user].permit(vhost, *patterns)

    def _topic_permission(self, entry: DefinitionEntry) -> ImportStep:
        user, vhost, exchange = self._known_user(entry), self._known_vhost(entry), entry.text("exchange")
        patterns = [entry.pattern(key) for key in ("write", "read")]
        return lambda: self._broker.users[user].permit_topic(vhost, exchange, *patterns)

    def _known_user(self, entry: DefinitionEntry) -> str:
        name = entry.text("user")
        if name not in self._users:
            raise entry.wrong("user", f"no user '{name}'")
        return name

    def _known_vhost(self, entry: DefinitionEntry) -> str:
        if entry.vhost not in self._vhosts:
            raise entry.wrong("vhost", f"no virtual host '{entry.vhost}'")
        return entry.vhost

    def _at(self, vhost: str) -> VirtualHost:
        return self._broker.vhosts[vhost]

    # --- parameters and policies

    def _global_parameter(self, entry: DefinitionEntry) -> ImportStep:
        name, value = entry.text("name"), entry.anything("value")
        return lambda: self._broker.global_parameters.update({name: value})

    def _parameter(self, entry: DefinitionEntry) -> ImportStep:
        vhost, component, name = self._known_vhost(entry), entry.text("component"), entry.text("name")
        if component == "vhost-limits":
            limits = entry.limits("value", VHOST_LIMITS)
            return lambda: self._at(vhost).limits.update(limits)
        if component == "operator_policy":
            policy = _read_policy(name, DefinitionEntry(f"{entry.place}.value", entry.object("value")), operator=True)
            return lambda: self._at(vhost).policies.operator.put(policy)
        if component == "policy":
            raise entry.wrong("component", "policies may not be set using this method")
        value = entry.anything("value")
        return lambda: self._at(vhost).parameters.update({(component, name): value})

    def _policy(self, entry: DefinitionEntry) -> ImportStep:
        vhost, policy = self._known_vhost(entry), _read_policy(entry.text("name"), entry, operator=False)
        return lambda: self._at(vhost).policies.put(policy)

    # --- exchanges, queues, bindings

    def _exchange(self, entry: DefinitionEntry) -> ImportStep | None:
        vhost, name, arguments = self._known_vhost(entry), entry.text("name"), entry.arguments()
        durable, auto_delete = entry.flag("durable"), entry.flag("auto_delete", False)
        internal = entry.flag("internal", False)
        try:
            cls = exchange_type(entry.text("type"))
        except AMQPError as error:
            raise entry.wrong("type", error.text) from None
        alternate = arguments.get("alternate-exchange", "")
        if not isinstance(alternate, str):
            raise entry.wrong("arguments.alternate-exchange", f"must be a string, not {alternate!r}")
        if (vhost, name) in self._exchanges or name.startswith("amq."):
            return None
        self._exchanges[vhost, name] = cls
        return lambda: self._at(vhost).exchanges.declare(name, cls.type, durable, auto_delete, internal, arguments)

    def _queue(self, entry: DefinitionEntry) -> ImportStep | None:
        vhost, name, arguments = self._known_vhost(entry), entry.text("name"), entry.arguments()
        durable, auto_delete = entry.flag("durable"), entry.flag("auto_delete")
        try:
            kind = check_new(name, vhost, arguments)
        except AMQPError as error:
            raise entry.wrong("arguments", error.text) from None
        if (vhost, name) in self._queues or name.startswith("amq."):
            return None
        try:
            kind.check_properties(name, vhost, durable, auto_delete, None)
        except AMQPError as error:
            raise PassedOver(f"{entry.place}: {error.text}") from None
        if vhost in self._room:
            self._room[vhost] -= 1
            if self._room[vhost] < 0:
                raise DefinitionsError(f"{entry.place}: virtual host '{vhost}' would have more queues than its limit")
        self._queues[vhost, name] = None
        return lambda: self._at(vhost).queues.create(name, durable, auto_delete, arguments, None)

    def _binding(self, entry: DefinitionEntry) -> ImportStep | None:
        kind, arguments = entry.text("destination_type"), entry.arguments()
        if kind not in ("queue", "exchange"):
            raise entry.wrong("destination_type", f"must be 'queue' or 'exchange', not {kind!r}")
        routing_key = entry.text("routing_key", "undefined")  # RabbitMQ shows it so, and no message has it
        source, destination = entry.reference("source"), entry.reference("destination")
        vhost = self._at_all(entry)
        if source == "" or (kind, destination) == ("exchange", ""):
            raise PassedOver(f"{entry.place}: nothing can be bound to or from the default exchange")
        cls = self._end(entry, "source", self._exchanges.get((vhost, source)))
        there = (vhost, destination) in (self._queues if kind == "queue" else self._exchanges)
        if cls is None or self._end(entry, "destination", there or None) is None:
            return None
        try:
            cls.validate(arguments)
        except AMQPError as error:
            raise PassedOver(f"{entry.place}.arguments: {error.text}") from None

        def apply() -> None:
            host = self._at(vhost)
            target = host.queues[destination] if kind == "queue" else host.exchanges[destination]
            host.bindings.bind(host.exchanges[source], target, routing_key, arguments)

        return apply

    def _at_all(self, entry: DefinitionEntry) -> str:
        """The virtual host of a binding. RabbitMQ ignores a binding in one that is not there."""
        try:
            return self._known_vhost(entry)
        except DefinitionsError as error:
            raise PassedOver(str(error)) from None

    def _end(self, entry: DefinitionEntry, key: str, found: object) -> Any:
        """One end of a binding. RabbitMQ always ignores queues and exchanges whose names begin with ``amq.``."""
        if found is None and not entry.text(key).startswith("amq."):
            kind = "exchange" if key == "source" else entry.text("destination_type")
            raise PassedOver(f"{entry.place}.{key}: no {resource(kind, entry.text(key), entry.vhost)}")
        return found


def _read_policy(name: str, entry: DefinitionEntry, operator: bool) -> Policy:
    policy = Policy(
        name,
        entry.text("pattern"),
        dict(entry.object("definition")),
        entry.number("priority", 0),
        cast(ApplyTo, entry.text("apply-to", "all")),
    )
    try:
        PolicyTable.check(policy, operator)
    except ValueError as error:
        raise DefinitionsError(f"{entry.place}: {error}") from None
    return policy


def _older_than_3_6(version: str) -> bool:
    """Before RabbitMQ 3.6 passwords were hashed with MD5, and the file did not say so."""
    numbers = version.split(".")
    return all(number.isdigit() for number in numbers[:2]) and [int(number) for number in numbers[:2]] < [3, 6]
