"""The broker: virtual hosts, users, alarms and the rules that span them."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Mapping, Sized
from typing import Protocol

from fakebroker.broker.access.mechanisms import MechanismList
from fakebroker.broker.access.users import User, Users
from fakebroker.broker.alarms import Alarms
from fakebroker.broker.common import Common
from fakebroker.broker.definitions.whole import export_definitions, import_definitions
from fakebroker.broker.scheduling import ChooserPort, Scheduler
from fakebroker.broker.tuning import Tuning
from fakebroker.broker.vhost import VirtualHost
from fakebroker.broker.watcher import MessageWatcher
from fakebroker.clock import Time
from fakebroker.errors import AMQPError
from fakebroker.turn import Turn, TurnClock
from fakebroker.validation import Sealed, text, unknown

__all__ = ["Broker", "BrokerConnection", "Tuning", "VirtualHosts"]


class BrokerConnection(Protocol):
    """What the broker needs of a connection, to count it."""

    @property
    def user(self) -> User | None: ...

    @property
    def vhost(self) -> VirtualHost | None: ...

    @property
    def channels(self) -> Sized: ...


class VirtualHosts(dict[str, VirtualHost]):
    """By name."""

    def __missing__(self, name: str) -> VirtualHost:
        raise KeyError(unknown("virtual host", name, self))


class Broker(Sealed):
    """A broker as RabbitMQ is when newly installed: the virtual host ``/`` and the administrator guest/guest.

    :param clock: the one source of time.
    :param rng: the one source of made-up names and salts.
    :param turn: where work waits until all that has arrived is handled, and where errors end.
    :param watcher: told what becomes of each message.
    :param chooser: chooses where RabbitMQ may do this or that; None for what the broker does by itself.
    """

    def __init__(
        self,
        clock: Time,
        rng: random.Random,
        turn: Turn | None = None,
        watcher: MessageWatcher | None = None,
        chooser: ChooserPort | None = None,
    ) -> None:
        self.turn = turn if turn is not None else Turn()
        self.clock = TurnClock(clock, self.turn)
        self.tuning = Tuning()
        self.common = Common(self.clock, rng, self.turn, self.tuning, watcher)
        self.take_liberties(chooser)
        self.rng = rng
        self.users = Users(rng)
        self.vhosts: dict[str, VirtualHost] = VirtualHosts()
        self.alarms = Alarms()
        self.churn = self.common.churn
        self.on_vhost_removed: list[Callable[[VirtualHost], None]] = []
        self.connections: dict[int, BrokerConnection] = {}
        self.mechanisms: list[str] = MechanismList(("PLAIN", "AMQPLAIN"))
        self.cluster_name = "rabbit@localhost"
        self.global_parameters: dict[str, object] = {}  # kept for plugins, not used
        self.users.add("guest", "guest", tags=["administrator"])
        self.add_vhost("/")

    def __repr__(self) -> str:
        return f"<Broker with virtual hosts {', '.join(map(repr, self.vhosts))}>"

    def take_liberties(self, chooser: ChooserPort | None) -> None:
        """Have somebody choose where RabbitMQ may do this or that; None for what the broker does by itself."""
        self.chooser = chooser
        self.common.scheduler = None if chooser is None else Scheduler(chooser, self.turn, self.clock)

    def make_name(self, prefix: str = "amq.gen-") -> str:
        """Make up a name as RabbitMQ does: the prefix and 22 characters that stand for 16 random octets."""
        return self.common.make_name(prefix)

    def add_vhost(self, name: str, permit: Iterable[str] = ("guest",), made_by: str = "rmq-internal") -> VirtualHost:
        """Create a virtual host.

        :param permit: the names of users who get all permissions in it. Unknown names are ignored.
        :param made_by: the user who made it, and declared its first exchanges.
        :raises ValueError: when there is one of that name.
        """
        text("the name of a virtual host", name)
        if name in self.vhosts:
            raise ValueError(f"virtual host {name!r} exists")
        vhost = self.vhosts[name] = VirtualHost(self.common, name)
        for exchange in vhost.exchanges.values():
            exchange.declared_by = made_by
        for user in (self.users[each] for each in permit if each in self.users):
            user.permit(name)
        return vhost

    def remove_vhost(self, name: str) -> None:
        """Delete a virtual host. As in RabbitMQ, its queues go first, and consumers are told; then its connections go.

        :raises KeyError: when there is no such virtual host.
        """
        vhost = self.vhosts[name]
        del self.vhosts[name]
        for user in self.users.values():
            user.forbid(name)
        for queue in list(vhost.queues.values()):
            vhost.queues.delete(queue)
        for callback in self.on_vhost_removed:
            callback(vhost)

    def admit(self, user: User, vhost_name: str) -> VirtualHost:
        """Check that a user may open a connection to a virtual host, for connection.open.

        RabbitMQ's order is: does the virtual host exist, its connection limit, the user's limit, the permission.

        :raises AMQPError: not-allowed, with RabbitMQ's text for each.
        """
        vhost = self.vhosts.get(vhost_name)
        if vhost is None:
            raise AMQPError("not-allowed", f"vhost {vhost_name} not found")
        refused = f"access to vhost '{vhost_name}' refused for user '{user.name}'"
        limit = vhost.limits.get("max-connections", -1)
        if 0 <= limit <= self.connections_to(vhost_name):
            raise AMQPError("not-allowed", f"{refused}: connection limit ({limit}) is reached")
        limit = user.limits.get("max-connections", -1)
        if 0 <= limit <= self.connections_by(user.name):
            text = f"connection refused for user '{user.name}': user connection limit ({limit}) is reached"
            raise AMQPError("not-allowed", text)
        if vhost_name not in user.permissions:
            raise AMQPError("not-allowed", refused)
        return vhost

    def connections_to(self, vhost_name: str) -> int:
        """How many connections are open on a virtual host."""
        return sum(each.vhost is not None and each.vhost.name == vhost_name for each in self.connections.values())

    def connections_by(self, user_name: str) -> int:
        """How many connections a user has open."""
        return sum(each.user is not None and each.user.name == user_name for each in self.connections.values())

    def check_channel_limit(self, user: User) -> None:
        """Check that the user may open one more channel.

        :raises AMQPError: not-allowed when the user has as many as allowed.
        """
        limit = user.limits.get("max-channels", -1)
        if limit < 0:
            return
        mine = (each for each in self.connections.values() if each.user is not None and each.user.name == user.name)
        if sum(len(each.channels) for each in mine) >= limit:
            text = (
                f"number of channels opened for user '{user.name}' "
                f"has reached the maximum allowed user limit of ({limit})"
            )
            raise AMQPError("not-allowed", text, method=(0, 0))

    def import_definitions(
        self, document: str | bytes | Mapping[str, object], vhost: str | None = None, strict: bool = True
    ) -> list[str]:
        """Make what RabbitMQ's ``definitions.json`` defines. A file with an error changes nothing.

        :param document: JSON, or the object that it stands for.
        :param vhost: the virtual host that all of it goes to, whatever its entries say. Users and the like are then
            left out.
        :param strict: refuse what RabbitMQ ignores without a word, such as an unknown key.
        :returns: what was ignored, a line for each entry; nothing when ``strict``.
        :raises DefinitionsError: with the place and the reason, such as ``queues[3].durable: is missing``.
        """
        return import_definitions(self, document, vhost, strict)

    def export_definitions(self) -> dict[str, object]:
        """What RabbitMQ's management API would export; ``json.dumps`` makes the file."""
        return export_definitions(self)

    def restart(self) -> None:
        """Lose what a restart loses: transient queues, exchanges and messages, and the alarms."""
        for vhost in self.vhosts.values():
            vhost.restart()
        self.alarms.clear()
