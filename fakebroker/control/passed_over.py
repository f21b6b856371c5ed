"""What RabbitMQ passes over in definitions is taken here too, and told on stderr."""

from __future__ import annotations

from collections.abc import Sequence

from twisted.logger import Logger

SHOWN = 20
"""How many lines are told at most: a file may have thousands of bindings to what is not there."""


def tell_passed_over(source: str, lines: Sequence[str]) -> None:
    """Log what was passed over.

    :param source: where the definitions come from.
    """
    for line in lines[:SHOWN]:
        Logger().warn("{source}: passed over, as RabbitMQ does: {line}", source=source, line=line)
    if len(lines) > SHOWN:
        Logger().warn("{source}: passed over {count} more", source=source, count=len(lines) - SHOWN)
