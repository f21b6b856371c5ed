"""Dead letters on their way from queue to queue."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from functools import partial

from fakebroker.broker.message import Message
from fakebroker.broker.queues import dead_letters
from fakebroker.errors import AMQPError
from fakebroker.turn import Phase, Turn


class DeadLetterDispatch:
    """Delivers the dead letters of a virtual host one by one, in the order they were sent.

    Letters wait for their phase of the turn. A command that waits for its answer has them delivered before
    (:meth:`deliver`). A letter may push another message out of a full queue. That message is then one more letter, and
    goes behind those that are there.
    """

    def __init__(self, turn: Turn) -> None:
        self._turn = turn
        self._letters: deque[tuple[dead_letters.DeadLetterSender, Message, str]] = deque()
        self._is_due = False  # will they be delivered, or are they being delivered, without being asked for again?

    def send(self, sender: dead_letters.DeadLetterSender, letters: Iterable[tuple[Message, str]]) -> None:
        """Send messages that died in a queue, each with the reason. They are delivered later."""
        self._letters.extend((sender, message, reason) for message, reason in letters)
        self._wake()

    def _wake(self) -> None:
        if self._letters and not self._is_due:
            self._is_due = True
            self._turn.put_off(Phase.DEAD_LETTERS, self.deliver)

    def deliver(self) -> None:
        """Deliver all letters now, and those that they make."""
        if not self._letters:
            return
        self._is_due = True
        try:
            while self._letters:
                letter = self._letters.popleft()
                # When delivering a letter fails, that letter is lost. The others go on, and no connection ends for it.
                self._turn.run(partial(self._deliver, *letter))
        finally:
            self._is_due = False
            self._wake()

    def _deliver(self, sender: dead_letters.DeadLetterSender, message: Message, reason: str) -> None:
        try:
            dead_letters.publish(sender, message, reason)
        except (dead_letters.UnreadableDeathsError, AMQPError):
            letters, self._letters = self._letters, deque()
            self._letters.extend(letter for letter in letters if letter[0] is not sender)
            sender.crashed([message, *(letter[1] for letter in letters if letter[0] is sender)])
