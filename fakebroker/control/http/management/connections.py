"""``/api/connections`` and ``/api/channels``."""

from __future__ import annotations

from collections.abc import Iterable

from fakebroker.amqp.channel import Channel
from fakebroker.amqp.connection import Connection
from fakebroker.amqp.ports import ChannelOwner
from fakebroker.amqp.states import ChannelState, State
from fakebroker.broker.json_form import table_to_json
from fakebroker.control.http import access
from fakebroker.control.http.endpoint import Call, Endpoint
from fakebroker.control.http.json_values import NODE, addresses, with_rates
from fakebroker.control.http.listing import columns, listed, paged
from fakebroker.control.http.management import consumers, vhosts
from fakebroker.control.http.management.queues import GARBAGE_COLLECTION
from fakebroker.json_reader import Json

REASON = "Closed via management plugin"
"""The reason that a deleted connection is told, unless the header ``X-Reason`` gives another."""

_TLS = ("peer_cert_issuer", "peer_cert_subject", "peer_cert_validity", "ssl_cipher", "ssl_hash", "ssl_key_exchange",
        "ssl_protocol")  # fmt: skip


def _place(connection: ChannelOwner) -> dict[str, Json]:
    assert connection.user is not None, "an open connection has a user"
    assert connection.vhost is not None, "an open connection is on a virtual host"
    user = connection.user.name
    return {"node": NODE, "user": user, "user_who_performed_action": user, "vhost": connection.vhost.name}


def show(connection: Connection) -> dict[str, object]:
    """A connection as RabbitMQ shows one."""
    peer_host, peer_port, host, port = addresses(connection.name)
    output = connection.output
    shown: dict[str, object] = {
        "auth_mechanism": connection.mechanism,
        "channel_max": connection.channel_max,
        "channels": len(connection.channels),
        "client_properties": table_to_json(connection.client_properties),
        "connected_at": int(connection.opened_at * 1000),
        "frame_max": connection.frame_max,
        "garbage_collection": GARBAGE_COLLECTION,
        "host": host,
        "name": connection.name,
        "peer_host": peer_host,
        "peer_port": peer_port,
        "port": port,
        "protocol": f"AMQP {connection.spec.version}",
        "recv_cnt": 0,
        "send_cnt": 0,
        "send_pend": 0,
        "ssl": connection.external_user is not None,
        "state": _state(connection),
        "timeout": connection.heartbeat_interval,
        "type": "network",
        **dict.fromkeys(_TLS),
        **_place(connection),
        **with_rates({"recv_oct": output.octets_received, "send_oct": output.octets_sent, "reductions": 0}),
    }
    name = connection.client_properties.get("connection_name")
    if isinstance(name, str):
        shown["user_provided_name"] = name
    return shown


def _state(connection: Connection) -> str:
    """While an alarm is on, RabbitMQ calls every connection blocking, and those that have published blocked."""
    if connection.state is State.RUNNING and connection.broker.alarms.active:
        return "blocking"
    return connection.state.value


def _brief(connection: Connection) -> dict[str, object]:
    shown = {"name": connection.name, **_place(connection)}
    return {key: shown[key] for key in ("name", "vhost", "user", "node")}


def _visible(call: Call, connections: Iterable[Connection]) -> list[Connection]:
    """The connections that the user may see, of the virtual host that the path names, if it names one."""
    everything = access.is_monitor(call.user)
    mine = [each for each in connections if everything or each.user is call.user]
    return [each for each in mine if "vhost" not in call.names or each.vhost is call.vhost]


def _list(call: Call) -> object:
    as_row = _brief if call.flag("disable_stats") else show
    return paged(call, [as_row(each) for each in _visible(call, call.broker.connections)], "vhost", "name")


def _find(call: Call) -> Connection | None:
    named = (each for each in call.broker.connections if each.name == call.names["connection"])
    return next(named, None)


def _owner(call: Call) -> str | None:
    connection = _find(call)
    return None if connection is None or connection.user is None else connection.user.name


