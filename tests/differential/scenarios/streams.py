"""Streams: what is left of a message in the form that they keep."""

from __future__ import annotations

from typing import Any

from tests.differential.scenario import Step
from tests.differential.scenarios.replicated import stream
from tests.differential.scenarios.say import Q2, Q, bind, consume, declare, do, get, publish, wait

DECIMAL = {"$D": "1.5"}


def _read(*steps: Step) -> list[Step]:
    """Steps while somebody reads the stream from its beginning."""
    return [stream(), do("confirm.select"), do("basic.qos", prefetch_count=99), _consume(), *steps]


def _consume() -> Step:
    return consume(arguments={"x-stream-offset": "first"})


def _letters() -> Step:
    dead = {"x-max-length": 0, "x-dead-letter-exchange": "", "x-dead-letter-routing-key": Q}
    return declare(Q2, arguments=dead)


_VALUES: tuple[Any, ...] = (
    1, -5, {"$b": 1}, {"$B": 1}, {"$s": 1}, {"$u": 1}, {"$i": 1}, {"$l": 1}, {"$l": 2**40}, {"$T": 5}, True, None, "a",
    "", "é", "\udcff", "x" * 300, {"$x": "00ff"}, 1.5, {"$f": 1.5}, [1], [], {"a": 1}, {}, [DECIMAL], {"a": DECIMAL},
)  # fmt: skip

SCENARIOS: dict[str, list[Step]] = {
    "headers of every type in a stream": _read(*[publish(headers={"v": value, "z": 1}) for value in _VALUES]),
    "a decimal in a stream": _read(publish(headers={"v": DECIMAL, "z": 1})),
    "a decimal that nobody reads": [stream(), publish(headers={"x-v": DECIMAL}), declare(passive=True)],
    "a decimal in a transaction": [stream(), do("tx.select"), publish(headers={"v": DECIMAL}), do("tx.commit")],
    "a decimal for a stream and another queue": [
        stream(), declare(Q2), bind("amq.fanout"), bind("amq.fanout", queue=Q2),
        publish("m", "", "amq.fanout", headers={"v": DECIMAL}), get(Q2),
    ],
    "only headers that a stream does not keep": _read(publish(headers={"CC": ["k"]}), publish(headers={"a": []}),
        publish(headers={})),
    "the order of a stream's headers": _read(publish(headers={"z": 1, "a": 2, "m": 3, "b": [1], "y": {"q": 1}})),
    "a stream's properties": _read(
        publish(content_type="text/plain", content_encoding="utf-8", headers={"a": 1}, delivery_mode=2, priority=5,
        correlation_id="c", reply_to="r", expiration="100000", message_id="m", timestamp=1500000000, type="t",
        user_id="guest", app_id="app", cluster_id="cluster"), publish(cluster_id="cluster"), publish(delivery_mode=1),
        publish(priority=0), publish(message_id="", correlation_id=""), publish(timestamp=0), publish(type=""),
    ),
    "headers nested deep in a stream": _read(publish(headers={"a": {"$deep": ["F", 600, 1]}})),
    "a dead letter for a stream": [
        stream(), _letters(), publish("1", Q2, headers={"a": 1}), publish("2", Q2, headers={"a": DECIMAL}),
        declare(Q2, passive=True), wait(0.5), do("basic.qos", prefetch_count=10), _consume(),
    ],
}  # fmt: skip
