"""The rules of one broker, and which of them act on an item, in which order.

- Every rule counts every item that fits its ``when``, whatever other rules do with the item.
- Rules are asked in the order in which they were added. Each is asked about what the rules before it have let pass. So
  a delivery that was duplicated is delayed twice, and one that was dropped is not delayed at all.
- Rules with the same ``when`` and a limited number of times take turns, first in, first out: the first acts on an item,
  the second on the next item. (With ``nth`` they all mean the same item, and all act on it.)
"""

from __future__ import annotations

import dataclasses
import inspect
import random
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence

from fakebroker.errors import RuleError
from fakebroker.faults.actions.action import Action
from fakebroker.faults.actions.chaos import Chaos, weighted
from fakebroker.faults.actions.do import Do
from fakebroker.faults.active_rule import ActiveRule, never_acted
from fakebroker.faults.crossing import Crossing, Facts, Way
from fakebroker.faults.match import When
from fakebroker.faults.rule import Rule, Times, rule, rule_from_json
from fakebroker.faults.steps import Item, Pass, Step, Write
from fakebroker.predicates.addresses import Numbered
from fakebroker.validation import Sealed, near
from fakebroker.wire.command import Command


@dataclasses.dataclass(frozen=True)
class Fired:
    """Tells that a rule has acted: its number, what it did, and on which item. ``str`` makes a line of it."""

    number: int
    action: Action
    item: Item

    def __str__(self) -> str:
        return f"rule {self.number}: {self.action}"


Waiting = tuple[Callable[[], None], Callable[[], None]]

MOST_TAKEN_OUT = 100
"""How many removed rules are remembered that have never acted."""