def _get(call: Call) -> object:
    return columns(call, show(call.found))


def _close(call: Call, connections: Iterable[Connection]) -> None:
    for connection in connections:
        call.broker.close_connection(connection, call.headers.get("x-reason", REASON))


def _delete(call: Call) -> None:
    _close(call, [call.found])


# --- all connections of one user


def _of_user(call: Call) -> list[Connection]:
    return [each for each in call.broker.connections if each.user and each.user.name == call.names["user"]]


def _list_of_user(call: Call) -> object:
    return paged(call, [_brief(each) for each in _visible(call, _of_user(call))], "vhost", "name")


def _delete_of_user(call: Call) -> None:
    _close(call, _of_user(call))


def _named_user(call: Call) -> str | None:
    return call.names["user"]


# --- channels


def show_channel(channel: Channel) -> dict[str, object]:
    """A channel as RabbitMQ shows one."""
    session, transaction = channel.session, channel.session.transaction
    peer_host, peer_port, _, _ = addresses(channel.connection.name)
    shown: dict[str, object] = {
        "acks_uncommitted": 0 if transaction is None else len(transaction.deliveries),
        "confirm": session.publisher.confirms,
        "connection_details": {"name": channel.connection.name, "peer_host": peer_host, "peer_port": peer_port},
        "consumer_count": len(session.consumers),
        "garbage_collection": GARBAGE_COLLECTION,
        "global_prefetch_count": session.limiter.limit,
        "messages_unacknowledged": len(session.unacked),
        "messages_uncommitted": 0 if transaction is None else len(transaction.publications),
        "messages_unconfirmed": 0,
        "name": consumers.channel_name(channel),
        "number": channel.number,
        "pending_raft_commands": 0,
        "prefetch_count": session.prefetch,
        "reductions": 0,
        "reductions_details": {"rate": 0.0},
        "state": "running",
        "transactional": transaction is not None,
        **_place(channel.connection),
    }
    counts = session.counts.as_dict()
    if counts:
        shown["message_stats"] = with_rates(counts)
    return shown


def _channels(connections: Iterable[Connection]) -> list[Channel]:
    every = [channel for connection in connections for channel in connection.channels.values()]
    return [channel for channel in every if channel.state is ChannelState.RUNNING]


def _list_channels(call: Call) -> object:
    rows = [show_channel(each) for each in _channels(_visible(call, call.broker.connections))]
    return paged(call, rows, "vhost", "name")


def _channels_of(call: Call) -> object:
    return listed(call, [show_channel(each) for each in _channels([call.found])], "vhost", "name")


def _find_channel(call: Call) -> Channel | None:
    every = _channels(call.broker.connections)
    return next((each for each in every if consumers.channel_name(each) == call.names["channel"]), None)


def _channel_owner(call: Call) -> str | None:
    channel = _find_channel(call)
    return None if channel is None else channel.user.name


def _get_channel(call: Call) -> object:
    details = [consumers.show(consumer) for consumer in call.found.session.consumers.values()]
    return columns(call, {**show_channel(call.found), "consumer_details": details, "deliveries": [], "publishes": []})


_OWN = access.own(_owner)

ENDPOINTS = (
    Endpoint("/api/connections", access.management, get=_list),
    Endpoint("/api/connections/{connection}", _OWN, get=_get, delete=_delete, find=_find),
    Endpoint("/api/connections/{connection}/channels", _OWN, get=_channels_of, find=_find),
    Endpoint("/api/connections/username/{user}", access.own(_named_user), get=_list_of_user, delete=_delete_of_user),
    Endpoint("/api/vhosts/{vhost}/connections", access.management, get=_list, find=vhosts.find),
    Endpoint("/api/channels", access.management, get=_list_channels),
    Endpoint("/api/channels/{channel}", access.own(_channel_owner), get=_get_channel, find=_find_channel),
    Endpoint("/api/vhosts/{vhost}/channels", access.management, get=_list_channels, find=vhosts.find),
)
