"""An answer that comes piece by piece, for as long as the client listens."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from twisted.python.failure import Failure
from twisted.web.server import Request

Send = Callable[[str], None]


@dataclass
class Stream:
    """JSON lines; ``subscribe`` is called with what sends a line, and returns what ends the sending."""

    subscribe: Callable[[Send], Callable[[], None]]
    headers: Mapping[str, str] = field(default_factory=lambda: {"content-type": "application/x-ndjson"})
    status: int = 200

    def start(self, request: Request) -> None:
        """Send what there is, and each line as it comes, until the client hangs up."""

        def over(reason: Failure) -> None:
            unsubscribe()

        request.notifyFinish().addErrback(over)
        request.write(b"")
        unsubscribe = self.subscribe(lambda line: request.write(line.encode("utf-8", "replace") + b"\n"))
