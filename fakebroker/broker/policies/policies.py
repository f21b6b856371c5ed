"""Policies: settings that an administrator gives to the queues and exchanges whose names match a pattern.

Of several policies that match, the one with the highest priority applies (:meth:`PolicyTable.match`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Literal, NamedTuple, Protocol

from fakebroker.broker.access.permissions import matches
from fakebroker.broker.by_name import ByName
from fakebroker.broker.common import Belongs
from fakebroker.broker.policies.rules import check_apply_to, check_definition, check_pattern, check_priority
from fakebroker.broker.queues.base import Queue
from fakebroker.broker.queues.registry import Queues
from fakebroker.validation import text
from fakebroker.values import Table, Value, check_table

ApplyTo = Literal["all", "queues", "exchanges"]

# A policy with one of these settings does not apply at all to a queue of the type (RabbitMQ 3.10).
_MIRRORING = ("ha-mode", "ha-params", "ha-sync-mode", "ha-promote-on-shutdown", "ha-promote-on-failure")
_UNSUPPORTED: Mapping[str, tuple[str, ...]] = {
    "classic": (
        "max-age",
        "stream-max-segment-size-bytes",
        "queue-leader-locator",
        "initial-cluster-size",
        "delivery-limit",
        "dead-letter-strategy",
    ),
    "quorum": (
        *("max-priority", "queue-mode", "single-active-consumer", "queue-master-locator", "max-age"),
        *("stream-max-segment-size-bytes", "initial-cluster-size", *_MIRRORING),
    ),
    "stream": (
        *("expires", "message-ttl", "dead-letter-exchange", "dead-letter-routing-key", "max-length"),
        *("max-in-memory-length", "max-in-memory-bytes", "max-priority", "overflow", "queue-mode"),
        *("single-active-consumer", "delivery-limit", "queue-master-locator", "dead-letter-strategy", *_MIRRORING),
    ),
}


class Policy(NamedTuple):
    """One policy. ``pattern`` is a regular expression that may match anywhere in a name."""

    name: str
    pattern: str
    definition: Mapping[str, Value]
    priority: float = 0
    apply_to: ApplyTo = "all"

    def applies_to(self, kind: Literal["queue", "exchange"], name: str, queue_type: str = "classic") -> bool:
        if self.apply_to not in ("all", kind + "s") or not matches(self.pattern, name):
            return False
        return kind == "exchange" or not any(key in self.definition for key in _UNSUPPORTED.get(queue_type, ()))


class PolicyHost(Protocol):
    """What policies need of their virtual host."""

    @property
    def name(self) -> str: ...

    @property
    def policies(self) -> Policies: ...

    @property
    def queues(self) -> Queues: ...

    def topology_changed(self) -> None:
        """Messages may take other ways from now on."""


class PolicyTable(ByName[Policy]):
    """Policies by name, in the order in which they were first set. Of those that match, one applies."""

    what = "policy"
    _vhost = Belongs[PolicyHost]()

    def __init__(self, vhost: PolicyHost, operator: bool) -> None:
        super().__init__()
        self._vhost = vhost
        self._operator = operator

    def __repr__(self) -> str:
        return repr(list(self._by_name.values()))

    def set(
        self, name: str, pattern: str, definition: Mapping[str, Value], priority: float = 0, apply_to: ApplyTo = "all"
    ) -> Policy:
        """Create or replace a policy. It takes effect at once.

        :param definition: such as ``{"message-ttl": 1000}``: arguments without their ``x-``.
        :param priority: of several policies that match a name, only the one with the highest priority applies.
        :raises ValueError: when RabbitMQ would refuse it, with RabbitMQ's reason; and for text that can't be sent.
        :raises TypeError: for a name or a definition of a wrong type.
        """
        text("the name of a policy", name)
        check_table("the definition of a policy", definition)
        policy = Policy(name, pattern, dict(definition), priority, apply_to)
        self.check(policy, self._operator)
        self.put(policy)
        return policy

    @staticmethod
    def check(policy: Policy, operator: bool) -> None:
        """Check a policy, or an operator policy.

        :raises ValueError: when RabbitMQ would refuse it, with RabbitMQ's reason.
        """
        check_pattern(policy.pattern)
        check_priority(policy.priority)
        check_apply_to(policy.apply_to)
        check_definition(policy.definition, operator)

    def put(self, policy: Policy) -> None:
        """Create or replace a policy that has been checked."""
        self._change(lambda: self._by_name.__setitem__(policy.name, policy))

    def clear(self, name: str) -> None:
        """Remove a policy.

        :raises KeyError: when there is none of that name.
        """
        self[name]  # raises a KeyError that tells which there are
        self._change(lambda: self._by_name.__delitem__(name))

    def _change(self, change: Callable[[], None]) -> None:
        """Make a change, and tell each queue to which another policy applies now.

        Exchanges are not told: they look their policy up when a message needs it.
        """
        queues, matching = list(self._vhost.queues.values()), self._vhost.policies.matching
        before = [matching(queue) for queue in queues]
        change()
        self._vhost.topology_changed()
        for queue, old in zip(queues, before, strict=True):
            if matching(queue) != old:
                queue.policy_changed()

    def match(self, kind: Literal["queue", "exchange"], name: str, queue_type: str = "classic") -> Policy | None:
        """The policy that applies: the one with the highest priority; of several, the first by name.

        RabbitMQ does not say which of several applies. Mostly it was this one.
        """
        fitting = [policy for policy in self._by_name.values() if policy.applies_to(kind, name, queue_type)]
        return min(fitting, key=lambda policy: (-policy.priority, policy.name), default=None)


class Policies(PolicyTable):
    """The policies of a virtual host. ``operator`` has its operator policies, which can only make limits stricter."""

    def __init__(self, vhost: PolicyHost) -> None:
        super().__init__(vhost, operator=False)
        self.operator = PolicyTable(vhost, operator=True)

    def for_queue(self, name: str, queue_type: str = "classic") -> dict[str, Value]:
        """The definition that applies to a queue: its policy's, with what its operator policy has stricter."""
        return self._effective("queue", name, queue_type)

    def for_exchange(self, name: str) -> dict[str, Value]:
        """The definition that applies to an exchange. RabbitMQ 3.10 knows only ``alternate-exchange``."""
        return self._effective("exchange", name)

    def _effective(self, kind: Literal["queue", "exchange"], name: str, queue_type: str = "classic") -> Table:
        if not self._by_name and not self.operator:
            return {}
        policy, operator = self.match(kind, name, queue_type), self.operator.match(kind, name, queue_type)
        definition = dict(policy.definition) if policy is not None else {}
        for key, value in (operator.definition if operator is not None else {}).items():
            mine = definition.get(key, value)
            definition[key] = min(mine, value) if isinstance(mine, int) and isinstance(value, int) else value
        return definition

    def matching(self, queue: Queue) -> tuple[Policy | None, Policy | None]:
        """The policy and the operator policy of a queue."""
        return self.match("queue", queue.name, queue.type), self.operator.match("queue", queue.name, queue.type)
