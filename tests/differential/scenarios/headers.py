"""The headers exchange."""

from __future__ import annotations

from typing import Any

from tests.differential.scenario import Step
from tests.differential.scenarios.say import Q, X, bind, declare, do, exchange, get, publish

_MESSAGES: tuple[dict[str, Any], ...] = (
    {}, {"a": 1}, {"a": 2}, {"b": 1}, {"a": 1, "b": 2}, {"a": {"$l": 1}}, {"a": "1"}, {"a": None}, {"a": True},
        {"a": 1.0},
    {"x-a": 1}, {"a": 1, "x-a": 1}, {"x-match": "all"}, {"a": [1]}, {"a": {"c": 1}}, {"a": {"$x": "31"}},
        {"a": {"$T": 1}},
)  # fmt: skip
_BINDINGS: tuple[dict[str, Any], ...] = (
    {}, {"a": 1}, {"a": 1, "b": 2}, {"a": None}, {"a": "1"}, {"a": {"$b": 1}}, {"a": True}, {"a": 1.0}, {"x-a": 1},
        {"a": 1, "x-a": 1},
    {"a": [1]}, {"a": {"c": 1}}, {"a": {"$x": "31"}}, {"a": {"$T": 1}}, {"a": {"$D": "1"}},
)  # fmt: skip


def _sent() -> list[Step]:
    steps = [publish(f"m{index}", "k", X, headers=headers) for index, headers in enumerate(_MESSAGES)]
    steps.append(publish("none", "k", X))
    return [*steps, *[get(no_ack=True) for _ in range(len(_MESSAGES) + 2)]]


SCENARIOS: dict[str, list[Step]] = {}
for _match in (None, "all", "any", "all-with-x", "any-with-x"):
    for _arguments in _BINDINGS:
        _given = {**({"x-match": _match} if _match else {}), **_arguments}
        SCENARIOS[f"headers {_given}"] = [declare(), exchange(type="headers"), bind(X, "k", arguments=_given), *_sent()]

SCENARIOS["x-match in a header counts for nothing"] = [
    declare(), bind("amq.headers", arguments={"x-match": "any", "a": 1}), publish("x", "", "amq.headers",
        headers={"x-match": "all", "a": 1}),
    get(), do("queue.unbind", queue=Q, exchange="amq.headers", arguments={"a": 1}), publish("x", "", "amq.headers",
        headers={"a": 1}), get(),
]  # fmt: skip
SCENARIOS["a message twice with the same header"] = [
    declare(), bind("amq.match", arguments={"a": 1}), bind("amq.match", arguments={"a": 1, "x-match": "any"}),
    publish("x", "", "amq.match", headers={"a": 1}), get(), get(),
]  # fmt: skip
