"""Names the server makes up become placeholders, in the order they are seen; the rest of a text stays."""

from __future__ import annotations

import re
from typing import Any

_MADE_UP = re.compile(
    r"amq\.rabbitmq\.reply-to\.(?P<reply>[A-Za-z0-9+/=_-]+\.[A-Za-z0-9+/=_-]+)"
    r"|amq\.(?P<kind>gen|ctag)-(?P<name>[A-Za-z0-9_-]{22})(?![A-Za-z0-9_-])"
)
_PLACEHOLDER = re.compile(r"amq\.(?:gen|ctag|rabbitmq\.reply-to)[-.]#\d+")


class Names:
    """Both ways: what the server made up in this run, and what a scenario calls it (``amq.gen-#1``)."""

    def __init__(self) -> None:
        self._placeholders: dict[str, str] = {}
        self._actual: dict[str, str] = {}
        self._counts: dict[str, int] = {}

    def hide(self, value: Any) -> Any:
        """A plain value with every made-up name replaced."""
        if isinstance(value, str):
            return _MADE_UP.sub(self._placeholder, value)
        if isinstance(value, list):
            return [self.hide(item) for item in value]
        if isinstance(value, dict):
            return {key: self.hide(item) for key, item in value.items()}
        return value

    def show(self, value: Any) -> Any:
        """A plain value with placeholders replaced by what the server made up; unknown ones stay as they are."""
        if isinstance(value, str):
            return _PLACEHOLDER.sub(lambda match: self._actual.get(match[0], match[0]), value)
        if isinstance(value, list):
            return [self.show(item) for item in value]
        if isinstance(value, dict):
            return {key: self.show(item) for key, item in value.items()}
        return value

    @property
    def queues(self) -> list[str]:
        """The queue names the server has made up so far."""
        return [name for name in self._placeholders if name.startswith("amq.gen-")]

    def _placeholder(self, match: re.Match[str]) -> str:
        found = match[0]
        if found not in self._placeholders:
            prefix = "amq.rabbitmq.reply-to." if match["reply"] else f"amq.{match['kind']}-"
            self._counts[prefix] = self._counts.get(prefix, 0) + 1
            placeholder = f"{prefix}#{self._counts[prefix]}"
            self._placeholders[found] = placeholder
            self._actual[placeholder] = found
        return self._placeholders[found]
