"""Properties: what holds for anything that hypothesis can think of.

Each run of the tests sees the same examples, on any machine, however busy that is. ``FAKEBROKER_EXAMPLES=5000`` looks
further: at so many of each, and at others every time.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import hypothesis

Test = Callable[..., None]
VARIABLE = "FAKEBROKER_EXAMPLES"


def given(*drawn: hypothesis.strategies.SearchStrategy[Any], examples: int = 40) -> Callable[[Test], Test]:
    """Run a test with that many examples of what can be drawn."""
    asked = os.environ.get(VARIABLE)
    settings = hypothesis.settings(
        max_examples=int(asked or examples),
        derandomize=not asked,
        database=None,
        deadline=None,  # nobody's business but the machine's
        suppress_health_check=[hypothesis.HealthCheck.too_slow, hypothesis.HealthCheck.data_too_large],
    )
    return lambda test: settings(hypothesis.given(*drawn)(test))
