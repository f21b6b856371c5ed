"""Whatever is asked, the answer is one: nothing that a client sends is an error of the broker's."""

from __future__ import annotations

import copy
import os
import re
from collections.abc import Iterator
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


def nested(depth: int, kind: str) -> Any:
    """A value in so many others."""
    value: Any = "x"
    for _ in range(depth):
        value = {"a": value} if kind == "object" else [value]
    return value


numbers = st.integers(-(2**70), 2**70) | st.floats() | st.sampled_from([10**3999, -(2**63) - 1, 1.7e308])
scalars = st.none() | st.booleans() | numbers | st.sampled_from(WORDS) | st.text()
deep = st.builds(nested, st.sampled_from([100, 400, 505]), st.sampled_from(["object", "array"]))
values = deep | st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*KEYS, *WORDS]), inner, max_size=4),
    max_leaves=8,
)
bodies = st.dictionaries(st.sampled_from(KEYS), values, max_size=6) | values
# What is no JSON, or too much of it.
octets = st.binary(max_size=20) | st.sampled_from(
    [
        b"{" * 100_000,
        b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
        b'{"value":' + b"9" * 5000 + b"}",
        b'{"arguments":{"x-max-length":1e999999}}',
        b'{"count":NaN}',
        b'{"tags":"\xff\xfe"}',
        b'{"durable":true,"durable":5}',
        '{"description":"é"}'.encode("utf-16"),
    ]
)
segments = st.sampled_from(NAMES) | st.text(max_size=5) | st.sampled_from(["1" * 5000, "\0", "..", "x" * 256, "²"])

# Requests that make sense, but for one place in the body.
SENSIBLE = [step for name in conversations() for step in steps(name) if step.get("json")]
SHAPES = {(*step["http"].split(" "), tuple(step["json"])): step["json"] for step in SENSIBLE}


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
    st.sampled_from(["1", "-1", "x", "[", "true", "name", "a.b", "", "9" * 5000, "(a+)+$", "(" * 500, "²", "\0", "é"])
    | st.text(max_size=4),
    max_size=3,
)


def _quoted(text: str) -> str:
    return quote(os.fsencode(text) if "\udcff" in text else text.encode("utf-8", "surrogatepass"), safe="")


def _places(value: Any) -> Iterator[tuple[Any, ...]]:
    """The way to each value in a body, to the body itself too."""
    yield ()
    for key in value if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ():
        yield from ((key, *rest) for rest in _places(value[key]))


def _replaced(body: Any, at: tuple[Any, ...], value: Any) -> Any:
    if not at:
        return value
    body = copy.copy(body)
    body[at[0]] = _replaced(body[at[0]], at[1:], value)
    return body


endpoints = st.sampled_from([(each, method) for each in (*MANAGEMENT, *OWN) for method in each.methods])


class Anything(SynchronousTestCase):
    @given(endpoints, st.lists(segments, min_size=5, max_size=5), bodies | octets, queries, examples=300)
    def test_any_request_is_answered(
        self, chosen: tuple[Endpoint, str], names: list[str], body: Any, query: dict[str, str]
    ) -> None:
        endpoint, method = chosen
        parts = iter(names)
        path = re.sub(r"\{\w+\}", lambda _: _quoted(next(parts)), endpoint.path)
        asked = "&".join(f"{name}={_quoted(value)}" for name, value in query.items())
        self.ask(method, f"{path}?{asked}", body)

    def test_any_name_in_any_path_is_answered(self) -> None:
        http = self.scene()
        for endpoint in (*MANAGEMENT, *OWN):
            if endpoint.path.endswith("/stream"):
                continue
            for name in ("1" * 5000, "\0", "²", "-1", "\udcff", "x" * 300, "..", "(a+)+$"):
                path = re.sub(r"\{\w+\}", _quoted(name), endpoint.path)
                for method in endpoint.methods:
                    body = {"value": 1, "type": "fanout", "password": "x", "tags": ""}
                    self.answered(http, method, f"{path}?page={_quoted(name)}", body)

    @given(nearly_sensible(), examples=300)
    def test_any_value_in_the_body_is_answered(self, request: tuple[str, Any]) -> None:
        method, _, path = request[0].partition(" ")
        self.ask(method, path, request[1])

    def test_every_value_of_every_request_that_makes_sense_may_be_of_another_type(self) -> None:
        for (method, path, _), body in SHAPES.items():
            http = self.scene()
            for at in _places(body):
                for other in (None, True, 5, 1.5, "x", [], ["x"], {}, {"a": 1}, nested(505, "array")):
                    self.answered(http, method, path, _replaced(body, at, other))
            self.lists(http)

    def ask(self, method: str, path: str, body: Any) -> None:
        http = self.scene()
        self.answered(http, method, path, body)
        if method not in ("GET", "HEAD"):
            self.lists(http)

    def scene(self) -> Client:
        """A broker with something of everything, and a client of its HTTP port."""
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
        return http

    def answered(self, http: Client, method: str, path: str, body: Any) -> None:
        """The answer is one of those that there may be, and nothing is logged."""
        raw = body if isinstance(body, bytes) else None
        answer = http.request(method, path, None if raw is not None else body, raw=raw)
        asked = f"{method} {path} {str(body)[:300]}"
        self.assertEqual(self.flushLoggedErrors(), [], asked)
        self.assertIn(answer.status, (200, 201, 204, 301, 400, 401, 404, 405, 409, 414, 415, 503), asked)
        if answer.status in (400, 404, 409) and method != "HEAD":
            self.assertTrue(answer.json["reason"], asked)

    def lists(self, http: Client) -> None:
        """What has been made can be looked at."""
        for kind in ("definitions", "queues", "exchanges", "bindings", "vhosts", "users", "policies"):
            answer = http.request("GET", f"/api/{kind}")
            self.assertIn(answer.status, (200, 401))
