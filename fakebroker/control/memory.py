"""The memory alarm, raised by what messages hold."""

from __future__ import annotations

from fakebroker.broker.queue import Queue
from fakebroker.clock import DelayedCall
from fakebroker.fake import FakeBroker

INTERVAL = 1.0
"""Seconds between two looks, as RabbitMQ's ``vm_memory_monitor`` takes them."""


class MemoryWatch:
    """Raises the memory alarm while message bodies hold more than so many octets, and clears it when they don't.

    RabbitMQ measures its process; here bodies count, so that the same messages always raise the alarm.

    :param limit: octets.
    """

    def __init__(self, broker: FakeBroker, limit: int) -> None:
        self._broker = broker
        self._limit = limit
        self._raised = False
        self._call: DelayedCall | None = None

    def start(self) -> None:
        """Look every second."""
        self.stop()
        self._raised = False
        self._look()

    def stop(self) -> None:
        """Look no more."""
        if self._call is not None and self._call.active():
            self._call.cancel()

    def octets(self) -> int:
        """What the bodies of all messages hold, those included that wait for an ack."""
        return sum(_octets(queue) for vhost in self._broker.vhosts.values() for queue in vhost.queues.values())

    def _look(self) -> None:
        too_much = self.octets() > self._limit
        if too_much and not self._raised:
            self._broker.set_alarm("memory")
        elif self._raised and not too_much:
            self._broker.clear_alarm("memory")
        self._raised = too_much
        self._call = self._broker.clock.callLater(INTERVAL, self._look)


def _octets(queue: Queue) -> int:
    return queue.ready_octets + sum(each.octets for each in queue.unacked)
