"""The channels of one connection, and what happens to all of them together."""

from __future__ import annotations

from functools import partial

from fakebroker.amqp.channel import Channel
from fakebroker.amqp.endings import ChannelCause
from fakebroker.turn import Turn


class Channels(dict[int, Channel]):
    """By number.

    :param turn: in which they give back what they hold.
    """

    __slots__ = ("_leaving", "_turn")

    def __init__(self, turn: Turn) -> None:
        super().__init__()
        self._turn = turn
        self._leaving: list[Channel] = []  # those that have yet to give back what they hold

    def pause(self) -> None:
        """Deliver nothing for now: the client does not read."""
        for channel in self.values():
            channel.pause()

    def resume(self) -> None:
        """Deliver again."""
        for channel in list(self.values()):
            channel.resume()

    def catch_up(self) -> None:
        """Deliver what queues have handed to them."""
        for channel in self.values():
            channel.catch_up()

    def release(self, failed: int = 0) -> None:
        """Their connection ends, and they with it.

        :param failed: the channel because of which it ends, if there is one: the first to give back what it holds.
        """
        # What they give back is for none of them.
        for channel in self.values():
            channel.stop_deliveries()
        channels = dict(self)
        self.clear()
        first = [channels.pop(failed)] if failed in channels else []
        self._leaving += [*first, *channels.values()]
        while self._leaving:
            # If this ends early, the next end of the connection, that of its socket, goes on with it.
            self._turn.run(partial(self._leaving[0].end_because, ChannelCause.CONNECTION_ENDS))
            del self._leaving[0]
