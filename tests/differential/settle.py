"""Knowing that the server has nothing more to say, without sleeping.

A live broker is asked: a ``channel.flow`` on every open channel, which changes nothing, is answered after all that the
channel had to do before; a second and a third round give what other processes of the broker still had to pass on the
time to arrive. Before that, answers that are due (a reply, confirms of what was published) are waited for.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from tests.differential import bookkeeping
from tests.differential.client import PROBE, Client
from tests.differential.peers import Peer

PATIENCE = 5.0  # seconds for an answer that is due; one that never comes costs as much
CONFIRMS = 1.0
GREETING = 0.25  # seconds for an answer of a connection that is not open yet and can't be probed
ROUNDS = 3


def settle(peer: Peer, clients: Sequence[Client], seconds: float = 0.0) -> None:
    """Let ``seconds`` pass and then everything that has been set going come to its end."""
    if not peer.live:
        _settle_in_memory(peer, clients, seconds)
        return
    _pass(peer, clients, seconds)
    _until(peer, clients, lambda: not any(_due(client) for client in clients), PATIENCE)
    _until(peer, clients, lambda: not any(_unconfirmed(client) for client in clients), CONFIRMS)
    greeting = [client for client in clients if not client.running and not client.hung_up]
    patience = GREETING if any(client.credit_flow for client in greeting) else PATIENCE
    _until(peer, greeting, lambda: not any(client.unanswered and not client.hung_up for client in greeting), patience)
    _leaving(peer, clients)
    _rounds(peer, clients)


def wait_for_hang_up(peer: Peer, client: Client) -> None:
    """Until the server closes the socket, ten seconds at most."""
    if peer.live:
        _until(peer, [client], lambda: client.hung_up, 10.0)
    else:
        for _ in range(100):
            if client.hung_up:
                break
            _settle_in_memory(peer, [client], 0.1)


def _settle_in_memory(peer: Peer, clients: Sequence[Client], seconds: float) -> None:
    peer.pump([client.stream for client in clients], seconds)
    while _read(clients):
        peer.pump([client.stream for client in clients], 0)
    for _ in range(int(PATIENCE)):
        if not any(_is_leaving(client) for client in clients):
            break
        peer.pump([client.stream for client in clients], 1)
        _read(clients)


def _pass(peer: Peer, clients: Sequence[Client], seconds: float) -> None:
    if seconds:
        _until(peer, clients, lambda: False, seconds)


def _turn(peer: Peer, clients: Sequence[Client], seconds: float) -> bool:
    peer.pump([client.stream for client in clients], seconds)
    return _read(clients)


def _read(clients: Sequence[Client]) -> bool:
    """Take in what has come, on all of them; whether there was anything."""
    came = [client.read() for client in clients]
    return any(came)


def _until(peer: Peer, clients: Sequence[Client], done: Callable[[], bool], patience: float) -> None:
    deadline = time.monotonic() + patience
    while not done() and (left := deadline - time.monotonic()) > 0:
        _turn(peer, clients, left)


def _due(client: Client) -> bool:
    return client.running and any(book.waiting for book in client.channels.values())


def _unconfirmed(client: Client) -> bool:
    return client.running and any(book.unconfirmed for book in client.channels.values())


def _leaving(peer: Peer, clients: Sequence[Client]) -> None:
    """A server that has said connection.close and heard close-ok hangs up."""
    _until(peer, clients, lambda: not any(_is_leaving(client) for client in clients), PATIENCE)


def _is_leaving(client: Client) -> bool:
    return not client.hung_up and any(said.name == "connection.close" for said in client.said)


def _rounds(peer: Peer, clients: Sequence[Client]) -> None:
    for client in clients:
        for book in client.channels.values():
            book.waiting.clear()  # what was never answered must not be mistaken for a probe's answer
    for done in range(12):
        before = sum(len(client.said) for client in clients)
        _pass(peer, clients, peer.pause)
        for client in clients:
            _probe(client)
        _until(peer, clients, lambda: not any(_probing(client) for client in clients), PATIENCE)
        if done + 1 >= ROUNDS and before == sum(len(client.said) for client in clients):
            break
    _leaving(peer, clients)


def open_probe(client: Client) -> None:
    """Open the runner's own channel, on any broker: it counts against channel-max."""
    own = client.channel(PROBE)
    client.send(PROBE, "channel.open", {})
    own.state = bookkeeping.OPEN
    own.waiting.clear()


def _probe(client: Client) -> None:
    if not client.running:
        return
    if client.channel(PROBE).state == bookkeeping.CLOSED:
        open_probe(client)
    for number, book in list(client.channels.items()):
        if number and book.state == bookkeeping.OPEN and not (book.partial or book.held):
            client.send(number, "channel.flow", {"active": True})
            book.waiting.pop()
            book.probes += 1


def _probing(client: Client) -> bool:
    return client.running and any(book.probes for book in client.channels.values())
