"""What a case of a sweep costs, beside the scenario's own run: the connector's plain conversation, with all faults."""

from __future__ import annotations

import json
from collections.abc import Generator
from time import perf_counter
from typing import Any

from twisted.internet.defer import Deferred, inlineCallbacks

import fakebroker
from benchmarks.clients.rate import task
from connector import AmqpConnector, ConnectorError
from fakebroker.search.report import Report
from fakebroker.testing import MemoryBroker

TURN = 100
"""So many runs of the scenario alone before and after each sweep."""


@inlineCallbacks
def conversation(broker: MemoryBroker) -> Generator[Deferred[Any], Any, None]:
    """Connect, log in, open a channel, declare, consume, publish, receive, ack, close."""
    from txamqp.content import Content

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


def alone() -> float:
    """Seconds for one run of the scenario, with a broker of its own."""
    begin = perf_counter()
    for _ in range(TURN):
        broker = MemoryBroker()
        broker.clock.result(conversation(broker))
        broker.stop()
        broker.clock.settle()
    return (perf_counter() - begin) / TURN


def swept(jobs: int | None) -> tuple[int, float]:
    """How many runs a sweep has taken, and how long."""
    from txamqp.client import Closed

    begin = perf_counter()
    report: Report = fakebroker.sweep(conversation, faults="all", allow=(ConnectorError, Closed), jobs=jobs)
    return sum(outcome.kind.ran for outcome in report.outcomes), perf_counter() - begin


def main() -> None:
    """Print how long a case takes beside the scenario alone, and how many cases a second all cores manage."""
    job = task()
    alone()
    swept(1)
    ratios: list[float] = []
    rates: list[float] = []
    took = 0.0
    while not ratios or took < 2 * job.seconds:
        before = alone()
        runs, seconds = swept(1)
        ratios.append(100 * seconds / runs / ((before + alone()) / 2))
        runs, together = swept(None)
        rates.append(runs / together)
        took += seconds + together
    print(json.dumps([sorted(rates)[len(rates) // 2], sorted(ratios)[len(ratios) // 2]]))


if __name__ == "__main__":
    main()
