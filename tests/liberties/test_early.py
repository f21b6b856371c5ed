"""The liberty ``early``: commands that were sent in one piece are answered as if they had come in several."""

from __future__ import annotations

from itertools import pairwise
from typing import Any
from unittest import TestCase

from hypothesis import strategies as st

from fakebroker.wire.writer import encode
from tests.liberties.conversation import Patient, connected, consume, told
from tests.properties import given

COMMANDS = ("publish", "declare", "ack", "get", "recover", "qos")


def octets(client: Patient, command: str) -> bytes:
    """One command."""
    if command == "publish":
        return client.octets_of("basic.publish", 1, b"0", routing_key="a")
    fields: dict[str, tuple[str, dict[str, Any]]] = {
        "declare": ("queue.declare", {"queue": "a"}),
        "ack": ("basic.ack", {"delivery_tag": 0, "multiple": True}),
        "get": ("basic.get", {"queue": "b", "no_ack": True}),
        "recover": ("basic.recover", {"requeue": True}),
        "qos": ("basic.qos", {"prefetch_count": 3}),
    }
    name, values = fields[command]
    return encode(client.spec.command(1, name, **values), 0)


def answers(liberties: str | None, pieces: list[list[str]]) -> list[str]:
    """What comes back when the commands are sent in these pieces, each in a turn of its own."""
    _, client = connected(liberties, 1)
    consume(client, 1, "a")
    for piece in pieces:
        assert client.transport is not None
        client.transport.write(b"".join(octets(client, command) for command in piece))
    client.clock.advance(0.5)
    return told(client)


class AsIfInPieces(TestCase):
    @given(st.lists(st.sampled_from(COMMANDS), min_size=2, max_size=8), st.integers(1, 200))
    def test_the_answers_are_those_to_some_pieces(self, commands: list[str], seed: int) -> None:
        found = answers(f"{seed}:early", [commands])
        possible = []
        for bits in range(2 ** (len(commands) - 1)):
            ends = [at for at in range(1, len(commands)) if bits >> (at - 1) & 1]
            cuts = [0, *ends, len(commands)]
            possible.append(answers(None, [commands[begin:end] for begin, end in pairwise(cuts)]))
            if found == possible[-1]:
                return
        self.fail(f"{found} is no answer to {commands}, however they are cut: {possible}")

    def test_a_delivery_comes_between_two_answers(self) -> None:
        commands = ["publish", "declare", "qos"]
        found = {tuple(answers(f"{seed}:early", [commands])) for seed in range(100)}
        together = ("1:queue.declare-ok", "1:basic.qos-ok", "1:a0")
        self.assertLessEqual({together, ("1:a0", *together[:2]), (together[0], "1:a0", together[1])}, found)
