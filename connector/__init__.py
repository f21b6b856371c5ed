"""A connector to AMQP brokers, built on txAMQP: connect, authenticate, open a channel; nothing hangs."""

from connector.channel import Channel
from connector.client import Client, Delegate
from connector.cnx import TransportConnector
from connector.connector import AmqpConnector
from connector.errors import (
    AuthenticationRefused,
    CannotConnect,
    ChannelClosedByBroker,
    ClosedByBroker,
    ConnectionLost,
    ConnectionRefused,
    ConnectorError,
    HungUpAtLogin,
    MechanismNotOffered,
    ProtocolError,
    ProtocolMismatch,
    Redirected,
    TimedOut,
    VhostRefused,
    WrongState,
)
from connector.steps import Step, Timeouts

__all__ = [
    "AmqpConnector",
    "AuthenticationRefused",
    "CannotConnect",
    "Channel",
    "ChannelClosedByBroker",
    "Client",
    "ClosedByBroker",
    "ConnectionLost",
    "ConnectionRefused",
    "ConnectorError",
    "Delegate",
    "HungUpAtLogin",
    "MechanismNotOffered",
    "ProtocolError",
    "ProtocolMismatch",
    "Redirected",
    "Step",
    "TimedOut",
    "Timeouts",
    "TransportConnector",
    "VhostRefused",
    "WrongState",
]
