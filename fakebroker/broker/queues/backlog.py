"""The messages that wait in a queue: how many may, for how long, and what becomes of those that may not."""

from __future__ import annotations

from collections import deque
from collections.abc import Hashable, Iterable, Sequence
from typing import TYPE_CHECKING, ClassVar

from fakebroker.broker.common import Belongs
from fakebroker.broker.message import Message, Messages, parse_expiration
from fakebroker.broker.queues.ready import PriorityReady, Ready
from fakebroker.broker.queues.settings import merge_settings
from fakebroker.broker.resource_names import locked, resource
from fakebroker.broker.timer import Timer, milliseconds
from fakebroker.errors import AMQPError
from fakebroker.validation import Sealed
from fakebroker.values import Table

if TYPE_CHECKING:
    from fakebroker.broker.vhost import VirtualHost


CRASHES = 6
CRASH_PERIOD = 10.0
"""Seconds: a queue that crashes six times in less is given up (RabbitMQ 3.10: rabbit_amqqueue_sup)."""


class Backlog(Sealed):
    """Half of a queue, the half that needs no consumers. What leaves it dead is kept until :meth:`_send_letters`."""

    type: ClassVar[str]
    owner: Hashable | None
    vhost = Belongs()

    def __init__(self, vhost: VirtualHost, name: str, arguments: Table) -> None:
        self.vhost = vhost
        self.vhost_name = vhost.name
        self.name = name
        self.arguments = arguments
        self.settings = merge_settings(arguments, vhost.policies.for_queue(name, self.type))
        self._clock = vhost.common.clock
        self._ready = self._make_ready()
        self._crashes: deque[float] = deque(maxlen=CRASHES)  # when
        self._letters: list[tuple[Message, str]] = []
        self._expiry = Timer(self._clock)

    def _make_ready(self) -> Ready | PriorityReady:
        maximum = self.arguments.get("x-max-priority")
        return PriorityReady(int(maximum)) if isinstance(maximum, int) else Ready()

    # --- looking

    @property
    def resource(self) -> str:
        return resource("queue", self.name, self.vhost_name)

    @property
    def ready(self) -> list[Message]:
        """The messages that wait, the next to leave first."""
        return list(self._ready)

    @property
    def entries(self) -> Iterable[Message | Messages]:
        """The messages that wait as they are kept, in any order."""
        return self._ready.entries

    @property
    def message_count(self) -> int:
        """How many messages wait: the number that declare-ok tells."""
        return len(self._ready)

    @property
    def delete_count(self) -> int:
        """How many messages go with the queue: the number that delete-ok tells."""
        return self.message_count

    @property
    def ready_octets(self) -> int:
        """What the bodies of the messages that wait come to."""
        return self._ready.bytes

    @property
    def exclusive(self) -> bool:
        return self.owner is not None

    def check_access(self, owner: Hashable | None) -> None:
        """Only the connection that owns an exclusive queue may use it.

        :raises AMQPError: resource-locked.
        """
        if self.owner is not None and self.owner is not owner:
            raise locked(self.resource)

    # --- limits

    def takes_together(self, alike: Messages) -> bool:
        """Whether nothing can happen to one of these messages here that does not happen to all: no limit, no TTL."""
        settings = self.settings
        return not settings.limited and settings.message_ttl is None and alike.first.properties.expiration is None

    def _refuses(self, message: Message) -> bool:
        if self.settings.overflow == "drop-head":
            return False
        return self._exceeds(len(self._ready) + 1, self._ready.bytes + len(message.content.body))

    def _over_limit(self) -> bool:
        return self.settings.overflow == "drop-head" and self._exceeds(len(self._ready), self._ready.bytes)

    def _exceeds(self, count: int, octets: int, share: float = 1) -> bool:
        """Whether so many messages and octets of bodies are more than the limits allow, or than a share of that."""
        settings = self.settings
        if settings.max_length is not None and count > int(settings.max_length * share):
            return True
        return settings.max_length_bytes is not None and octets > int(settings.max_length_bytes * share)

    def _drop_head(self) -> None:
        while self._ready and self._over_limit():
            self._letters.append((self._ready.pop(), "maxlen"))

    # --- all of it

    def restore(self, messages: Sequence[Message]) -> None:
        """Put messages that have left, and that nobody has got, back to the front, in this order."""
        for message in reversed(messages):
            self._ready.put_first(message)
        self._drop_head()
        self._drop_expired()

    def purge(self) -> int:
        """Drop what waits, with no dead letters.

        :return: how many messages that were.
        """
        count = len(self._ready)
        self._ready.clear()
        self._expiry.cancel()
        return count

    def _forget_messages(self) -> None:
        self._ready.clear()
        self._letters.clear()

    # --- time

    def _expires_at(self, message: Message) -> int | None:
        ttl = self.settings.message_ttl
        expiration = message.content.properties.expiration
        if expiration is not None:
            own = parse_expiration(expiration)
            ttl = own if ttl is None else min(ttl, own)
        return None if ttl is None else milliseconds(self._clock) + ttl

    def _drop_expired(self) -> None:
        """Drop the head while it is dead; as in RabbitMQ, dead messages behind a living one have to wait."""
        while self._ready:
            expires = self._ready.expires
            if expires is None:
                return
            if milliseconds(self._clock) < expires:
                self._expiry.set(expires, self._expire)
                return
            self._letters.append((self._ready.pop(), "expired"))
        self._expiry.cancel()

    def _expire(self) -> None:
        self._drop_expired()
        self._send_letters()

    # --- dead letters

    def _send_letters(self) -> None:
        """Publish what has died to the dead-letter exchange; when there is none, dead is dead."""
        if self._letters:
            letters, self._letters = self._letters, []
            self.vhost.queues.dead_letters.send(self, letters)

    # --- crashes

    def crash(self) -> AMQPError:
        """RabbitMQ's process for the queue crashes over something a client has sent.

        :return: the error that closes the client's connection.
        """
        self._crashes.append(self._clock.seconds())
        return AMQPError("internal-error", "", method=(0, 0))

    def check_alive(self) -> None:
        """A queue that crashed too often in a short time is not started again.

        :raises AMQPError: not-found.
        """
        if len(self._crashes) >= CRASHES and self._crashes[-1] - self._crashes[-CRASHES] < CRASH_PERIOD:
            raise AMQPError("not-found", f"{self.resource} has crashed and failed to restart")

    def crashed(self, letters: Sequence[Message] | None = None) -> AMQPError:
        """The queue crashed and starts again.

        :param letters: dead letters that have not left it; None when it crashed over a command.
        :return: the error that closes the client's connection, when a command did it.
        """
        raise NotImplementedError
