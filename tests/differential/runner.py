"""Plays a scenario to a peer and writes down, step by step, all that comes back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fakebroker.wire.command import Content
from fakebroker.wire.spec import load
from tests.differential import bookkeeping, frames
from tests.differential.canon import canonical, in_order_of_names
from tests.differential.client import HEADERS, PROPERTIES, Client, Said, body_from_plain
from tests.differential.names import Names
from tests.differential.peers import Peer
from tests.differential.plain import from_plain
from tests.differential.scenario import Scenario, Step, place
from tests.differential.settle import open_probe, settle, wait_for_hang_up

Answers = list[Any]


def play(scenario: Scenario, peer: Peer) -> list[Answers]:
    """The answers to each step, in a form that compares equal where RabbitMQ itself promises no more."""
    return Run(scenario, peer).play()


class Run:
    """One scenario on one peer."""

    def __init__(self, scenario: Scenario, peer: Peer) -> None:
        self.scenario = scenario
        self.peer = peer
        self.spec = load(scenario.version)
        self.names = Names()
        self.clients: dict[str, Client] = {}

    def play(self) -> list[Answers]:
        """All steps; the connections are left as the last one leaves them until :meth:`close`."""
        try:
            return [self._step(step) for step in self.scenario.steps]
        finally:
            self.close()

    def close(self) -> None:
        """Leave as a client would, so that nothing of the connections stays behind."""
        for client in self.clients.values():
            if client.running:
                client.send(0, "connection.close", {"reply_code": 200})
        settle(self.peer, list(self.clients.values()))
        for client in self.clients.values():
            client.leave()

    # -- one step -------------------------------------------------------------------------------------------------

    def _step(self, step: Step) -> Answers:
        where, verb, given = step[0], step[1], step[2] if len(step) > 2 else {}
        if verb == "wait":
            settle(self.peer, self._all(), float(given["seconds"]))
        elif verb in _VERBS:
            _VERBS[verb](self, *place(where), given)
        else:
            self._method(where, verb, given, step[3] if len(step) > 3 else None)
        settle(self.peer, self._all())
        return self._collect(burst=verb == "burst")

    def _all(self) -> list[Client]:
        return list(self.clients.values())

    def _collect(self, burst: bool) -> Answers:
        answers: Answers = []
        for letter in sorted(self.clients):
            answers += canonical(self.clients[letter], burst)
        return in_order_of_names(self.names.hide(answers))

    def _method(self, where: str, verb: str, given: dict[str, Any], content: Any) -> None:
        letter, number = place(where)
        name = verb.lstrip("!")
        if verb == name:
            self._ready(letter, number, opening=name == "channel.open")
        elif letter not in self.clients or self.clients[letter].hung_up:
            self._ready(letter, 0)
        self._send(self.clients[letter], number, name, given, content)

    def _send(self, client: Client, number: int, name: str, given: dict[str, Any], content: Any) -> None:
        book = client.channel(number)
        book.partial = int(self.spec.methods[name].content and content is None)
        book.held = book.held or bool(given.get("$hold"))
        args = {key: value for key, value in self.names.show(given).items() if key != "$hold"}
        client.send(number, name, self._arguments(book, name, args), self._content(number, content))

    def _arguments(self, book: bookkeeping.Channel, name: str, given: dict[str, Any]) -> dict[str, Any]:
        """What a scenario gives for a method, as the specification of its version can take it."""
        fields = {field.name: field for field in self.spec.methods[name].fields}
        args: dict[str, Any] = {}
        for key, value in given.items():
            if key not in fields:
                continue  # another version's: 0-8 has no channel_id, for one
            if isinstance(value, dict) and "$tag" in value:
                args[key] = pick(book, int(value["$tag"]), bool(given.get("multiple")))
            else:
                args[key] = from_plain(value)
        return args

    def _content(self, number: int, content: Any) -> bytes | None:
        if content is None:
            return None
        if "frames" in content:
            return _frames(number, content["frames"])
        body = body_from_plain(content.get("body", ""))
        if "header" in content:
            return frames.content(number, int(content.get("class", 60)), bytes.fromhex(content["header"]), body)
        properties = {key: from_plain(item) for key, item in self.names.show(content.get("properties", {})).items()}
        assert set(properties) <= set(PROPERTIES), properties
        return frames.content(number, int(content.get("class", 60)), Content.make(properties, body).header, body)

    # -- verbs ----------------------------------------------------------------------------------------------------

    def _dial(self, letter: str, number: int, given: dict[str, Any]) -> None:
        client = self._open(letter)
        client.credit_flow = True
        client.raw(bytes.fromhex(given["header"]) if "header" in given else HEADERS[self.scenario.version])

    def _open(self, letter: str) -> Client:
        client = self.clients[letter] = Client(letter, self.spec, self.peer.open())
        return client

    def _connect(self, letter: str, number: int, given: dict[str, Any]) -> None:
        """The whole handshake, as far as it gets."""
        client = self._open(letter)
        client.raw(HEADERS[self.scenario.version])
        settle(self.peer, [client])
        properties = from_plain(given.get("properties", {}))
        if "capabilities" in given:
            properties["capabilities"] = dict(given["capabilities"])
        response = given.get("response", "\0guest\0guest")
        start_ok = {"client_properties": properties, "mechanism": given.get("mechanism", "PLAIN"),
                    "response": body_from_plain(response), "locale": "en_US"}  # fmt: skip
        client.send(0, "connection.start-ok", start_ok)
        settle(self.peer, [client])
        if any(said.name == "connection.tune" for said in client.said):
            tune = {"channel_max": 2047, "frame_max": 131072, "heartbeat": 0, **given.get("tune", {})}
            client.send(0, "connection.tune-ok", tune)
            client.send(0, "connection.open", {"virtual_host": given.get("vhost", "/")})
            settle(self.peer, [client])
        if client.running and not self.peer.live:
            open_probe(client)  # a live one has it by now
            settle(self.peer, [client])

    def _ready(self, letter: str, number: int, opening: bool = False) -> None:
        """See that connection and channel are open, as every client would."""
        client = self.clients.get(letter)
        if client is None or client.hung_up or not client.running:
            if client is not None:
                client.leave()
            self._connect(letter, 0, {"capabilities": {"consumer_cancel_notify": True}})
            client = self.clients[letter]
        book = client.channel(number)
        if number and not opening and book.state == bookkeeping.CLOSED:
            client.send(number, "channel.open", {})
            settle(self.peer, [client])

    def _burst(self, letter: str, number: int, given: list[Any]) -> None:
        self._ready(letter, number)
        client = self.clients[letter]
        client.cork()
        for item in given:
            self._send(client, number, item[0], item[1], item[2] if len(item) > 2 else None)
        client.uncork()

    def _by_hand(self, letter: str, number: int, given: dict[str, Any]) -> None:
        self._ready(letter, number)
        client = self.clients[letter]
        book = client.channel(number)
        book.partial = unfinished(book.partial, given["frames"])
        if book.state == bookkeeping.OPEN and any(item[2].startswith(_CLOSE) for item in given["frames"]):
            book.state = bookkeeping.CLOSING  # whatever comes of it: a probe would find the channel gone
        client.raw(_frames(number, given["frames"]))

    def _bytes(self, letter: str, number: int, given: dict[str, Any]) -> None:
        self.clients[letter].raw(bytes.fromhex(given["hex"]))

    def _drop(self, letter: str, number: int, given: dict[str, Any]) -> None:
        if letter in self.clients:
            self.clients[letter].leave()
            settle(self.peer, self._all(), 0.2 if self.peer.live else 0.0)  # there is nobody left to ask

    def _hang_up(self, letter: str, number: int, given: dict[str, Any]) -> None:
        client = self.clients[letter]
        wait_for_hang_up(self.peer, client)
        if client.credit_flow:
            client.said.append(Said(-1, "hung up" if client.hung_up else "still there"))


_VERBS: dict[str, Callable[[Run, str, int, Any], None]] = {
    "dial": Run._dial, "connect": Run._connect, "burst": Run._burst, "frames": Run._by_hand, "bytes": Run._bytes,
    "drop": Run._drop, "hang up": Run._hang_up,
}  # fmt: skip


def _frames(number: int, given: list[Any]) -> bytes:
    """Frames by hand; a channel of -1 is the step's own."""
    return b"".join(
        frames.frame(kind, number if channel < 0 else channel, bytes.fromhex(payload))
        for kind, channel, payload in given
    )


def unfinished(due: int, given: list[Any]) -> int:
    """What frames by hand leave due on their channel: octets of a body, or one for a header; it began with ``due``."""
    for kind, channel, payload in given:
        if channel < 0 and kind == frames.METHOD:
            due = 1 if payload.startswith(_PUBLISH) else 0
        elif channel < 0 and kind == frames.HEADER:
            due = int(payload[8:24] or "0", 16)
        elif channel < 0 and kind == frames.BODY:
            due -= len(payload) // 2
    return due


_PUBLISH = "003c0028"
_CLOSE = "00140028"


def pick(book: bookkeeping.Channel, position: int, multiple: bool) -> int:
    """The delivery tag that ``{"$tag": position}`` stands for; 1 when nothing is outstanding."""
    if not book.outstanding:
        return 1
    if multiple and book.raced:
        return max(book.outstanding)  # anything less would settle what luck put before it
    return book.outstanding[position % len(book.outstanding)]
