"""What tests of exchanges, bindings and policies share: a broker as installed, and short words for its parts."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from types import SimpleNamespace
from typing import Any
from unittest import TestCase

from twisted.internet.task import Clock

from fakebroker.broker.broker import Broker
from fakebroker.broker.exchanges import Exchange
from fakebroker.broker.message import Message
from fakebroker.broker.queues.base import Queue
from fakebroker.errors import AMQPError
from fakebroker.values import Value


class RoutingCase(TestCase):
    """A broker as installed, its virtual host ``/``."""

    def setUp(self) -> None:
        self.broker = Broker(Clock(), random.Random(1))
        self.vhost = self.broker.vhosts["/"]

    def exchange(self, name: str, kind: str = "direct", **attributes: Any) -> Exchange:
        return self.vhost.exchanges.declare(name, kind, **attributes)

    def queue(self, name: str, **attributes: Any) -> Queue:
        return self.vhost.queues.declare(name, **attributes)

    def bind(self, source: str, destination: str, key: str = "", arguments: Mapping[str, Value] | None = None) -> None:
        """Bind to a queue, which is declared if there is none, or to an exchange of that name."""
        target = self.vhost.exchanges.get(destination) or self.queue(destination)
        self.vhost.bindings.bind(self.vhost.exchanges[source], target, key, arguments)

    def unbind(
        self, source: str, destination: str, key: str = "", arguments: Mapping[str, Value] | None = None
    ) -> None:
        target = self.vhost.exchanges.get(destination) or self.vhost.queues[destination]
        self.vhost.bindings.unbind(self.vhost.exchanges[source], target, key, arguments)

    def route(
        self, exchange: str, key: str = "", headers: Mapping[str, Value] | None = None, more_keys: Sequence[str] = ()
    ) -> list[str]:
        """The names of the queues that a message comes to, in order."""
        content: Any = SimpleNamespace(properties=SimpleNamespace(headers=headers), body=b"")
        message = Message(exchange, key, content, more_keys=tuple(more_keys))
        return [queue.name for queue in self.vhost.route(message)]

    def assertRefused(self, name: str, text: str, action: Callable[..., object], *args: Any, **kwargs: Any) -> None:
        with self.assertRaises(AMQPError) as caught:
            action(*args, **kwargs)
        self.assertEqual((name, text), (caught.exception.name, caught.exception.text))
