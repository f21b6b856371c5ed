"""What is measured, and what fakebroker wants to reach: ratios to what is measured beside it in the same run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

OWN, LIMIT = "fakebroker", "limit"


class Figure(NamedTuple):
    """One line of the table, and its targets where there are any."""

    name: str
    unit: str
    """``/s`` for a rate and ``x`` for a ratio, the higher the better; of anything else less is better."""
    targets: Mapping[str, float] = {}
    """By peer: how many times better than that peer; 0.75 for the limit means three quarters of what it reaches."""
    absolute: float | None = None
    """What is to be reached whatever the others do, in this unit."""

    @property
    def more_is_better(self) -> bool:
        """Whether a higher value is a better one."""
        return self.unit in ("/s", "x")

    def ratio(self, own: float, other: float) -> float:
        """How many times better one value is than another."""
        best, worst = (own, other) if self.more_is_better else (other, own)
        return best / worst if worst else float("inf")

    def met(self, values: Mapping[str, float]) -> bool | None:
        """Whether every target is met that can be judged; None when none can."""
        if OWN not in values:
            return None
        own = values[OWN]
        verdicts = [self.ratio(own, values[peer]) >= target for peer, target in self.targets.items() if peer in values]
        if self.absolute is not None:
            verdicts.append(own >= self.absolute if self.more_is_better else own <= self.absolute)
        return all(verdicts) if verdicts else None


def _targets(rabbitmq: float = 0, garagemq: float = 0, limit: float = 0) -> dict[str, float]:
    given = {"rabbitmq": rabbitmq, "garagemq": garagemq, LIMIT: limit}
    return {peer: target for peer, target in given.items() if target}


_HANDSHAKE = _targets(3.5, 1.3, 0.75)
_RPC = _targets(2, 1.1, 0.6)

FIGURES = {
    figure.name: figure
    for figure in (
        Figure("import", "ms"),
        Figure("start in process", "ms", _targets(1000, 20), 1.5),
        Figure("start of a process", "ms", _targets(20, limit=1 / 1.4)),
        Figure("memory when ready", "MiB", _targets(2.5, limit=1 / 1.4)),
        Figure("handshakes, one by one", "/s", _HANDSHAKE),
        Figure("handshakes, 50 at once", "/s", _HANDSHAKE),
        Figure("processor time of a handshake", "ms", _targets(5, 1.5)),
        Figure("handshakes of txAMQP 0-8", "/s"),
        Figure("handshakes of pika", "/s"),
        Figure("declare passive", "/s", _RPC),
        Figure("declare passive, p50", "us"),
        Figure("declare passive, p99", "us"),
        Figure("get from an empty queue", "/s", _RPC),
        Figure("get from an empty queue, p50", "us"),
        Figure("get from an empty queue, p99", "us"),
        Figure("publish 0 B", "/s"),
        Figure("publish 128 B", "/s", _targets(8, 1.5)),
        Figure("publish 1 KiB", "/s", _targets(5, 1.5)),
        Figure("publish 64 KiB", "/s", _targets(1, 1)),
        Figure("deliver 128 B", "/s", _targets(10, 2)),
        Figure("deliver 128 B, acked by 100", "/s", _targets(10, 2)),
        Figure("deliver 1 KiB", "/s", _targets(4, 1.2)),
        Figure("confirms, window 1", "/s", _targets(1.3, 100)),
        Figure("confirms, window 1,000", "/s", _targets(8, 20)),
        Figure("pipe 128 B", "/s", _targets(4, 2.5)),
        Figure("pipe, one message, p50", "us"),
        Figure("pipe, one message, p99", "us"),
        Figure("fan-out 1 to 10, deliveries", "/s", _targets(6, 1.2)),
        Figure("topic, 1,000 bindings", "/s", _targets(6)),
        Figure("topic, 1,000 bindings, fresh keys", "/s", _targets(6)),
        Figure("topic, 10,000 bindings", "/s", _targets(6)),
        Figure("topic, 10,000 bindings, fresh keys", "/s", _targets(6)),
        Figure("cycles, raw client", "/s", _targets(limit=0.85)),
        Figure("cycles of txAMQP", "/s", _targets(3.5, limit=0.85)),
        Figure("cycles of pika", "/s", _targets(2.4, limit=0.85)),
        Figure("cycles of aio-pika", "/s", _targets(2.5, limit=0.85)),
        Figure("cycles in memory, raw client", "/s", absolute=2000),
        Figure("cycles in memory, txAMQP", "/s", absolute=500),
        Figure("tests of pika, each with a broker over TCP", "/s"),
        Figure("tests of pika, each with one in memory", "/s"),
        Figure("tests of pika, in memory to TCP", "x", absolute=3),
        Figure("tests of aio-pika, each with a broker over TCP", "/s"),
        Figure("tests of aio-pika, each with one in memory", "/s"),
        Figure("tests of aio-pika, in memory to TCP", "x", absolute=3),
        Figure("cases of a sweep, all cores", "/s", absolute=223),
        Figure("a case of a sweep, of its run alone", "%", absolute=130),
        Figure("time of a connection", "us"),
        Figure("memory of an idle connection", "B", absolute=8192),
        Figure("time of a queue", "us"),
        Figure("memory of a queue", "B"),
        Figure("time of a binding", "us"),
        Figure("memory of a binding", "B"),
        Figure("memory of a queued 128 B message", "B", absolute=450),
        Figure("publish with 10 queues", "/s"),
        Figure("publish with 10,000 queues", "/s"),
        Figure("publish with 10,000 connections", "/s"),
    )
}
