"""A rule at work: what it has counted, and why it has not acted."""

from __future__ import annotations

from collections.abc import Callable
from types import TracebackType
from weakref import WeakMethod

from fakebroker.faults.crossing import Crossing
from fakebroker.faults.rule import Rule
from fakebroker.wire.command import Command

Counter = tuple[int, ...]


class ActiveRule:
    """A rule at work: its number, how many items fitted, how often it acted.

    As a context manager it is taken out at the end of the block.

    :param remove: the method that takes it out; the plan is not kept.
    """

    def __init__(self, remove: Callable[[ActiveRule], None], number: int, rule: Rule) -> None:
        self.number = number
        self.rule = rule
        self.matched = 0
        """How many items fitted its ``when``."""
        self.acted = 0
        """How often it acted."""
        self.occurrence = 0
        """The number of the item that crosses, if it fits."""
        self.why_not = ""
        """Why it has not acted on the last item that fitted."""
        self._remove = WeakMethod(remove)
        self._counter: Counter = ()
        self._counts: dict[Counter, int] = {}
        self._acts: dict[Counter, int] = {}
        self._nearest: tuple[str, list[str]] | None = None

    @property
    def spent(self) -> bool:
        """Whether it has acted as often as it may; one that counts for each connection or channel never has."""
        return self.rule.when.per == "broker" and self.spent_here

    @property
    def spent_here(self) -> bool:
        """Whether it has acted as often as it may where the item crosses."""
        times = self.rule.times
        return times is not None and self._acts.get(self._counter, 0) >= times

    def meet(self, crossing: Crossing) -> None:
        """Count the item if it fits; ``occurrence`` is then its number, else 0."""
        self.occurrence = 0
        when = self.rule.when
        if when.covers(crossing):
            counter = self._counter = when.counter(crossing)
            self.occurrence = self._counts[counter] = self._counts.get(counter, 0) + 1
            self.matched += 1
        elif not self.matched and when.is_meant(crossing):
            self._note(crossing)

    def act(self) -> None:
        """Count that it acts on the item that crosses."""
        self._acts[self._counter] = self._acts.get(self._counter, 0) + 1
        self.acted += 1

    def forget(self, connection: int) -> None:
        """A connection is gone: what was counted for it alone is not needed any more."""
        for counts in (self._counts, self._acts):
            for counter in [each for each in counts if each and each[0] == connection]:
                del counts[counter]

    def _note(self, crossing: Crossing) -> None:
        misses = self.rule.when.misses(crossing)
        if self._nearest is None or len(misses) < len(self._nearest[1]):
            self._nearest = (told(crossing), misses)

    def story(self) -> list[str]:
        """Why it has never acted: the nearest item that passed, and what kept it from fitting."""
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
        """Take the rule out."""
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
    """An item in a line."""
    way = "from" if crossing.direction == "in" else "to"
    where = f"{way} connection {crossing.facts.number}"
    if isinstance(crossing.item, Command):
        where += f", channel {crossing.channel}"
    return f"{crossing.kind} {where}"


def never_acted(rules: list[ActiveRule]) -> str:
    """Rules that have never acted, each with the nearest that passed; "" when there are none."""
    lines = []
    for loaded in rules:
        lines.append(f"rule {loaded.number} never acted: {loaded.rule}")
        lines += [f"    {line}" for line in loaded.story()]
    return "\n".join(lines)
