"""An answer that comes piece by piece, for as long as the client listens."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from twisted.python.failure import Failure
from twisted.web.server import Request

Send = Callable[[str], None]


@dataclass
class Stream:
    """JSON lines; ``subscribe`` is called with what sends a line and what ends the answer.

    It returns what ends the sending, which is called once, whichever side has ended the answer.
    """

    subscribe: Callable[[Send, Callable[[], None]], Callable[[], None]]
    headers: Mapping[str, str] = field(default_factory=lambda: {"content-type": "application/x-ndjson"})
    status: int = 200

    def start(self, request: Request) -> None:
        """Send what there is, and each line as it comes."""

        def hung_up(reason: Failure) -> None:
            unsubscribe()

        def end() -> None:
            unsubscribe()
            request.finish()

        request.notifyFinish().addErrback(hung_up)
        request.write(b"")
        unsubscribe = self.subscribe(lambda line: request.write(line.encode("utf-8", "replace") + b"\n"), end)