class Faults(Sealed):
    """The rules of one broker.

    :param rng: the source of probability, jitter and chaos.
    :param verbs: the methods that rules may call with ``Do``, by name.
    """

    def __init__(self, rng: random.Random, verbs: Mapping[str, Callable[..., object]] | None = None) -> None:
        self.rng = rng
        self.verbs: Mapping[str, Callable[..., object]] = verbs if verbs is not None else {}
        self.rules: list[ActiveRule] = []
        """The rules, in the order in which they were added."""
        self._added = 0
        self._waiting: dict[str, list[Waiting]] = {}
        self._labels: dict[str, None] = {}  # under which rules have held something, or will
        self._taken_out: deque[ActiveRule] = deque(maxlen=MOST_TAKEN_OUT)  # the last removed that have never acted

    # --- what users say

    def add(
        self, when: When | Action | Rule, *then: Action, times: Times = "usual", probability: float | None = None
    ) -> ActiveRule:
        """Add a rule: ``add(when("basic.publish", nth=7), Drop())``.

        Some actions know themselves where to act and need no ``when``: ``add(RefuseLogin())``.

        :param then: one action or several. Each works on what the one before it lets pass.
        :param times: how often the rule acts; None for always. The default is once, unless the action says otherwise.
        :param probability: how likely the rule acts when it could, above 0 and up to 1; None for certain.
        :returns: the rule that was added. ``with`` removes it at the end of the block.
        :raises RuleError: for a rule that can never act.
        """
        if isinstance(when, Rule):
            return self._load(when)
        if isinstance(when, Action):
            return self._load(rule(When(), when, *then, times=times, probability=probability))
        return self._load(rule(when, *then, times=times, probability=probability))

    def load(self, form: object) -> list[ActiveRule]:
        """Add rules from their JSON form: one rule, a list of rules, or an object with ``rules``.

        :raises RuleError: when a rule is wrong. It names the place in the document, and no rule is added.
        """
        if isinstance(form, Mapping) and "rules" in form:
            form = form["rules"]
        forms = form if isinstance(form, list) else [form]
        rules = [rule_from_json(each, f"rules[{index}]") for index, each in enumerate(forms)]
        for index, each in enumerate(rules):
            self._check_verbs(each, f"rules[{index}].")
        return [self._load(each) for each in rules]

    def chaos(
        self, weights: Mapping[Action, float], probability: float, when: When | None = None, times: int | None = None
    ) -> ActiveRule:
        """Let things go wrong by chance: ``chaos({Drop(): 1, Delay(0.5): 3}, probability=0.02)``.

        The same seed and the same conversation make the same faults.

        :param weights: how likely each action is drawn, compared to the others.
        :param probability: how likely an action is drawn at all, for each item.
        :param when: which items may go wrong; by default all.
        """
        return self.add(when or When(), weighted(weights), times=times, probability=probability)

    def remove(self, loaded: ActiveRule) -> None:
        """Remove a rule. It is no error if it has been removed before."""
        if loaded in self.rules and not loaded.acted:
            self._taken_out.append(loaded)
        self.rules = [each for each in self.rules if each is not loaded]

    def clear(self) -> None:
        """Remove all rules, and forget those that have never acted. What they hold stays held."""
        self.rules = []
        self._taken_out.clear()

    def unused(self) -> list[ActiveRule]:
        """The rules that have never acted, without those that have been removed."""
        return [loaded for loaded in self.rules if not loaded.acted]

    def assert_all_acted(self) -> None:
        """Check that each rule has acted at least once. Rules that were removed at the end of a block count as well.

        :raises AssertionError: naming each rule that has not, and for each the item that came nearest to fitting.
        """
        text = self.never_acted()
        if text:
            raise AssertionError(text)

    def never_acted(self) -> str:
        """The text that :meth:`assert_all_acted` would raise; empty when every rule has acted."""
        return never_acted([*self._taken_out, *self.unused()])

    def to_json(self) -> list[dict[str, object]]:
        """All rules in their JSON form. :meth:`load` reads it.

        :raises RuleError: when a rule has a function, which can't be written in JSON.
        """
        return [self._form(loaded) for loaded in self.rules]

    def _form(self, loaded: ActiveRule) -> dict[str, object]:
        try:
            return loaded.rule.to_json()
        except RuleError as error:
            raise RuleError(f"rule {loaded.number} ({loaded.rule}): {error}") from error

    def release(self, label: str = "held") -> int:
        """Let everything go on that waits for a label, the oldest first.

        :returns: how many items waited.
        :raises RuleError: when there has never been a rule that holds something under this label.
        """
        if not isinstance(label, str) or label not in self._labels:
            known = near(str(label), self._labels) or f"; there are {', '.join(map(repr, self._labels)) or 'none'}"
            raise RuleError(f"no rule holds anything under the label {label!r}{known}")
        return self.let_go(label)

    # --- what the link asks

    def means(self, name: str, direction: Way) -> bool:
        """Whether a rule names this very command, in this direction."""
        return any(loaded.rule.when.means(name, direction) for loaded in self.rules)

    def let_go(self, label: str) -> int:
        """Let everything go on that waits for a label. It is no error when nothing does.

        :returns: how many items waited.
        """
        waiting = self._waiting.pop(label, [])
        for unlock, _ in waiting:
            unlock()
        for _, go_on in waiting:
            go_on()
        return len(waiting)

    def forget(self, connection: int) -> None:
        """Drop what rules have counted for this connection alone, since it has ended."""
        for loaded in self.rules:
            if loaded.rule.when.per != "broker":
                loaded.forget(connection)

    def wait(self, label: str, unlock: Callable[[], None], go_on: Callable[[], None]) -> Callable[[], None]:
        """Have two calls made when a label is released.

        First ``unlock`` is called for all that wait for the label, then ``go_on`` for each, in order.

        :returns: a function that no longer waits.
        """
        waiting = self._waiting.setdefault(label, [])
        mine = (unlock, go_on)
        waiting.append(mine)

        def forget() -> None:
            if mine in waiting:
                waiting.remove(mine)

        return forget

    def decide(
        self,
        direction: Way,
        item: Item,
        facts: Facts,
        fired: Callable[[Fired], None],
        failed: Callable[[ActiveRule, Exception], None],
        numbered: Numbered | None = None,
    ) -> Sequence[Step]:
        """Decide what the link does with an item. If no rule acts on it, it just passes.

        :param fired: called for each rule that acts.
        :param failed: called when a rule's function raises. The item does not fit that rule.
        :param numbered: which crossing it is.
        """
        if not self.rules:
            return (Pass(item),)
        crossing = Crossing(direction, item, facts, self.rng, numbered=numbered)
        for loaded in self.rules:
            try:
                loaded.meet(crossing)
            except Exception as error:
                failed(loaded, error)
        return Evaluation([loaded for loaded in self.rules if loaded.occurrence], fired).apply(crossing, 0)

    def _load(self, rule: Rule) -> ActiveRule:
        self._check_verbs(rule, "")
        self._added += 1
        loaded = ActiveRule(self.remove, self._added, rule)
        self._labels.update(dict.fromkeys(label for action in inner(rule.then) for label in action.labels()))
        self.rules = [*self.rules, loaded]
        return loaded

    def _check_verbs(self, rule: Rule, place: str) -> None:
        for action in inner(rule.then):
            if isinstance(action, Do):
                self._check_verb(action, f"{place}then")

    def _check_verb(self, action: Do, place: str) -> None:
        if action.verb not in self.verbs:
            hint = near(action.verb, self.verbs) or f"; it has {', '.join(self.verbs) or 'none'}"
            raise RuleError(f"{place}: the broker has no verb {action.verb!r}{hint}")
        signature = inspect.signature(self.verbs[action.verb])
        try:
            signature.bind(**action.arguments)
        except TypeError as error:
            raise RuleError(f"{place}: {action.verb}{signature}: {error}") from error


