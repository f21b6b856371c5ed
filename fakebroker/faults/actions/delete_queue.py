"""A queue that is deleted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fakebroker.errors import RuleError
from fakebroker.faults.actions.action import Action, short
from fakebroker.faults.crossing import Crossing
from fakebroker.faults.match import When
from fakebroker.faults.steps import Do, Pass, Step
from fakebroker.predicates.checking import BEFORE_VHOST, has_queue
from fakebroker.predicates.facts import queue_of


@dataclass(frozen=True)
class DeleteQueue(Action):
    """Delete the queue that the item is about, as an administrator does, just before the item passes.

    The client sees its consumers of this queue cancelled, if it has announced ``consumer_cancel_notify``; messages are
    gone, and 404 is the answer to what needs the queue. If there is no such queue nothing happens.

    :param queue: the queue's name; None for the one that the item names, that its consumer reads, or to which it is
        published straight.
    :param after: delete it when the item has passed and been handled, not before.
    """

    queue: str | None = None
    after: bool = False

    def validate(self) -> None:
        if self.queue is not None:
            short(self, "queue")

    def check(self, when: When, place: str) -> None:
        super().check(when, place)
        if when.what in BEFORE_VHOST:
            raise RuleError(f"{place}: at {when.what} there is no virtual host yet whose queue could be deleted")
        if self.queue is None and (when.at is not None or not has_queue(when.what)):
            what = when.what if when.at is None else "a time"
            raise RuleError(f"{place}: {what} is not about a queue; name one, as in delete_queue(queue='jobs')")

    def applies_to(self, crossing: Crossing) -> bool:
        return super().applies_to(crossing) and crossing.facts.vhost is not None and self._name(crossing) is not None

    def steps(self, crossing: Crossing) -> Sequence[Step]:
        which = {"name": self._name(crossing), "vhost": crossing.facts.vhost, "missing_ok": True}
        delete, passing = Do("delete_queue", which), Pass(crossing.item)
        return (passing, delete) if self.after else (delete, passing)

    def _name(self, crossing: Crossing) -> str | None:
        return self.queue if self.queue is not None else queue_of(crossing.command, crossing.facts)
