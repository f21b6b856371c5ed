"""txAMQP, which speaks 0-8: over TCP on the reactor, and in memory on a clock."""

from __future__ import annotations

from functools import cache
from typing import Any

from twisted.internet.defer import inlineCallbacks
from twisted.internet.endpoints import HostnameEndpoint, connectProtocol
from twisted.internet.interfaces import IStreamClientEndpoint
from twisted.internet.task import react
from txamqp.client import TwistedDelegate
from txamqp.content import Content
from txamqp.protocol import AMQClient
from txamqp.spec import load

from benchmarks.clients.rate import Rate, task
from fakebroker.wire.definition import directory


@cache
def _spec() -> Any:
    return load(str(directory() / "amqp0-8.xml"))


@inlineCallbacks
def once(endpoint: IStreamClientEndpoint, clock: Any, queue: str) -> Any:
    """One connection; with the name of a queue, one message goes through it."""
    client = AMQClient(TwistedDelegate(), "/", _spec(), clock=clock)
    yield connectProtocol(endpoint, client)  # type: ignore[no-untyped-call]
    yield client.start({"LOGIN": "guest", "PASSWORD": "guest"})
    channel = yield client.channel(1)
    yield channel.channel_open()
    if queue:
        yield channel.queue_declare(queue=queue, exclusive=True)
        channel.basic_publish(routing_key=queue, content=Content("x" * 128))
        answer = yield channel.basic_get(queue=queue, no_ack=True)
        assert len(answer.content.body) == 128
    connection = yield client.channel(0)
    yield connection.connection_close(reply_code=200)
    client.transport.loseConnection()


@inlineCallbacks
def _run(reactor: Any) -> Any:
    job = task()
    endpoint = HostnameEndpoint(reactor, job.host, job.port)
    rate = Rate(job.seconds)
    number = 0
    while rate.goes_on():
        number += 1
        yield once(endpoint, reactor, f"txamqp-{number}" if job.what == "cycle" else "")
    rate.report()


if __name__ == "__main__":
    react(_run)
