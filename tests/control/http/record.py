"""Records what a real RabbitMQ answers.

``python -m tests.control.http.record HOST AMQP_PORT HTTP_PORT NODE [NAME...]``, with the names of conversations.
``--check`` before the host compares, and changes nothing.

It must be a broker of its own for this: what is in it is deleted between the conversations. Steps stand in the files
already, with or without an answer.
"""

from __future__ import annotations

import base64
import http.client
import json
import socket
import sys
import time
from typing import Any
from urllib.parse import quote

from fakebroker.wire.command import Command, Content
from fakebroker.wire.reader import Reader
from fakebroker.wire.spec import load
from fakebroker.wire.writer import encode
from tests.control.http.conversation import FOLDER, answered, conversations, difference, steps, unordered

STATISTICS = 11.0
"""Seconds until RabbitMQ's statistics tell what has happened."""


class Peer:
    """A client of the real one: HTTP as the steps say, and one AMQP connection, made when it is first needed."""

    def __init__(self, host: str, amqp_port: int, http_port: int, node: str) -> None:
        self._host, self._amqp_port, self._http_port, self._node = host, amqp_port, http_port, node
        self._socket: socket.socket | None = None
        self._spec = load("0-9-1")

    def http(self, step: dict[str, Any]) -> dict[str, Any]:
        """One request; what came back, with this node's names and ports replaced."""
        method, _, path = step["http"].partition(" ")
        headers = {}
        body = step.get("raw")
        if "json" in step:
            body, headers["content-type"] = json.dumps(step["json"]), "application/json"
        user = step.get("as", "guest:guest")
        if user is not None:
            headers["authorization"] = "Basic " + base64.b64encode(user.encode()).decode()
        connection = http.client.HTTPConnection(self._host, self._http_port, timeout=20)
        connection.request(method, path.replace("rabbit@localhost", self._node), body, headers)
        response = connection.getresponse()
        given = {name: value for name, value in response.getheaders() if name.lower() != "content-encoding"}
        return answered(response.status, given, self._renamed(response.read()))

    def _renamed(self, body: bytes) -> bytes:
        text = body.decode("utf-8", "replace")
        for mine, shown in (
            (self._node, "rabbit@localhost"),
            (str(self._http_port), "15672"),
            (str(self._amqp_port), "5672"),
        ):
            text = text.replace(mine, shown)
        if self._socket is not None:
            text = text.replace(str(self._socket.getsockname()[1]), "50000")
        return text.encode()

    def amqp(self, step: dict[str, Any]) -> None:
        """One command; then whatever comes for a moment is read, and passed over."""
        fields = {key: value for key, value in step.items() if key not in ("amqp", "channel", "body", "properties")}
        if self._socket is None:
            self._open()
        assert self._socket is not None, "it is open"
        content = None
        if "body" in step:
            content = Content.make(step.get("properties", {}), step["body"].encode())
        self._send(step["amqp"], step.get("channel", 1), content, **fields)
        self._read(0.2)

    def _open(self) -> None:
        self._socket = socket.create_connection((self._host, self._amqp_port))
        self._socket.sendall(b"AMQP\0\0\x09\x01")
        self._read(0.3)
        properties = {"connection_name": "recorded"}
        self._send(
            "connection.start-ok",
            client_properties=properties,
            mechanism="PLAIN",
            response=b"\0guest\0guest",
            locale="en_US",
        )
        self._read(0.3)
        self._send("connection.tune-ok", channel_max=2047, frame_max=131072, heartbeat=0)
        self._send("connection.open", virtual_host="/")
        self._read(0.3)

    def _send(self, name: str, channel: int = 0, content: Content | None = None, **fields: Any) -> None:
        assert self._socket is not None, "it is open"
        self._socket.sendall(encode(self._spec.command(channel, name, content, **fields), 0))

    def _read(self, seconds: float) -> list[Command]:
        assert self._socket is not None, "it is open"
        self._socket.settimeout(seconds)
        reader, seen = Reader(self._spec, lambda channel: True), []
        try:
            while octets := self._socket.recv(65536):
                seen += [event for event in reader.feed(octets) if isinstance(event, Command)]
        except TimeoutError:
            pass
        return seen

    def clean(self) -> None:
        """Hang up, and delete what was made."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None
        for kind, kept in (("vhosts", ["/"]), ("users", ["guest"])):
            for row in self._get(kind):
                if row["name"] not in kept:
                    if kind == "vhosts":  # it would be there again with the next one of that name
                        self.http(
                            {"http": f"PUT /api/vhosts/{quote(row['name'], safe='')}", "json": {"tracing": False}}
                        )
                    self._delete(f"{kind}/{quote(row['name'], safe='')}")
        for kind in ("queues", "exchanges", "policies", "operator-policies"):
            for row in self._get(f"{kind}/%2F"):
                if row["name"] and not row["name"].startswith("amq."):
                    self._delete(f"{kind}/%2F/{quote(row['name'], safe='')}")
        self._delete("parameters/vhost-limits/%2F/limits")
        self.http({"http": "PUT /api/cluster-name", "json": {"name": "rabbit@localhost"}})

    def _get(self, path: str) -> Any:
        connection = http.client.HTTPConnection(self._host, self._http_port, timeout=20)
        connection.request("GET", f"/api/{path}", headers={"authorization": "Basic Z3Vlc3Q6Z3Vlc3Q="})
        return json.loads(connection.getresponse().read())

    def _delete(self, path: str) -> None:
        self.http({"http": f"DELETE /api/{path}"})


def play(peer: Peer, name: str) -> list[dict[str, Any]]:
    """Play one conversation; its steps, with what is answered now."""
    played = []
    for step in steps(name):
        asked = {key: value for key, value in step.items() if key not in ("status", "headers", "answer")}
        if "http" not in step:
            peer.amqp(step)
        else:
            if step.get("wait"):
                time.sleep(STATISTICS)
            asked.update(peer.http(asked))
        played.append(asked)
    peer.clean()
    return played


def record(peer: Peer, name: str) -> None:
    """Write down what is answered now."""
    lines = [json.dumps(step, ensure_ascii=False) for step in play(peer, name)]
    (FOLDER / f"{name}.jsonl").write_text("\n".join(lines) + "\n", "utf-8")


def check(peer: Peer, name: str) -> int:
    """Tell where the answers differ from those that are recorded; returns how many do."""
    wrong = 0
    for number, (recorded, played) in enumerate(zip(steps(name), play(peer, name), strict=True), 1):
        before, now = (unordered(step) if step.get("unordered") else step for step in (recorded, played))
        if before != now:
            wrong += 1
            sys.stdout.write(f"{name}.jsonl, line {number}: {played['http']}\n{difference(before, now, 'answered')}\n")
    return wrong


def main() -> int:
    """Record the conversations that are named, or all; with ``--check`` first, only compare."""
    arguments = sys.argv[1:]
    checks = arguments[0] == "--check"
    host, amqp_port, http_port, node, *names = arguments[checks:]
    peer = Peer(host, int(amqp_port), int(http_port), node)
    peer.clean()
    # What counts everything that ever was comes first, while there is nothing.
    wanted = names or sorted(conversations(), key=lambda name: (name != "live", name))
    if not checks:
        for name in wanted:
            record(peer, name)
        return 0
    wrong = sum(check(peer, name) for name in wanted)
    sys.stdout.write(f"{wrong} answers over HTTP differ from those recorded\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
