"""Scenarios for tests of the search: what users would write."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

from twisted.internet.defer import inlineCallbacks
from txamqp.content import Content

from connector import AmqpConnector
from fakebroker.testing import MemoryBroker


@inlineCallbacks
def conversation(broker: MemoryBroker) -> Generator[Any, Any, None]:
    """The connector's plain conversation."""
    connector = AmqpConnector(endpoint=broker.endpoint(), clock=broker.clock, heartbeat=10)
    try:
        yield connector.connect()
        yield connector.authenticate()
        channel = yield connector.channel_open()
        yield channel.queue_declare(queue="letters")
        yield channel.basic_consume(queue="letters", consumer_tag="reader")
        channel.basic_publish(routing_key="letters", content=Content("hello"))
        mailbox = yield connector.connection.queue("reader")
        message = yield mailbox.get(timeout=30)
        channel.basic_ack(message.delivery_tag)
        yield channel.channel_close()
    finally:
        yield connector.disconnect()
