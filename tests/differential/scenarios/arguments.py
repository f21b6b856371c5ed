"""Every known argument with values of every type: what is refused, and in which words."""

from __future__ import annotations

from tests.differential.generate.values import ODD
from tests.differential.scenario import Step
from tests.differential.scenarios.say import Q2, X2, Q, X, bind, consume, declare, do, exchange, get, publish

_KEYS = (
    "x-message-ttl", "x-expires", "x-max-length", "x-max-length-bytes", "x-overflow", "x-dead-letter-exchange",
    "x-dead-letter-routing-key", "x-max-priority", "x-single-active-consumer", "x-queue-mode", "x-queue-type",
    "x-queue-master-locator", "x-queue-version", "x-max-in-memory-length", "x-max-in-memory-bytes", "x-delivery-limit",
    "x-quorum-initial-group-size", "x-dead-letter-strategy", "x-max-age", "x-stream-max-segment-size-bytes",
    "x-initial-cluster-size", "x-queue-leader-locator", "x-unknown",
)  # fmt: skip

SCENARIOS: dict[str, list[Step]] = {}

for _key in _KEYS:
    _steps: list[Step] = []
    for _value in ODD:
        _dlx = {"x-dead-letter-exchange": "amq.fanout"} if _key == "x-dead-letter-routing-key" else {}
        _steps += [declare(arguments={**_dlx, _key: _value}, exclusive=True), do("queue.delete", queue=Q)]
    SCENARIOS[f"{_key} of every type"] = _steps

