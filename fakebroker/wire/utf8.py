"""Which bytes RabbitMQ accepts as UTF-8 in the strings of methods."""

from __future__ import annotations

import codecs
import re

from fakebroker.errors import AMQPError

LENIENT = "fakebroker.lenient"
"""An error handler for ``str(data, "utf-8", LENIENT)``.

What RabbitMQ 3.10 accepts as UTF-8 and Python does not becomes surrogate escapes. All else raises ``MalformedText``.
"""

# They are surrogates, and numbers beyond Unicode that fit into four bytes.
_ACCEPTED = re.compile(rb"\xed[\xa0-\xbf][\x80-\xbf]|\xf4[\x90-\xbf][\x80-\xbf]{2}|[\xf5-\xf7][\x80-\xbf]{3}")


class MalformedText(AMQPError):
    """A short string is not UTF-8. The close names no class and method: RabbitMQ does not know them at that point."""

    def __init__(self) -> None:
        super().__init__("frame-error", "Malformed UTF-8 in shortstr", (0, 0))


def _accept(error: UnicodeError) -> tuple[str, int]:
    assert isinstance(error, UnicodeDecodeError)
    accepted = _ACCEPTED.match(error.object, error.start)
    if accepted is None:
        raise MalformedText
    return accepted[0].decode("utf-8", "surrogateescape"), accepted.end()


codecs.register_error(LENIENT, _accept)
