"""What all programs do: some jobs that have to be published and to come back."""

from __future__ import annotations

import random
import time
import uuid
from collections.abc import Callable, Iterator
from datetime import datetime, timezone
from typing import Any

Say = Callable[[str], None]
"""Prints a line."""

ATTEMPTS = 12
"""How often a program connects before it gives up."""


class Jobs:
    """The jobs of one program, and what has become of them.

    :param say: told what happens.
    :param pause: seconds between the two halves of the jobs.
    """

    def __init__(self, say: Say, pause: float, count: int = 6) -> None:
        self.say = say
        self.pause = pause
        self.bodies = [f"job {number}" for number in range(count)]
        self.half = count // 2
        self.confirmed: list[str] = []
        self.done: list[str] = []

    def unconfirmed(self) -> Iterator[str]:
        """Those that the broker has not confirmed yet, with a pause in the middle."""
        for body in self.bodies:
            if body not in self.confirmed:
                yield body

    def confirm(self, body: str) -> None:
        """The broker has it."""
        if body not in self.confirmed:
            self.confirmed.append(body)
            self.say(f"confirmed {body}")

    def got(self, body: bytes | bytearray | str, redelivered: object = False) -> None:
        """It came back."""
        text = body if isinstance(body, str) else bytes(body).decode()
        self.say(f"got {text}{', again' if redelivered or text in self.done else ''}")
        if text not in self.done:
            self.done.append(text)

    def is_middle(self, body: str) -> bool:
        """Whether it is time to idle before this one."""
        return body == self.bodies[self.half]

    @property
    def finished(self) -> bool:
        """Whether each job came back."""
        return len(self.done) == len(self.bodies)

    def end(self) -> None:
        """Say how it ended."""
        self.say(f"the end: {len(self.confirmed)} confirmed, {len(self.done)} of {len(self.bodies)} done")


def failed(say: Say, error: BaseException) -> None:
    """Say what went wrong."""
    say(f"{type(error).__name__}: {error}")


def backoff(attempt: int, pause: float) -> float:
    """Seconds before the next attempt: longer each time, and never the same for two programs."""
    return min(pause, 2.0**attempt) * random.uniform(0.5, 1.0)  # type: ignore[no-any-return,unused-ignore]


def properties() -> dict[str, Any]:
    """What each message has of its own."""
    return {"message_id": str(uuid.uuid4()), "timestamp": int(time.time())}


def dated_properties() -> dict[str, Any]:
    """The same for clients that want the time as a date."""
    return {"message_id": str(uuid.uuid4()), "timestamp": datetime.fromtimestamp(int(time.time()), timezone.utc)}
