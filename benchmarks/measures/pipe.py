"""Messages passing through: a publisher and its consumer at once, and one message for ten queues."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread
from time import perf_counter

from benchmarks.client import Client, Unexpected
from benchmarks.frames import bind, consume, declare, publish
from benchmarks.measure import Effort, Measure, Pace, Sample, is_broker, percentile
from benchmarks.measures.deliver import Deliveries
from benchmarks.measures.publish import send_many
from benchmarks.peers import Peer

_SIZE = 128
_FAN = 10


def _passing(publisher: Client, consumer: Client, message: bytes, count: int, copies: int = 1) -> float:
    """Seconds until all that was published has been delivered, so many times; they flow at the same time.

    :raises Unexpected: when the last delivery's tag tells another number.
    """
    begin = perf_counter()
    publishing = Thread(target=send_many, args=(publisher, message, count))
    publishing.start()
    deliveries = Deliveries(consumer)
    deliveries.receive(count * copies)
    seconds = perf_counter() - begin
    publishing.join()
    if deliveries.tag != count * copies:
        raise Unexpected(f"the last of {count * copies} deliveries has the tag {deliveries.tag}")
    return seconds


@contextmanager
def _pipe(peer: Peer, effort: Effort) -> Iterator[Sample]:
    pace = Pace(effort, first=500, most=500_000)
    message = publish("pipe", _SIZE)

    def run(count: int) -> float:
        with Client(peer.address) as consumer, Client(peer.address) as publisher:
            consumer.call(declare("pipe"))
            consumer.call(consume("pipe"))
            return _passing(publisher, consumer, message, count)

    yield lambda: {"pipe 128 B": pace.per_second(run)}


@contextmanager
def _one_message(peer: Peer, effort: Effort) -> Iterator[Sample]:
    """One at a time: from the publisher's call to the consumer's last byte."""
    message = publish("pipe", _SIZE)

    def sample() -> dict[str, float]:
        took: list[float] = []
        with Client(peer.address) as consumer, Client(peer.address) as publisher:
            consumer.call(declare("pipe"))
            consumer.call(consume("pipe"))
            deadline = perf_counter() + effort.seconds
            while not took or perf_counter() < deadline:
                begin = perf_counter()
                publisher.send(message)
                for _ in range(3):
                    consumer.frame()
                took.append((perf_counter() - begin) * 1e6)
        return {"pipe, one message, p50": percentile(took, 50), "pipe, one message, p99": percentile(took, 99)}

    yield sample


@contextmanager
def _fan_out(peer: Peer, effort: Effort) -> Iterator[Sample]:
    pace = Pace(effort, first=100, most=100_000)
    message = publish("", _SIZE, exchange="amq.fanout")

    def run(count: int) -> float:
        with Client(peer.address) as consumer, Client(peer.address) as publisher:
            for number in range(_FAN):
                queue = f"fan-{number}-{perf_counter()}"  # RabbitMQ takes its time to delete an exclusive queue
                consumer.call(declare(queue, exclusive=True))
                consumer.call(bind(queue, "amq.fanout"))
                consumer.call(consume(queue, tag=str(number)))
            return _passing(publisher, consumer, message, count, _FAN)

    yield lambda: {"fan-out 1 to 10, deliveries": pace.per_second(run) * _FAN}


MEASURES = (
    Measure(("pipe 128 B",), _pipe, is_broker),
    Measure(("pipe, one message, p50", "pipe, one message, p99"), _one_message, is_broker),
    Measure(("fan-out 1 to 10, deliveries",), _fan_out, is_broker),
)
