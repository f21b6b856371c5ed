"""Properties: what holds for anything that hypothesis can think of.

Each run of the tests sees the same examples, on any machine, however busy that is, and whatever has run before.
``FAKEBROKER_EXAMPLES=5000`` looks further: at so many of each, and at others every time.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import hypothesis

Test = Callable[..., None]
VARIABLE = "FAKEBROKER_EXAMPLES"

if VARIABLE not in os.environ:
    # It also draws constants of the modules imported so far, and each worker of `trial -j2` has imported others.
    # There is no setting against that; tests/test_properties.py tells when this has lost its effect.
    with suppress(ImportError):
        from hypothesis.internal.conjecture import providers
        from hypothesis.internal.constants_ast import Constants

        providers._get_local_constants = Constants


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
