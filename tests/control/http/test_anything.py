"""Whatever is asked, the answer is one: nothing that a client sends is an error of the broker's."""

from __future__ import annotations

import copy
import re
from typing import Any
from urllib.parse import quote

from hypothesis import strategies as st
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from fakebroker import FakeBroker
from fakebroker.control.http.endpoint import Endpoint
from fakebroker.control.http.site import MANAGEMENT, OWN
from tests.control.http.conversation import conversations, steps
from tests.control.http.memory import Client
from tests.properties import given
from tests.rawclient import RawClient

NAMES = [
    "/",
    "q",
    "x",
    "ex",
    "guest",
    "ann",
    "v",
    "amq.topic",
    "amq.default",
    "~",
    "1",
    "0",
    "nope",
    "memory",
    "e",
    "é/%",
]
KEYS = """ackmode action apply-to arguments auto_delete configure count definition description durable encoding exchange
    label limits name password password_hash pattern payload payload_encoding permissions policies priority properties
    queues read reason routing_key seconds tags text then tracing truncate type users value vhosts when write""".split()
WORDS = ["", "x", "q", "topic", "auto", "ack_requeue_true", "base64", "string", "[", "é", "\ud800", "administrator"]

scalars = st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats() | st.sampled_from(WORDS) | st.text()
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*KEYS, *WORDS]), inner, max_size=4),
    max_leaves=8,
)
bodies = st.dictionaries(st.sampled_from(KEYS), values, max_size=6) | values

# Requests that make sense, but for one place in the body.
SENSIBLE = [step for name in conversations() for step in steps(name) if step.get("json")]


@st.composite
def nearly_sensible(draw: st.DrawFn) -> tuple[str, Any]:
    """A recorded request with one value replaced by any other."""
    step = draw(st.sampled_from(SENSIBLE))
    body = copy.deepcopy(step["json"])
    at = body
    while True:
        key = draw(st.sampled_from(sorted(at) if isinstance(at, dict) else range(len(at))))
        inner = at[key]
        if not isinstance(inner, (dict, list)) or not inner or draw(st.booleans()):
            at[key] = draw(values)
            return step["http"], body
        at = inner


queries = st.dictionaries(
    st.sampled_from(
        ["page", "page_size", "name", "use_regex", "columns", "sort", "sort_reverse", "direction", "channel"]
    ),
    st.sampled_from(["1", "-1", "x", "[", "true", "name", "a.b", ""]),
    max_size=3,
)
endpoints = st.sampled_from([(each, method) for each in (*MANAGEMENT, *OWN) for method in each.methods])


class Anything(SynchronousTestCase):
    @given(endpoints, st.lists(st.sampled_from(NAMES), min_size=5, max_size=5), bodies, queries, examples=150)
    def test_any_request_is_answered(
        self, chosen: tuple[Endpoint, str], names: list[str], body: Any, query: dict[str, str]
    ) -> None:
        endpoint, method = chosen
        parts = iter(names)
        path = re.sub(r"\{\w+\}", lambda _: quote(next(parts), safe=""), endpoint.path)
        asked = "&".join(f"{name}={quote(value)}" for name, value in query.items())
        self.ask(method, f"{path}?{asked}", body)

    @given(nearly_sensible(), examples=150)
    def test_any_value_in_the_body_is_answered(self, request: tuple[str, Any]) -> None:
        method, _, path = request[0].partition(" ")
        self.ask(method, path, request[1])

    def ask(self, method: str, path: str, body: Any) -> None:
        clock = Clock()
        broker = FakeBroker(clock=clock)
        client = RawClient.connect(broker, clock).open()
        client.open_channel()
        client.send("queue.declare", 1, queue="q")
        client.send("exchange.declare", 1, exchange="x", type="headers")
        client.send("queue.bind", 1, queue="q", exchange="x", arguments={"a": [1, {"b": None}]})
        http = Client(broker, clock)
        http.put("/api/users/ann", {"password": "x", "tags": ""})
        http.put("/api/queues/%2F/xq", {"durable": True})
        answer = http.request(method, path, body)
        self.assertEqual(self.flushLoggedErrors(), [], f"{method} {path} {body!r}")
        self.assertIn(answer.status, (200, 201, 204, 301, 400, 401, 404, 409, 415, 500, 503))
        if answer.status == 500:  # where RabbitMQ's own handler crashes
            self.assertEqual(answer.body, b"")