class Evaluation:
    """Decides what becomes of one item, by the rules that it fits."""

    def __init__(self, fitting: Sequence[ActiveRule], fired: Callable[[Fired], None]) -> None:
        self._fitting = fitting
        self._fired = fired
        self._served: list[When] = []

    def apply(self, crossing: Crossing, index: int) -> list[Step]:
        """Make the steps for the item. Only the rules from ``index`` on are asked."""
        for position in range(index, len(self._fitting)):
            loaded = self._fitting[position]
            current = dataclasses.replace(crossing, occurrence=loaded.occurrence)
            if self._acts(loaded, current):
                return self._act(loaded, 0, current, position + 1)
        if crossing.data is None:
            return [Pass(crossing.item)]
        return [Write(crossing.data, said(crossing), crossing.copy)]

    def _acts(self, loaded: ActiveRule, crossing: Crossing) -> bool:
        rule = loaded.rule
        if loaded.spent_here or not rule.when.counts(loaded.occurrence):
            return False
        if not rule.then[0].applies_to(crossing):
            loaded.why_not = f"{rule.then[0]} can't act on what fitted"
            return False
        queued = rule.times is not None and rule.when.nth is None
        if queued and rule.when in self._served:
            loaded.why_not = "it was the turn of another rule with the same when"
            return False
        if rule.probability is not None and crossing.rng.random() >= rule.probability:
            loaded.why_not = f"with probability {rule.probability} it was not drawn"
            return False
        if queued:
            self._served.append(rule.when)
        loaded.act()
        return True

    def _act(self, loaded: ActiveRule, number: int, crossing: Crossing, behind: int) -> list[Step]:
        """Make the steps of a rule's actions, from the one with index ``number`` on.

        What passes goes on to the rules from index ``behind`` on.
        """
        if number == len(loaded.rule.then):
            return self.apply(crossing, behind)
        action = loaded.rule.then[number]
        if not action.applies_to(crossing):
            return self._act(loaded, number + 1, crossing, behind)
        if isinstance(action, Chaos):
            action = action.drawn(crossing)
        self._fired(Fired(loaded.number, action, crossing.item))
        steps: list[Step] = []
        passes = 0
        made = action.steps(crossing)
        beside = any(isinstance(step, Pass) for step in made)  # then the bytes written are not the item's
        writes = sum(isinstance(step, Write) for step in made)
        for step in made:
            if isinstance(step, Pass):
                passed = dataclasses.replace(crossing, item=step.item, data=None, copy=crossing.copy or passes > 0)
                passes += 1
                steps += self._act(loaded, number + 1, passed, behind)
            elif isinstance(step, Write):
                writes -= 1
                whole = crossing.whole and not writes and not beside
                written = dataclasses.replace(crossing, data=step.data, whole=whole)
                steps += self._act(loaded, number + 1, written, behind)
            else:
                steps.append(step)
        return steps


def said(crossing: Crossing) -> Command | None:
    """The command that the client has received when the bytes are written; None when more pieces of it follow."""
    return crossing.command if crossing.whole and crossing.direction == "out" else None


def inner(actions: Iterable[Action]) -> Iterable[Action]:
    """All these actions, and all that a ``Chaos`` among them may draw."""
    for action in actions:
        yield action
        if isinstance(action, Chaos):
            yield from inner(choice.action for choice in action.choices)
