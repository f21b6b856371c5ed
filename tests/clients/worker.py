"""``python -m tests.clients.worker CLIENT,... SEED...``: runs each program with each seed, in a fresh process each, and
prints what became of it as lines of JSON."""

from __future__ import annotations

import base64
import faulthandler
import json
import os
import select
import signal
import sys
import time
import traceback
import zlib
from collections.abc import Sequence
from typing import Any

import fakebroker
from tests.clients.attempt import attempt
from tests.clients.catalogue import CLIENTS, Client

PATIENCE = 60.0
"""Real seconds that a run may take: one that takes longer hangs."""


def main(arguments: Sequence[str]) -> None:
    """Run, and print."""
    clients = [CLIENTS[name] for name in arguments[0].split(",")]
    for client in clients:
        client.program()
    with fakebroker.memory():  # what the first block of a process looks up, the children need not
        pass
    for client in clients:
        for seed in map(int, arguments[1:]):
            print(json.dumps({"seed": seed, **in_child(client, seed)}), flush=True)


def in_child(client: Client, seed: int) -> dict[str, Any]:
    """Run with one seed in a child: no run changes what the next one finds."""
    begin = time.perf_counter()
    ours, theirs = os.pipe()
    child = os.fork()
    if not child:
        os.close(ours)
        run(client, seed, theirs)
    os.close(theirs)
    data = read(ours, begin + PATIENCE)
    if data is None:
        os.kill(child, signal.SIGABRT)
    os.close(ours)
    _, status = os.waitpid(child, 0)
    seconds = round(time.perf_counter() - begin, 3)
    if not data:
        why = f"no result within {PATIENCE} s" if data is None else f"the process ended with status {status}"
        return {"verdict": "broken", "text": packed(why), "seconds": seconds}
    return {**json.loads(data), "seconds": seconds}


def run(client: Client, seed: int, pipe: int) -> None:
    """What the child does. It ends here."""
    faulthandler.enable()
    status = 1
    try:
        done = attempt(client, seed)
        send(pipe, json.dumps({"verdict": done.verdict, "text": packed(done.text)}).encode())
        status = 0
    except BaseException:
        send(pipe, json.dumps({"verdict": "broken", "text": packed(traceback.format_exc())}).encode())
    finally:
        os._exit(status)  # threads that the program has left behind end here


def send(pipe: int, data: bytes) -> None:
    """Write all of it."""
    while data:
        data = data[os.write(pipe, data) :]


def read(pipe: int, end: float) -> bytes | None:
    """All that comes before the other end is closed; None when that takes too long."""
    data = b""
    while select.select([pipe], [], [], max(0.0, end - time.perf_counter()))[0]:
        piece = os.read(pipe, 1 << 16)
        if not piece:
            return data
        data += piece
    return None


def packed(text: str) -> str:
    """A text that is short enough for a line."""
    return base64.b64encode(zlib.compress(text.encode())).decode()


def unpacked(text: str) -> str:
    """The text."""
    return zlib.decompress(base64.b64decode(text)).decode()


if __name__ == "__main__":
    main(sys.argv[1:])
