"""The queues of a virtual host: declaring, finding, deleting."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from functools import partial
from typing import Protocol

from fakebroker.broker.by_name import ByName
from fakebroker.broker.common import Belongs
from fakebroker.broker.equivalence import check_arguments, check_attribute
from fakebroker.broker.queues.arguments import QUEUE_ARGUMENTS, check_master_locator, check_queue_arguments, queue_type
from fakebroker.broker.queues.base import Queue, QueueDeclaration, QueueHost
from fakebroker.broker.queues.classic import ClassicQueue
from fakebroker.broker.queues.dead_letter_dispatch import DeadLetterDispatch
from fakebroker.broker.queues.direct_reply_to import ReplyConsumers
from fakebroker.broker.queues.quorum import QuorumQueue
from fakebroker.broker.queues.stream import StreamQueue
from fakebroker.broker.resource_names import locked, not_found, resource
from fakebroker.errors import AMQPError
from fakebroker.validation import flags, text
from fakebroker.values import Table, check_table

_TYPES: Mapping[str, type[Queue]] = {cls.type: cls for cls in (ClassicQueue, QuorumQueue, StreamQueue)}


def check_new(name: str, vhost: str, arguments: Table, exclusive: bool = False) -> type[Queue]:
    """Check the arguments of a new queue, and find the class for its type.

    :raises AMQPError: precondition-failed for wrong arguments.
    """
    check_queue_arguments(arguments, resource("queue", name, vhost))
    if not exclusive:
        check_master_locator(arguments)
    return _TYPES[queue_type(arguments)]


class QueueBindings(Protocol):
    """What the registry needs of the bindings of its virtual host."""

    def remove_destination(self, destination: Queue, /) -> None:
        """Remove all bindings to a queue."""


class QueuesHost(QueueHost, Protocol):
    """What the registry needs of its virtual host, beside what each queue needs."""

    @property
    def bindings(self) -> QueueBindings: ...

    @property
    def limits(self) -> Mapping[str, int]: ...

    def topology_changed(self) -> None:
        """Messages may take other ways from now on."""


class Queues(ByName[Queue]):
    """By name, in order of declaration; ``vhost.queues["orders"]``."""

    what = "queue"
    _vhost = Belongs[QueuesHost]()

    def __init__(self, vhost: QueuesHost) -> None:
        super().__init__()
        self._vhost = vhost
        self._by_owner: dict[Hashable, dict[Queue, None]] = {}
        self.replies = ReplyConsumers(vhost.common)
        self.dead_letters = DeadLetterDispatch(vhost.common.turn)

    def __repr__(self) -> str:
        return f"<Queues of {self._vhost.name!r}: {', '.join(map(repr, self._by_name))}>"

    def find(self, name: str) -> Queue:
        """The queue of that name.

        :raises AMQPError: not-found, also for a queue that crashed too often.
        """
        queue = self._by_name.get(name)
        if queue is None:
            raise not_found("queue", name, self._vhost.name)
        queue.check_alive()
        return queue

    def declare(
        self,
        name: str = "",
        durable: bool = False,
        exclusive: bool = False,
        auto_delete: bool = False,
        arguments: Table | None = None,
        owner: Hashable | None = None,
    ) -> Queue:
        """Create a queue, or check that the one of that name is equivalent. No permission is asked for here.

        :param name: when empty, the broker makes one up.
        :param owner: the connection to which an exclusive queue will belong.
        :raises TypeError: for a name, a flag or arguments of a wrong type.
        :raises ValueError: for what can't be sent, and for an exclusive queue without an owner.
        :raises AMQPError: precondition-failed for wrong arguments, for an attribute that differs from what is there, or
            when the virtual host has as many queues as it may; resource-locked when only one of the two is exclusive.
        """
        text("the name of a queue", name)
        flags(durable=durable, exclusive=exclusive, auto_delete=auto_delete)
        check_table("the arguments of a queue", {} if arguments is None else arguments)
        if exclusive and owner is None:
            raise ValueError("an exclusive queue belongs to a connection: owner=broker.connections[0]")
        name = name or self._vhost.common.make_name("amq.gen-")
        arguments = arguments or {}
        existing = self._by_name.get(name)
        if existing is None:
            return self.create(name, durable, auto_delete, arguments, owner if exclusive else None)
        self.check_equivalent(existing, durable, auto_delete, arguments, owner if exclusive else None)
        return existing

    def check_equivalent(
        self, queue: Queue, durable: bool, auto_delete: bool, arguments: Table, owner: Hashable | None
    ) -> None:
        """Check that a queue has the attributes and arguments that it is now declared with.

        :param owner: the connection that declares it, None unless it declares an exclusive queue.
        :raises AMQPError: resource-locked or precondition-failed.
        """
        if queue.owner is not owner:
            raise locked(queue.resource)
        check_attribute("durable", durable and owner is None, queue.durable, queue.resource)
        check_attribute("auto_delete", auto_delete, queue.auto_delete, queue.resource)
        check_arguments(arguments, queue.arguments, QUEUE_ARGUMENTS[queue.type], queue.resource)
        self._vhost.common.churn.queue_declared += 1

    def create(self, name: str, durable: bool, auto_delete: bool, arguments: Table, owner: Hashable | None) -> Queue:
        """Make a new queue. An exclusive queue is never durable (RabbitMQ 3.10).

        :raises AMQPError: precondition-failed for wrong arguments.
        """
        cls = check_new(name, self._vhost.name, arguments, exclusive=owner is not None)
        durable = durable and owner is None
        cls.check_properties(name, self._vhost.name, durable, auto_delete, owner)
        queue = cls(self._vhost, QueueDeclaration(name, durable, auto_delete, arguments, owner))
        self._by_name[name] = queue
        self._vhost.common.churn.queue_declared += 1
        self._vhost.common.churn.queue_created += 1
        if owner is not None:
            self._by_owner.setdefault(owner, {})[queue] = None
        self._vhost.topology_changed()
        return queue

    def check_limit(self, name: str) -> None:
        """Check that the virtual host may have one more queue.

        :raises AMQPError: precondition-failed.
        """
        limit = self._vhost.limits.get("max-queues", -1)
        if 0 <= limit <= len(self._by_name):
            text = f"cannot declare queue '{name}': queue limit in vhost '{self._vhost.name}' ({limit}) is reached"
            raise AMQPError("precondition-failed", text)

    def delete(self, queue: Queue) -> int:
        """Remove a queue with its messages and bindings, and tell its consumers.

        :return: how many messages were waiting.
        :raises TypeError: when it is no :class:`~fakebroker.broker.queues.base.Queue`.
        """
        if not isinstance(queue, Queue):
            raise TypeError(f"a queue is one of vhost.queues, such as vhost.queues['jobs'], not {queue!r}")
        count = self.remove(queue)
        queue.abandon()
        return count

    def remove(self, queue: Queue, if_unused: bool = False, if_empty: bool = False) -> int:
        """Remove a queue with its messages and bindings. Afterwards :meth:`Queue.abandon` tells its consumers.

        :return: how many messages were waiting.
        :raises AMQPError: precondition-failed when it is used or not empty, and must be neither.
        """
        if self._by_name.get(queue.name) is not queue:
            return 0
        queue.check_deletion(if_unused, if_empty)
        del self._by_name[queue.name]
        self._vhost.common.churn.queue_deleted += 1
        if queue.owner is not None:
            owned = self._by_owner[queue.owner]
            del owned[queue]
            if not owned:
                del self._by_owner[queue.owner]
        count = queue.delete_count
        if self._vhost.common.watcher is not None:
            self._vhost.common.watcher.gone(queue, "queue-deleted")
        queue.close()
        self._vhost.bindings.remove_destination(queue)
        self._vhost.topology_changed()
        return count

    def release(self, owner: Hashable) -> None:
        """A connection has ended: its exclusive queues go."""
        for queue in list(self._by_owner.get(owner, ())):
            self.delete(queue)

    def restart(self) -> None:
        """What a broker's restart leaves: the durable queues with their persistent messages."""
        watcher = self._vhost.common.watcher
        for queue in list(self._by_name.values()):
            if watcher is not None and not queue.durable:
                watcher.gone(queue, "lost")
            # When restarting one queue fails, the others restart all the same.
            self._vhost.common.turn.run(queue.restart if queue.durable else partial(self.delete, queue))

    def forget(self) -> None:
        """The broker is gone: no queue holds anything any more."""
        for queue in self._by_name.values():
            queue.forget()

    def close(self) -> None:
        """Leave nothing pending in the clock."""
        for queue in self._by_name.values():
            queue.close()
