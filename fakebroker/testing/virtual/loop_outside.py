"""What happens outside of virtual time while an event loop runs in it: jobs of executors."""

from __future__ import annotations

import asyncio
from typing import Any


class RealWork:
    """Knows what is under way outside of memory. Meanwhile no time is jumped over."""

    def __init__(self) -> None:
        self._jobs: dict[asyncio.Future[Any], str] = {}

    def job(self, future: asyncio.Future[Any], what: str) -> None:
        """Wait for this, whoever does it.

        :param what: in words: ``"a job of an executor, open"``.
        """
        self._jobs[future] = what
        future.add_done_callback(self._jobs.pop)

    def under_way(self) -> list[str]:
        """What is under way, in words."""
        return list(self._jobs.values())
