"""Conversations over HTTP and AMQP, and what RabbitMQ 3.10.8 answered, in ``recorded/*.jsonl``.

A line is one step: ``{"http": "PUT /api/queues/%2F/q", "json": {...}}`` with what came back, or
``{"amqp": "queue.declare", "queue": "q"}``, sent on channel 1 unless it says otherwise. ``as`` is who asks
("guest:guest" otherwise, null for nobody); ``wait`` tells the recorder to wait for RabbitMQ's statistics first;
``unordered`` says that the order of lists is chance.
"""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "recorded"
HEADERS = ("allow", "content-disposition", "content-type", "location", "www-authenticate")

# What differs between two runs of RabbitMQ: only its type is compared.
VOLATILE = frozenset(
    [
        "applications",
        "auth_mechanisms",
        "backing_queue_status",
        "config_files",
        "connected_at",
        "connection_closed",
        "consumer_capacity",
        "consumer_utilisation",
        "context_switches",
        "contexts",
        "db_dir",
        "disk_free",
        "disk_writes",
        "erlang_full_version",
        "erlang_version",
        "exchange_types",
        "fd_total",
        "fd_used",
        "garbage_collection",
        "gc_bytes_reclaimed",
        "gc_num",
        "listeners",
        "log_files",
        "mem_limit",
        "mem_used",
        "memory",
        "minor_gcs",
        "os_pid",
        "password_hash",
        "proc_used",
        "processors",
        "rate",
        "recv_cnt",
        "recv_oct",
        "reductions",
        "run_queue",
        "send_cnt",
        "send_oct",
        "sockets_total",
        "sockets_used",
        "uptime",
    ]
)
DROPPED = frozenset(["idle_since"])
_TYPES = {bool: "boolean", int: "number", float: "number", str: "string", list: "list", type(None): "null"}


def conversations() -> list[str]:
    """The names of the recorded conversations."""
    return sorted(path.stem for path in FOLDER.glob("*.jsonl"))


def steps(name: str) -> Iterator[dict[str, Any]]:
    """The steps of one."""
    for line in (FOLDER / f"{name}.jsonl").read_text("utf-8").splitlines():
        yield json.loads(line)


def canonical(value: Any, volatile: bool = False) -> Any:
    """The value without what differs from run to run."""
    if isinstance(value, dict):
        return {
            key: canonical(item, volatile or key in VOLATILE or key.endswith("_rate") or _is_io(key))
            for key, item in value.items()
            if key not in DROPPED
        }
    if isinstance(value, list) and not volatile:
        return [canonical(item) for item in value]
    return f"<{_TYPES[type(value)]}>" if volatile else value


def _is_io(key: str) -> bool:
    return re.match(r"(io|mnesia|msg_store|queue_index)_", key) is not None


def unordered(value: Any) -> Any:
    """The value with its lists in an order of ours, where RabbitMQ's is that of a hash table."""
    if isinstance(value, dict):
        return {key: unordered(item) for key, item in value.items()}
    if isinstance(value, list):
        return sorted((unordered(item) for item in value), key=lambda item: json.dumps(item, sort_keys=True))
    return value


def answered(status: int, headers: dict[str, str], body: bytes) -> dict[str, Any]:
    """An answer as it is recorded."""
    given = {name.lower(): value for name, value in headers.items()}
    answer: dict[str, Any] = {"status": status}
    kept = {name: given[name] for name in HEADERS if name in given}
    if kept != {"content-type": "application/json"}:
        answer["headers"] = kept
    if body:
        answer["answer"] = canonical(json.loads(body)) if given["content-type"] == "application/json" else "<text>"
    return answer


def difference(recorded: Any, found: Any, by: str) -> str:
    """Where an answer differs from the one that is recorded.

    :param by: who gave it.
    """
    first, second = (json.dumps(each, indent=1, sort_keys=True).splitlines() for each in (recorded, found))
    return "\n".join(difflib.unified_diff(first, second, "recorded", by, n=2, lineterm=""))
