"""Clean-up that is carried to its end, whatever is raised meanwhile."""

from __future__ import annotations

from collections.abc import Callable

ATTEMPTS = 5
"""So often is a step begun again that was interrupted."""


def finish(*steps: Callable[[], object]) -> None:
    """Take each step, in order. One that fails does not keep the rest from being taken, and one that is interrupted, as
    by Control-C, is taken again: each must be fit for that.

    :raises BaseException: what was raised first.
    """
    problem: BaseException | None = None
    for step in steps:
        for _ in range(ATTEMPTS):
            try:
                step()
                break
            except Exception as error:
                problem = problem or error
                break
            except BaseException as interrupt:
                problem = problem or interrupt
    if problem is not None:
        raise problem
