"""A plugin of pytest: each test of a client's suite has a broker of its own in memory, at 127.0.0.1:5672.

``pytest -p in_memory``: for asyncio, where the suite has a fixture ``event_loop``, and for blocking code.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator

import pytest

import fakebroker
from fakebroker.testing import aio

IS_ASYNC = os.environ.get("IN_MEMORY") == "asyncio"

if IS_ASYNC:
    asyncio.set_event_loop_policy(aio.VirtualLoopPolicy())

    @pytest.fixture(autouse=True)
    def broker_in_memory(event_loop: asyncio.AbstractEventLoop) -> Iterator[None]:
        """A broker for each test, in its event loop."""
        block = fakebroker.memory()
        event_loop.run_until_complete(block.__aenter__())
        yield
        event_loop.run_until_complete(block.__aexit__(None, None, None))

else:

    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtest_call() -> Iterator[None]:
        """A broker for each test. What the test raises is pytest's matter."""
        with fakebroker.memory():
            yield
