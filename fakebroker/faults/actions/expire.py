"""Credentials that are no longer good."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fakebroker.errors import RuleError
from fakebroker.faults.actions.action import Action
from fakebroker.faults.crossing import Crossing
from fakebroker.faults.match import When
from fakebroker.faults.steps import Do, Pass, Step
from fakebroker.predicates.checking import BEFORE_USER


@dataclass(frozen=True)
class Expire(Action):
    """Delete the connection's user, whose credentials were accepted before.

    The client sees ``connection.close`` 320 "user ... is deleted", on every connection of that user. Each further login
    is refused until the user is added again.

    :param after: let the item pass first.
    """

    after: bool = False

    def check(self, when: When, place: str) -> None:
        super().check(when, place)
        if when.what in BEFORE_USER:
            raise RuleError(f"{place}: at {when.what} there is no user yet whose credentials could expire")

    def applies_to(self, crossing: Crossing) -> bool:
        return super().applies_to(crossing) and crossing.facts.user is not None

    def steps(self, crossing: Crossing) -> Sequence[Step]:
        expire, passing = Do("delete_user", {"name": crossing.facts.user, "missing_ok": True}), Pass(crossing.item)
        return (passing, expire) if self.after else (expire, passing)
