"""A fresh fakebroker for each cycle, reached in memory: what a test costs where there is no socket."""

from __future__ import annotations

from collections.abc import Callable

from twisted.internet.defer import Deferred
from twisted.internet.endpoints import connectProtocol
from twisted.internet.interfaces import ITransport
from twisted.internet.protocol import Protocol
from twisted.internet.task import Clock

from benchmarks.clients.rate import Rate, task
from benchmarks.frames import GOODBYE, HANDSHAKE, Step, declare, get, publish
from fakebroker import FakeBroker

_GET = get("q")
_SCRIPT = (
    *HANDSHAKE,
    declare("q", exclusive=True),
    Step(publish("q", 128) + _GET.data, _GET.answer),
    GOODBYE,
)


class _Script(Protocol):
    """Sends the next step when the last one has been answered."""

    transport: ITransport

    def connectionMade(self) -> None:
        self._steps = iter(_SCRIPT)
        self.answers: list[bytes] = []
        self._go_on()

    def dataReceived(self, data: bytes) -> None:
        assert self._answer in data, data
        self.answers.append(data)
        self._go_on()

    def _go_on(self) -> None:
        step = next(self._steps, None)
        if step is None:
            self.transport.loseConnection()
        else:
            data, self._answer = step
            self.transport.write(data)


def raw(broker: FakeBroker, clock: Clock) -> None:
    """One cycle with bytes made beforehand."""
    script = _Script()
    connectProtocol(broker.endpoint(), script)  # type: ignore[no-untyped-call]
    clock.advance(0)
    while len(script.answers) < len(_SCRIPT):
        clock.advance(0)


def txamqp(broker: FakeBroker, clock: Clock) -> None:
    """One cycle with txAMQP."""
    from benchmarks.clients.txamqp import once

    done: list[object] = []
    cycle: Deferred[None] = once(broker.endpoint(), clock, "q")
    cycle.addBoth(done.append)
    while not done:
        clock.advance(0)
    assert done == [None], done


def main() -> None:
    """Do what the command line says, and print the rate."""
    job = task()
    cycle: Callable[[FakeBroker, Clock], None] = {"raw": raw, "txamqp": txamqp}[job.what]
    rate = Rate(job.seconds)
    while rate.goes_on():
        clock = Clock()
        broker = FakeBroker(clock=clock)
        cycle(broker, clock)
        broker.stop()
    rate.report()


if __name__ == "__main__":
    main()
