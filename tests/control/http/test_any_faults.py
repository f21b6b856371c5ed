"""Whatever is sent as a rule is a rule, or refused with a reason; what is refused has changed nothing."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from fakebroker import FakeBroker
from fakebroker.testing import VirtualClock
from tests.control.http.memory import Client
from tests.faults.test_any_rules import actions

PLAIN = {"when": {"what": "queue.declare"}, "then": {"action": "drop"}}
WHEN = {
    "what": "basic.publish",
    "direction": "in",
    "nth": 2,
    "routing_key": {"like": "a*"},
    "channel": {"between": [1, 5]},
    "exchange": {"one_of": ["", "x"]},
    "headers": {"a": 1},
}
FORMS: list[Any] = [
    PLAIN,
    {"when": WHEN, "then": {"action": "delay", "seconds": 1}, "times": 2, "probability": 0.5},
    {"when": {"what": "basic.publish", "every": 2, "per": "connection"}, "then": [{"action": "drop"}]},
    *({"then": action.to_json()} for action in actions()),
    *({"when": {"what": "basic.deliver"}, "then": action.to_json(), "times": None} for action in actions()),
]
OTHERS: tuple[Any, ...] = (None, True, -1, 5, 10**400, 1.5, 1e308, "", "x", [], ["x"], {}, {"a": 1}, {"hex": "zz"})


def _places(value: Any) -> Iterator[tuple[Any, ...]]:
    yield ()
    for key in value if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ():
        yield from ((key, *rest) for rest in _places(value[key]))


def _replaced(form: Any, at: tuple[Any, ...], value: Any) -> Any:
    if not at:
        return value
    form = copy.copy(form)
    form[at[0]] = _replaced(form[at[0]], at[1:], value)
    return form


class AnyFaults(SynchronousTestCase):
    def test_any_value_in_any_place_of_any_rule(self) -> None:
        clock = VirtualClock()
        broker = FakeBroker(clock=clock)
        http = Client(broker, clock)
        for form in FORMS:
            for at in _places(form):
                for other in OTHERS:
                    self.load(broker, http, _replaced(form, at, other))

    def load(self, broker: FakeBroker, http: Client, form: Any) -> None:
        """Load a rule behind one that makes sense: both, or none."""
        shown = json.dumps(form)[:300]
        answer = http.post("/fakebroker/faults", [PLAIN, form])
        self.assertIn(answer.status, (201, 400), shown)
        if answer.status == 400:
            self.assertTrue(answer.json["reason"], shown)
        self.assertEqual(len(broker.faults.rules), 2 if answer.status == 201 else 0, shown)
        broker.faults.clear()
        self.assertEqual(self.flushLoggedErrors(), [], shown)
