"""Exporting definitions, as RabbitMQ 3.10's management API does."""

from __future__ import annotations

import base64
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from fakebroker.broker.definitions.target import DefinedBroker
from fakebroker.broker.exchanges.exchange import Exchange
from fakebroker.broker.json_form import table_to_json
from fakebroker.broker.policies.policies import Policy
from fakebroker.json_reader import Json

if TYPE_CHECKING:
    from fakebroker.broker.access.users import User
    from fakebroker.broker.exchanges.bindings import Binding
    from fakebroker.broker.queues.base import Queue
    from fakebroker.broker.vhost import VirtualHost

VERSION = "3.10.8"


def whole_broker(broker: DefinedBroker) -> dict[str, Any]:
    """All definitions of a broker, but for exclusive queues, their bindings, and what every virtual host has anyway."""
    hosts = list(broker.vhosts.values())
    return {
        "rabbit_version": VERSION,
        "rabbitmq_version": VERSION,
        "users": [user_entry(user) for user in broker.users.values()],
        "vhosts": [_vhost(host) for host in hosts],
        "permissions": [
            {"user": user.name, "vhost": vhost, **permission._asdict()}
            for user in broker.users.values()
            for vhost, permission in user.permissions.items()
        ],
        "topic_permissions": [
            {"user": user.name, "vhost": vhost, "exchange": exchange, **permission._asdict()}
            for user in broker.users.values()
            for (vhost, exchange), permission in user.topic_permissions.items()
        ],
        "parameters": [each for host in hosts for each in parameter_entries(host)],
        "global_parameters": [{"name": name, "value": value} for name, value in broker.global_parameters.items()],
        "policies": [
            {"vhost": host.name, "name": policy.name, **_policy(policy)}
            for host in hosts
            for policy in host.policies.values()
        ],
        "queues": [_queue(queue) for host in hosts for queue in host.queues.values() if not queue.exclusive],
        "exchanges": [
            _exchange(each) for host in hosts for each in host.exchanges.values() if each.name and not _system(each)
        ],
        "bindings": [binding_form(each) for host in hosts for each in host.bindings if not _exclusive(each)],
    }


def user_entry(user: User) -> dict[str, Json]:
    """A user, with the hash of the password."""
    return {
        "name": user.name,
        "password_hash": base64.b64encode(user.password_hash).decode("ascii"),
        "hashing_algorithm": user.hashing,
        "tags": list(user.tags),
        "limits": dict(user.limits),
    }


def _vhost(vhost: VirtualHost) -> dict[str, Json]:
    if not vhost.description and not vhost.tags:
        return {"name": vhost.name}
    metadata = {"description": vhost.description, "tags": list(vhost.tags)}
    return {"name": vhost.name, "description": vhost.description, "tags": list(vhost.tags), "metadata": metadata}


def parameter_entries(vhost: VirtualHost) -> Iterable[dict[str, object]]:
    """What RabbitMQ keeps as parameters: limits, operator policies, and parameters of plugins."""
    if vhost.limits:
        yield _parameter(vhost, "vhost-limits", "limits", dict(vhost.limits))
    for policy in vhost.policies.operator.values():
        yield _parameter(vhost, "operator_policy", policy.name, _policy(policy))
    for (component, name), value in vhost.parameters.items():
        yield _parameter(vhost, component, name, value)


def _parameter(vhost: VirtualHost, component: str, name: str, value: object) -> dict[str, object]:
    return {"value": value, "vhost": vhost.name, "component": component, "name": name}


def _policy(policy: Policy) -> dict[str, object]:
    return {
        "pattern": policy.pattern,
        "apply-to": policy.apply_to,
        "definition": dict(policy.definition),
        "priority": policy.priority,
    }


def _queue(queue: Queue) -> dict[str, Json]:
    return {
        "name": queue.name,
        "vhost": queue.vhost.name,
        "durable": queue.durable,
        "auto_delete": queue.auto_delete,
        "arguments": table_to_json(queue.arguments),
    }


def _system(exchange: Exchange) -> bool:
    return exchange.name.startswith("amq.")


def _exchange(exchange: Exchange) -> dict[str, Json]:
    return {
        "name": exchange.name,
        "vhost": exchange.vhost.name,
        "type": exchange.type,
        "durable": exchange.durable,
        "auto_delete": exchange.auto_delete,
        "internal": exchange.internal,
        "arguments": table_to_json(exchange.arguments),
    }


def _exclusive(binding: Binding) -> bool:
    return not isinstance(binding.destination, Exchange) and binding.destination.exclusive


def binding_form(binding: Binding) -> dict[str, Json]:
    """A binding as definitions have it. The management API shows the same, and a key."""
    return {
        "source": binding.source.name,
        "vhost": binding.source.vhost.name,
        "destination": binding.destination.name,
        "destination_type": binding.destination.kind,
        "routing_key": binding.routing_key,
        "arguments": table_to_json(binding.arguments),
    }
