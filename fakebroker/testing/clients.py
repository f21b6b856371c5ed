"""Real clients in memory, with both sides on the broker's clock."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from twisted.internet.defer import Deferred, inlineCallbacks
from twisted.internet.endpoints import connectProtocol

from fakebroker.fake import FakeBroker
from fakebroker.wire.definition import directory


def txamqp_client(
    broker: FakeBroker,
    user: str = "guest",
    password: str = "guest",
    vhost: str = "/",
    version: str = "0-8",
    heartbeat: int = 0,
    delegate: object = None,
) -> Deferred[Any]:
    """Connect txAMQP's ``AMQClient`` to a broker in memory, and log in.

    :param version: ``"0-8"``, ``"0-9"`` or ``"0-9-1"``.
    :param heartbeat: seconds; 0 for none.
    :param delegate: txAMQP's ``TwistedDelegate`` or one of your own.
    :returns: a Deferred that fires with the client when the connection is open.
    """
    return _started(broker, {"LOGIN": user, "PASSWORD": password}, vhost, version, heartbeat, delegate)


@lru_cache
def _spec(version: str) -> object:
    """A definition as txAMQP reads it. Reading it takes longer than a test, and nothing changes it: it is kept."""
    from txamqp.spec import load

    return load(str(directory() / f"amqp{version}.xml"))


@inlineCallbacks
def _started(
    broker: FakeBroker, credentials: dict[str, str], vhost: str, version: str, heartbeat: int, delegate: object
) -> Any:
    from txamqp.client import TwistedDelegate
    from txamqp.protocol import AMQClient

    client = AMQClient(
        delegate or TwistedDelegate(),
        vhost,
        _spec(version),
        heartbeat=heartbeat,
        clock=broker.clock,
    )
    yield connectProtocol(broker.endpoint(), client)  # type: ignore[no-untyped-call]
    yield client.start(credentials)
    return client
