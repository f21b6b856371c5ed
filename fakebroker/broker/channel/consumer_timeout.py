"""``consumer_timeout``: a channel ends when one of its deliveries is not acknowledged in time (RabbitMQ 3.10)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from fakebroker.broker.timer import Timer, milliseconds
from fakebroker.errors import AMQPError

if TYPE_CHECKING:
    from fakebroker.broker.common import Common
    from fakebroker.broker.queues.consumer import Delivery


class AckTimeout:
    """Watches the oldest unacked delivery of a channel, and ends the channel when its time is over.

    RabbitMQ looks once a minute. Here the channel ends at the moment itself.

    :param number: the channel's number, for the error's text.
    :param outstanding: the unacked deliveries, oldest first.
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
        """Begin to watch: nothing was unacked before this delivery."""
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
