"""Policies: settings that an administrator gives to the queues and exchanges whose names match a pattern."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fakebroker.values import Value

if TYPE_CHECKING:
    from fakebroker.broker.vhost import VirtualHost


class Policies:
    def __init__(self, vhost: VirtualHost) -> None:
        self._vhost = vhost

    def for_queue(self, name: str) -> dict[str, Value]:
        return {}

    def for_exchange(self, name: str) -> dict[str, Value]:
        return {}
