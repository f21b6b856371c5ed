"""Deliveries that wait too long for their acknowledgement (RabbitMQ 3.10: ``consumer_timeout``)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from fakebroker.broker.timer import Timer, milliseconds
from fakebroker.errors import AMQPError

if TYPE_CHECKING:
    from fakebroker.broker.common import Common
    from fakebroker.broker.queues.consumer import Delivery


class AckTimeout:
    """Watches the oldest delivery of a channel, and ends the channel when it is overdue.

    RabbitMQ looks once a minute; here it is the moment itself.

    :param number: the channel's.
    :param outstanding: the deliveries, oldest first.
    :param fail: ends the channel.
    """

    __slots__ = ("_common", "_fail", "_number", "_outstanding", "_timer")

    def __init__(
        self, common: Common, number: int, outstanding: Mapping[int, Delivery], fail: Callable[[AMQPError], None]
    ) -> None:
        self._common = common
        self._number = number
        self._outstanding = outstanding
        self._fail = fail
        self._timer = Timer(common.clock)

    def watch(self, oldest: Delivery) -> None:
        """Nothing was outstanding before this delivery."""
        timeout = self._common.tuning.consumer_timeout
        if timeout is not None:
            self._timer.set(int(oldest.at * 1000) + timeout, self._check)

    def stop(self) -> None:
        """Leave nothing pending in the clock."""
        self._timer.cancel()

    def _check(self) -> None:
        timeout = self._common.tuning.consumer_timeout
        oldest = next(iter(self._outstanding.values()), None)
        if oldest is None or timeout is None:
            return
        if int(oldest.at * 1000) + timeout > milliseconds(self._common.clock):
            self.watch(oldest)
            return
        text = (
            f"delivery acknowledgement on channel {self._number} timed out. Timeout value used: {timeout} ms. "
            f"This timeout value can be configured, see consumers doc guide to learn more"
        )
        self._fail(AMQPError("precondition-failed", text))
