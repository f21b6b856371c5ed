"""A virtual host: its exchanges, queues, bindings and policies, and the routes that it remembers."""

from __future__ import annotations

from collections.abc import Sequence

from fakebroker.broker.access.limits import VHOST_LIMITS, Limits
from fakebroker.broker.common import Common
from fakebroker.broker.exchanges.bindings import Bindings
from fakebroker.broker.exchanges.registry import Exchanges
from fakebroker.broker.exchanges.routing import find_route
from fakebroker.broker.message import Message
from fakebroker.broker.policies.policies import Policies
from fakebroker.broker.queues.base import Queue
from fakebroker.broker.queues.registry import Queues
from fakebroker.broker.stats import MessageStats
from fakebroker.validation import Sealed
from fakebroker.values import Table

# How many routes are remembered at most, so that keys that never come again do not fill the memory.
_ROUTES_KEPT = 4096


class VirtualHost(Sealed):
    """``broker.vhosts["/"]``. Made by :meth:`fakebroker.broker.broker.Broker.add_vhost`."""

    def __init__(self, common: Common, name: str) -> None:
        self.common = common
        self.name = name
        self.description = ""
        self.tags: list[str] = []
        self.counts = MessageStats()  # of the channels that are closed
        self.default_queue_type: str | None = None
        self.tracing = False
        self.limits = Limits(VHOST_LIMITS)
        self.parameters: dict[tuple[str, str], object] = {}  # by component and name: kept for plugins, not used
        # Routes that depend on nothing but exchange and routing key. They hold until the topology changes.
        self._routes: dict[tuple[str, str], tuple[Queue, ...]] = {}
        self.policies = Policies(self)
        self.exchanges = Exchanges(self)
        self.bindings = Bindings(self)
        self.queues: Queues = Queues(self)

    def __repr__(self) -> str:
        return (
            f"<VirtualHost {self.name!r}: {len(self.exchanges)} exchanges, "
            f"{len(self.queues)} queues, {len(self.bindings)} bindings>"
        )

    def topology_changed(self) -> None:
        """Messages may take other routes from now on: an exchange, a queue, a binding or a policy has changed."""
        if self._routes:
            self._routes = {}

    def deliver(self, message: Message) -> Sequence[Queue]:
        """Find the queues that a message goes to. A reply to a direct reply-to address is delivered at once.

        :raises AMQPError: not-found when there is no such exchange; internal-error for a routing key that begins like
            such an address and is none.
        """
        queues = self.route(message)
        if message.exchange == "" and (message.more_keys or not queues):
            self.queues.replies.deliver(message)
        return queues

    def route(self, message: Message) -> Sequence[Queue]:
        """Find the queues that a message goes to, each once, in RabbitMQ's order.

        :func:`fakebroker.broker.exchanges.routing.find_route` finds them. Its answers are remembered here.

        :raises AMQPError: not-found when there is no such exchange.
        """
        if message.more_keys:
            return find_route(self.exchanges, self.queues, message)[0]
        at = (message.exchange, message.routing_key)
        route = self._routes.get(at)
        if route is None:
            route, fixed = find_route(self.exchanges, self.queues, message)
            if fixed:
                if len(self._routes) >= _ROUTES_KEPT:
                    self._routes.clear()
                self._routes[at] = route
        return route

    def with_queue_type(self, arguments: Table, durable: bool, exclusive: bool, auto_delete: bool) -> Table:
        """The arguments of a queue that is declared here, with the default type of queue, if the virtual host has one.

        RabbitMQ adds it to queues that are durable, not exclusive and not auto-delete, and name no type themselves.
        """
        kind = self.default_queue_type
        if kind is None or not durable or exclusive or auto_delete or "x-queue-type" in arguments:
            return arguments
        return {**arguments, "x-queue-type": kind}

    def restart(self) -> None:
        """Lose what a broker's restart loses: transient queues, exchanges and messages."""
        self.bindings.restart()
        self.queues.restart()
        self.exchanges.restart()
