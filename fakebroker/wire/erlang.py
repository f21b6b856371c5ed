"""Binaries as Erlang prints them: RabbitMQ quotes what it could not read in some of its reply texts."""

from __future__ import annotations


def integers(data: bytes) -> str:
    """As ``~w`` prints it: ``<<1,2,3>>``."""
    return f"<<{','.join(map(str, data))}>>"


def pretty(data: bytes, column: int) -> str:
    """As ``~p`` prints it."""
    return integers(data)
