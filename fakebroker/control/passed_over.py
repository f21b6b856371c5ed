"""Tells on stderr what RabbitMQ ignores in definitions, and what is therefore ignored here too."""

from __future__ import annotations

from collections.abc import Sequence

from twisted.logger import Logger

SHOWN = 20
"""The most lines that are told: a file may have thousands of bindings to queues that do not exist."""


def tell_passed_over(source: str, lines: Sequence[str]) -> None:
    """Log what was ignored.

    :param source: where the definitions come from.
    """
    for line in lines[:SHOWN]:
        Logger().warn("{source}: passed over, as RabbitMQ does: {line}", source=source, line=line)
    if len(lines) > SHOWN:
        Logger().warn("{source}: passed over {count} more", source=source, count=len(lines) - SHOWN)
