"""Dead letters on their way from queue to queue."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from fakebroker.broker import deadletter
from fakebroker.broker.message import Message

if TYPE_CHECKING:
    from fakebroker.broker.backlog import Backlog


class Post:
    """Delivers the dead letters of a virtual host one by one, in the order they were sent.

    A letter that kills another message makes the next letter, which waits its turn; so does whatever dies while a
    message is on its way to several queues, as it takes a queue of RabbitMQ longer to send a letter than a channel to
    reach all queues.
    """

    def __init__(self) -> None:
        self._letters: deque[tuple[Backlog, Message, str]] = deque()
        self._busy = False

    def send(self, sender: Backlog, letters: Iterable[tuple[Message, str]]) -> None:
        """Send messages that died in a queue, each with the reason."""
        self._letters.extend((sender, message, reason) for message, reason in letters)
        if not self._busy:
            with self.held():
                pass

    @contextmanager
    def held(self) -> Iterator[None]:
        """Deliver nothing before the end of the block."""
        if self._busy:
            yield
            return
        self._busy = True
        try:
            yield
            while self._letters:
                self._deliver(*self._letters.popleft())
        finally:
            self._busy = False

    def _deliver(self, sender: Backlog, message: Message, reason: str) -> None:
        try:
            deadletter.publish(sender, message, reason)
        except deadletter.UnreadableDeathsError:
            letters, self._letters = self._letters, deque()
            self._letters.extend(letter for letter in letters if letter[0] is not sender)
            sender.crashed([message, *(letter[1] for letter in letters if letter[0] is sender)])
