"""All checks, by name."""

from __future__ import annotations

from collections.abc import Mapping

from fakebroker.ledger.verdicts import (
    acked_before_effect,
    channel_per_message,
    connection_per_message,
    consumer_not_renewed,
    handled_twice,
    never_confirmed,
    never_settled,
    no_heartbeat,
    no_prefetch,
    polling,
    published_twice,
    published_while_blocked,
    requeue_loop,
    return_ignored,
    settled_elsewhere,
    settled_twice,
    topology_forgotten,
)
from fakebroker.ledger.verdicts.check import Check

VERDICTS: Mapping[str, Check] = {
    module.CHECK.name: module.CHECK
    for module in (
        *(never_confirmed, published_twice, return_ignored, published_while_blocked),
        *(never_settled, settled_twice, settled_elsewhere, acked_before_effect, handled_twice),
        *(consumer_not_renewed, topology_forgotten, requeue_loop, polling),
        *(connection_per_message, channel_per_message, no_heartbeat, no_prefetch),
    )
}
"""The checks by their names."""
