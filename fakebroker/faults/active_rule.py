"""A rule that has been added to a broker: what it has counted, and why it has not acted."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from types import TracebackType
from weakref import WeakMethod

from fakebroker.clock import DelayedCall
from fakebroker.faults.crossing import Crossing
from fakebroker.faults.rule import Rule
from fakebroker.wire.command import Command

Counter = tuple[int, ...]


class ActiveRule:
    """A rule that has been added to a broker. It counts the items that fit, and how often it has acted.

    As a context manager it removes the rule at the end of the block.

    :param remove: the plan's method that removes the rule. It is held weakly, and so is the plan.
    :param number: the rule's; the first rule that was added has 1.
    """

    def __init__(self, remove: Callable[[ActiveRule], None], number: int, rule: Rule) -> None:
        self.number = number
        self.rule = rule
        self.matched = 0
        """How many items have fitted its ``when``."""
        self.acted = 0
        """How often it has acted."""
        self.occurrence = 0
        """Which of the items that fit the present one is, from 1 on; 0 if it does not fit."""
        self.why_not = ""
        """Why it did not act on the last item that fitted."""
        self.timer: DelayedCall | None = None
        """What is due at its time, where it has one."""
        self.begun = rule.when.after is None
        """Whether that has passed after which it begins."""
        self._remove = WeakMethod(remove)
        self.counter: Counter = ()
        """What the present item is counted in."""
        self._now = 0.0
        self._counts: dict[Counter, int] = {}
        self._acts: dict[Counter, deque[float]] = {}  # the times of the last ones, as many as ``times`` allows
        self._nearest: tuple[str, list[str]] | None = None

    @property
    def spent(self) -> bool:
        """Whether it will never act again. (If it counts for each connection or channel, it always may.)"""
        if self._budget_is_spent:
            return True
        return self.rule.when.per == "broker" and self.rule.within is None and self.spent_here

    @property
    def _budget_is_spent(self) -> bool:
        return self.rule.budget is not None and self.acted >= self.rule.budget

    @property
    def spent_here(self) -> bool:
        """Whether it has acted as often as it may on the present item's connection or channel, or in all."""
        times, acts = self.rule.times, self._acts.get(self.counter)
        if self._budget_is_spent:
            return True
        if times is None or acts is None:
            return False
        if self.rule.within is not None:
            while acts and acts[0] <= self._now - self.rule.within:
                acts.popleft()
        return len(acts) >= times

    def meet(self, crossing: Crossing) -> None:
        """Count an item if it fits, and set ``occurrence``. If it does not fit, note why."""
        self.occurrence = 0
        when = self.rule.when
        if when.at is not None:
            return
        if not self.begun:
            self.begun = when.is_after(crossing)
        if self.begun and when.covers(crossing):
            counter = self.counter = when.counter(crossing)
            self._now = crossing.broker.seconds()
            self.occurrence = self._counts[counter] = self._counts.get(counter, 0) + 1
            self.matched += 1
        elif not self.matched and when.is_meant(crossing):
            self._note(crossing)
        if not self.begun:
            self.begun = when.is_begin(crossing)

    def meet_at_its_time(self, crossing: Crossing) -> bool:
        """Count a connection, or the broker alone, if it fits when the rule's time has come."""
        when = self.rule.when
        if not when.holds_for(crossing):
            return False
        self._now = crossing.broker.seconds()
        self.matched += 1
        self.occurrence = self.matched
        return True

    def cancel(self) -> None:
        """Wait for its time no longer."""
        if self.timer is not None and self.timer.active():
            self.timer.cancel()

    def act(self) -> None:
        """Count that it acts on the present item."""
        self.acted += 1
        if self.rule.times is not None:
            self._acts.setdefault(self.counter, deque()).append(self._now)

    def forget(self, connection: int) -> None:
        """Drop what was counted for this connection alone, since it has ended."""
        for counts in (self._counts, self._acts):
            for counter in [each for each in counts if each and each[0] == connection]:
                del counts[counter]

    def _note(self, crossing: Crossing) -> None:
        begin = [] if self.begun else [f"{self.rule.when.after} had not passed"]
        misses = begin + self.rule.when.misses(crossing)
        if self._nearest is None or len(misses) < len(self._nearest[1]):
            self._nearest = (told(crossing), misses)

    def story(self) -> list[str]:
        """Say why the rule has never acted: which item came nearest to fitting, and what about it did not fit."""
        if self.rule.when.at is not None and not self.matched:
            waits = self.timer is not None and self.timer.active()
            return ["its time had not come" if waits else "no connection was open, or none that fits"]
        if self.matched:
            return [f"{self.matched} fitted: {self._why()}"]
        if self._nearest is None:
            return [f"no {self.rule.when.what or 'such item'} passed"]
        item, misses = self._nearest
        return [f"nearest: {item}", *(f"    {miss}" for miss in misses)]

    def _why(self) -> str:
        when, most = self.rule.when, max(self._counts.values(), default=0)
        if when.nth is not None and most < when.nth:
            return f"it acts on number {when.nth}"
        if when.every is not None and most < when.every:
            return f"it acts on every {when.every} of them"
        return self.why_not or "what another rule had taken away or closed"

    def remove(self) -> None:
        """Remove the rule from its broker."""
        remove = self._remove()
        if remove is not None:
            remove(self)

    def __enter__(self) -> ActiveRule:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.remove()

    def __repr__(self) -> str:
        return f"<rule {self.number}: {self.rule}; acted {self.acted} times>"


def told(crossing: Crossing) -> str:
    """An item, and where it passed, in one line."""
    way = "from" if crossing.direction == "in" else "to"
    where = f"{way} connection {crossing.facts.number}"
    if isinstance(crossing.item, Command):
        where += f", channel {crossing.channel}"
    return f"{crossing.kind} {where}"


def never_acted(rules: list[ActiveRule]) -> str:
    """Name the rules that have never acted, and say why each has not. If there are none, the text is empty."""
    lines = []
    for loaded in rules:
        lines.append(f"rule {loaded.number} never acted: {loaded.rule}")
        lines += [f"    {line}" for line in loaded.story()]
    return "\n".join(lines)