SCENARIOS["x-message-ttl at its limits"] = [
    step for value in (0, 1, 2**31 - 1, {"$l": 2**32 - 1}, {"$l": 2**32}, {"$l": 2**62}, -1, {"$i": 2**32 - 1})
    for step in (declare(arguments={"x-message-ttl": value}), do("queue.delete", queue=Q))
]  # fmt: skip
SCENARIOS["x-expires at its limits"] = [
    step for value in (1_000_000, 0, -1, {"$l": 2**32 - 1}, {"$l": 2**32})
    for step in (declare(arguments={"x-expires": value}), do("queue.delete", queue=Q))
]  # fmt: skip
SCENARIOS["x-max-priority at its limits"] = [
    step for value in (0, 1, 255, 256, -1, {"$b": 10}, {"$l": 255})
    for step in (declare(arguments={"x-max-priority": value}), do("queue.delete", queue=Q))
]  # fmt: skip
SCENARIOS["x-overflow with every word"] = [
    step for value in ("drop-head", "reject-publish", "reject-publish-dlx", "DROP-HEAD", "", "no-such")
    for step in (declare(arguments={"x-overflow": value}), do("queue.delete", queue=Q))
]  # fmt: skip
SCENARIOS["x-queue-mode with every word"] = [
    step for value in ("default", "lazy", "LAZY", "", "no-such")
    for step in (declare(arguments={"x-queue-mode": value}), do("queue.delete", queue=Q))
]  # fmt: skip
SCENARIOS["x-queue-type with other words"] = [
    step for value in ("classic", "", "no-such", "CLASSIC", "rabbit_classic_queue", "Quorum")
    for step in (declare(arguments={"x-queue-type": value}), do("queue.delete", queue=Q))
]  # fmt: skip
SCENARIOS["several wrong arguments: which is named"] = [
    declare(arguments={"x-message-ttl": -1, "x-expires": -1, "x-max-length": -1}),
    declare(arguments={"x-max-length": -1, "x-message-ttl": "no", "x-max-priority": 300}),
    declare(arguments={"x-queue-mode": 1, "x-overflow": 1, "x-dead-letter-exchange": 1}),
    declare(arguments={"x-max-priority": 0, "x-single-active-consumer": 1}),
    declare(arguments={"x-dead-letter-routing-key": 1}),
    declare(arguments={"x-max-length": 1, "x-max-length-bytes": -1, "x-queue-type": "no-such"}),
]
SCENARIOS["a dead-letter key with no exchange"] = [declare(arguments={"x-dead-letter-routing-key": "k"})]
SCENARIOS["a quorum queue that can't be"] = [
    declare(arguments={"x-queue-type": "quorum"}),
    declare(arguments={"x-queue-type": "quorum"}, exclusive=True, durable=True),
    declare(arguments={"x-queue-type": "quorum"}, auto_delete=True, durable=True),
    declare("", arguments={"x-queue-type": "quorum"}, durable=True),
    declare(arguments={"x-queue-type": "quorum", "x-max-priority": 3}, durable=True),
    declare(arguments={"x-queue-type": "quorum", "x-queue-mode": "lazy"}, durable=True),
    declare(arguments={"x-queue-type": "quorum", "x-message-ttl": -1}, durable=True),
    declare(arguments={"x-queue-type": "quorum", "x-overflow": "reject-publish-dlx"}, durable=True),
]
SCENARIOS["a stream that can't be"] = [
    declare(arguments={"x-queue-type": "stream"}),
    declare(arguments={"x-queue-type": "stream"}, exclusive=True, durable=True),
    declare(arguments={"x-queue-type": "stream"}, auto_delete=True, durable=True),
    declare(arguments={"x-queue-type": "stream", "x-message-ttl": 1}, durable=True),
    declare(arguments={"x-queue-type": "stream", "x-dead-letter-exchange": "x"}, durable=True),
    declare(arguments={"x-queue-type": "stream", "x-max-age": "no"}, durable=True),
]
SCENARIOS["alternate-exchange of every type"] = [
    step for value in ODD
    for step in (exchange(arguments={"alternate-exchange": value}), do("exchange.delete", exchange=X))
]  # fmt: skip
SCENARIOS["unknown exchange arguments of every type"] = [
    step for value in ODD for step in (exchange(arguments={"x-unknown": value}), do("exchange.delete", exchange=X))
]
SCENARIOS["x-match of every type"] = [
    declare(),
    *(bind("amq.headers", arguments={"x-match": value, "h": 1})
      for value in (*ODD, "all", "any", "all-with-x", "any-with-x", "ALL")),
]  # fmt: skip
SCENARIOS["header values of every type"] = [
    declare(),
    *(step for value in ODD for step in (
        bind("amq.headers", arguments={"h": value}), publish("x", "", "amq.headers", headers={"h": value}),
        get(no_ack=True),
        publish("x", "", "amq.headers", headers={"h": 5}), get(no_ack=True),
        do("queue.unbind", queue=Q, exchange="amq.headers", arguments={"h": value}))),
]  # fmt: skip
SCENARIOS["consumer arguments of every type"] = [
    declare(),
    *(step for key in ("x-priority", "x-cancel-on-ha-failover", "x-stream-offset", "x-unknown")
      for value in ODD for step in (consume(arguments={key: value}), do("basic.cancel", consumer_tag="c1"))),
]  # fmt: skip
SCENARIOS["headers of every type come back as they were"] = [
    declare(), *(step for value in ODD for step in (publish("x", headers={"h": value, "l": [value]}),
        get(no_ack=True))),
]  # fmt: skip
SCENARIOS["CC and BCC of every type"] = [
    declare(), declare(Q2),
    *(step for name in ("CC", "BCC") for value in (*ODD, [Q2], [Q2, 1], [Q2, Q2], ["df.none"], [Q], [""])
      for step in (publish("x", headers={name: value}), get(no_ack=True), get(Q2, no_ack=True))),
]  # fmt: skip
SCENARIOS["x-death of every type, then a real death"] = [
    declare(arguments={"x-dead-letter-exchange": "", "x-dead-letter-routing-key": Q2}), declare(Q2),
    *(step for value in (*(odd for odd in ODD if odd != [1]), [{"queue": Q, "reason": "rejected"}], [{"queue": Q,
        "reason": "rejected", "count": {"$l": 4}}])
      for step in (publish("x", headers={"x-death": value}), get(), do("basic.reject", delivery_tag={"$tag": 0}),
                   get(Q2, no_ack=True))),
]  # fmt: skip
SCENARIOS["exchanges of every type but a real one"] = [
    step for value in ("", "no-such", "topics", "invalid", "bogus", "foo", "x-delayed-message", "headers ", "topic\n",
        "\udcff", "x-random")
    for step in (exchange(type=value), exchange("amq.direct", type=value), do("exchange.delete", exchange=X2))
]  # fmt: skip
