"""Dead letters on their way from queue to queue."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from functools import partial
from typing import TypeVar

from fakebroker.broker.message import Message
from fakebroker.broker.queues import dead_letters
from fakebroker.errors import AMQPError
from fakebroker.turn import Turn

T = TypeVar("T")


class DeadLetterDispatch:
    """Delivers the dead letters of a virtual host one by one, in the order they were sent.

    Letters wait for the end of the turn, or for a command that a channel waits for (:meth:`deliver`): it takes a queue
    of RabbitMQ longer to send one than a channel to hand out all that has come in one piece. A letter that kills
    another message makes the next letter, which waits its turn; so does whatever dies while a message is on its way to
    several queues.
    """

    def __init__(self, turn: Turn) -> None:
        self._turn = turn
        self._letters: deque[tuple[dead_letters.Sender, Message, str]] = deque()
        self._busy = False
        self._due = False

    def send(self, sender: dead_letters.Sender, letters: Iterable[tuple[Message, str]]) -> None:
        """Send messages that died in a queue, each with the reason."""
        self._letters.extend((sender, message, reason) for message, reason in letters)
        self._wake()

    def hold(self, call: Callable[[], T]) -> T:
        """Make a call, and deliver nothing before it returns.

        :returns: what it gives.
        """
        if self._busy:
            return call()
        self._busy = True
        try:
            return call()
        finally:
            self._busy = False
            self._wake()

    def _wake(self) -> None:
        if self._letters and not self._busy and not self._due:
            self._due = True
            self._turn.at_end(self.deliver)

    def deliver(self) -> None:
        """Deliver all letters now, and those that they make."""
        self._due = False
        if self._letters and not self._busy:
            self._busy = True
            try:
                self._deliver_all()
            finally:
                self._busy = False

    def _deliver_all(self) -> None:
        while self._letters:
            letter = self._letters.popleft()
            # A letter that can't be delivered is lost: it holds up no other, and ends nobody's conversation.
            self._turn.run(partial(self._deliver, *letter))

    def _deliver(self, sender: dead_letters.Sender, message: Message, reason: str) -> None:
        try:
            dead_letters.publish(sender, message, reason)
        except (dead_letters.UnreadableDeathsError, AMQPError):
            letters, self._letters = self._letters, deque()
            self._letters.extend(letter for letter in letters if letter[0] is not sender)
            sender.crashed([message, *(letter[1] for letter in letters if letter[0] is sender)])
