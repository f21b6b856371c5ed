"""Leaving a real broker as it was: what a scenario may have made is deleted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tests.differential import bookkeeping
from tests.differential.client import Client, Said
from tests.differential.generate.values import EXCHANGES, QUEUES
from tests.differential.peers import Peer
from tests.differential.runner import Run
from tests.differential.scenario import PREFIX, Scenario, Step
from tests.differential.settle import settle


class Cleaner:
    """A connection of its own that deletes by name. In 0-9-1, deleting what isn't there is no error."""

    def __init__(self, peer: Peer) -> None:
        self._peer = peer
        self._run = Run(Scenario("cleaning", "0-9-1", []), peer)

    def clean(self, run: Run) -> None:
        """Delete every queue and exchange that the scenario names, and the queues the server named."""
        queues, exchanges, bindings = _mentioned(run.scenario.steps)
        self._delete([*sorted(queues), *run.names.queues], sorted(exchanges), bindings)

    def clean_usual(self) -> None:
        """Delete what scenarios usually make: a run that was killed may have left it."""
        self._delete([*QUEUES, "df.none"], [*EXCHANGES, "df.none"], [])

    def _delete(self, queues: Sequence[str], exchanges: Sequence[str], bindings: Sequence[dict[str, Any]]) -> None:
        refused: list[Said] = []
        for _ in range(10):
            refused = self._try(queues, exchanges, bindings)
            if not refused:
                return
            settle(self._peer, [], 0.3)  # an exclusive queue whose connection the broker has not given up yet
        raise AssertionError(refused)

    def _try(
        self, queues: Sequence[str], exchanges: Sequence[str], bindings: Sequence[dict[str, Any]]
    ) -> list[Said]:
        client = self._client()
        for binding in bindings:
            self._run._send(client, 1, "exchange.unbind", binding, None)
        for name in queues:
            client.send(1, "queue.delete", {"queue": name})
        for name in exchanges:
            client.send(1, "exchange.delete", {"exchange": name})
        settle(self._peer, [client])
        refused = [said for said in client.said if said.name.endswith("close")]
        client.said = []
        return refused

    def close(self) -> None:
        self._run.close()

    def _client(self) -> Client:
        client = self._run.clients.get("z")
        if client is None or not client.running or client.channel(1).state != bookkeeping.OPEN:
            self._run._ready("z", 1)
            client = self._run.clients["z"]
        return client


def _mentioned(steps: list[Step]) -> tuple[set[str], set[str], list[dict[str, Any]]]:
    queues: set[str] = set()
    exchanges: set[str] = set()
    bindings: list[dict[str, Any]] = []
    for name, args in _methods(steps):
        if name == "queue.declare":
            queues.add(_stripped(args.get("queue", "")))
        elif name == "exchange.declare":
            exchanges.add(_stripped(args.get("exchange", "")))
        elif name == "exchange.bind" and str(args.get("destination", "")).startswith("amq.") and args.get("source"):
            bindings.append({key: value for key, value in args.items() if key != "no_wait"})
    return {q for q in queues if q.startswith(PREFIX)}, {x for x in exchanges if x.startswith(PREFIX)}, bindings


def _methods(steps: list[Step]) -> list[tuple[str, dict[str, Any]]]:
    found = []
    for step in steps:
        if step[1] == "burst":
            found += [(item[0], item[1]) for item in step[2]]
        elif len(step) > 2 and isinstance(step[2], dict):
            found.append((step[1].lstrip("!"), step[2]))
    return found


def _stripped(name: Any) -> str:
    """A name as the broker keeps it; nothing for one it can't have taken."""
    text = str(name).replace("\r", "").replace("\n", "")
    return text if text.encode("utf-8", "ignore").decode() == text else ""
