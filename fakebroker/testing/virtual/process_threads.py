"""The threads in which this process talks with those that it has started."""

from __future__ import annotations

SERVERS = ("multiprocessing.", "billiard.", "concurrent.futures.process")


def serves_processes(thread: object) -> bool:
    """Whether a thread is one of those in which ``multiprocessing`` talks with its processes: like these it lives in
    real time."""
    modules = (getattr(each, "__module__", "") for each in (getattr(thread, "_target", None), type(thread)))
    return any(str(module).startswith(SERVERS) for module in modules)
