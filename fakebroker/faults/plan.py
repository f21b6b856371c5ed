"""The rules of one broker, and which of them act on an item, in which order.

- Every rule counts every item that fits its ``when``, whatever other rules do with the item.
- Rules are asked in the order in which they were added. Each is asked about what the rules before it have let pass. So
  a delivery that was duplicated is delayed twice, and one that was dropped is not delayed at all.
- Rules with the same ``when`` and a limited number of times take turns, first in, first out: the first acts on an item,
  the second on the next item. (With ``nth`` they all mean the same item, and all act on it.)
"""

from __future__ import annotations

import inspect
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Protocol

from fakebroker.clock import Time
from fakebroker.errors import RuleError
from fakebroker.faults.actions.action import Action
from fakebroker.faults.actions.chaos import Chaos, weighted
from fakebroker.faults.actions.do import Do
from fakebroker.faults.active_rule import ActiveRule, never_acted
from fakebroker.faults.crossing import Crossing, Drawn, Facts, Way
from fakebroker.faults.evaluation import Evaluation, Fired
from fakebroker.faults.match import When
from fakebroker.faults.often import Times
from fakebroker.faults.rule import Rule, rule, rule_from_json
from fakebroker.faults.steps import Item, Pass, Step, TimeCome
from fakebroker.predicates.addresses import Address, Numbered
from fakebroker.validation import Sealed, near, of_type

Waiting = tuple[Callable[[], None], Callable[[], None]]

MOST_TAKEN_OUT = 100
"""How many removed rules are remembered that have never acted."""


class Crossings(Protocol):
    """Tells which items have crossed: the journal."""

    def crossed(self, connection: int, direction: str, name: str) -> int: ...

    def has_crossed(self, address: Address) -> bool: ...


class Faults(Sealed):
    """The rules of one broker.

    :param seed: what all that rules draw by chance depends on.
    :param verbs: the methods that rules may call with ``Do``, by name.
    :param clock: the broker's; without one it is always the first second.
    :param crossings: tells which items have crossed.
    """

    _checks = {"state": of_type(str, "a string")}

    def __init__(
        self,
        seed: object = 0,
        verbs: Mapping[str, Callable[..., object]] | None = None,
        clock: Time | None = None,
        crossings: Crossings | None = None,
    ) -> None:
        self.state = ""
        """The name of the broker's state, for rules that ask for it: ``when("basic.publish", state="after-login")``."""
        self._seed = seed
        self._clock = clock
        self._crossings = crossings
        self._begin = 0.0 if clock is None else clock.seconds()
        self.verbs: Mapping[str, Callable[..., object]] = verbs if verbs is not None else {}
        self.rules: list[ActiveRule] = []
        """The rules, in the order in which they were added."""
        self.on_due: Callable[[ActiveRule], object] = _nothing
        """Called with a rule when its time has come."""
        self._added = 0
        self._waiting: dict[str, list[Waiting]] = {}
        self._labels: dict[str, None] = {}  # under which rules have held something, or will
        self._taken_out: deque[ActiveRule] = deque(maxlen=MOST_TAKEN_OUT)  # the last removed that have never acted

    def seconds(self) -> float:
        """The time since the broker was made or reset, on its clock."""
        return 0.0 if self._clock is None else self._clock.seconds() - self._begin

    # --- what users say

    def add(
        self,
        when: When | Action | Rule,
        *then: Action,
        times: Times = "usual",
        within: float | None = None,
        budget: int | None = None,
        probability: float | None = None,
        drawn: Drawn = "item",
    ) -> ActiveRule:
        """Add a rule: ``add(when("basic.publish", nth=7), Drop())``.

        Some actions know themselves where to act and need no ``when``: ``add(RefuseLogin())``.

        :param then: one action or several. Each works on what the one before it lets pass.
        :param times: how often the rule acts; None for always. The default is once, unless the action says otherwise.
        :param within: in how many seconds it acts so many ``times``; None for all time.
        :param budget: how often it acts in all, in whatever ``times`` is counted; None for no limit.
        :param probability: how likely the rule acts when it could, above 0 and up to 1; None for certain.
        :param drawn: whether chance is drawn for each ``"item"``, or once for each ``"connection"``.
        :returns: the rule that was added. ``with`` removes it at the end of the block.
        :raises RuleError: for a rule that can never act.
        """
        if isinstance(when, Rule):
            return self._load(when)
        first, actions = (When(), (when, *then)) if isinstance(when, Action) else (when, then)
        return self._load(
            rule(first, *actions, times=times, within=within, budget=budget, probability=probability, drawn=drawn)
        )

    def load(self, form: object) -> list[ActiveRule]:
        """Add rules from their JSON form: one rule, a list of rules, or an object with ``rules``.

        :raises RuleError: when a rule is wrong. It names the place in the document, and no rule is added.
        """
        if isinstance(form, Mapping) and "rules" in form:
            form = form["rules"]
        forms = form if isinstance(form, list) else [form]
        rules = [rule_from_json(each, f"rules[{index}]") for index, each in enumerate(forms)]
        for index, each in enumerate(rules):
            self._check_here(each, f"rules[{index}].")
        return [self._load(each) for each in rules]

    def chaos(
        self,
        weights: Mapping[Action, float],
        probability: float,
        when: When | None = None,
        times: int | None = None,
        *,
        within: float | None = None,
        budget: int | None = None,
        drawn: Drawn = "item",
    ) -> ActiveRule:
        """Let things go wrong by chance: ``chaos({Drop(): 1, Delay(0.5): 3}, probability=0.02)``.

        The same seed and the same conversation make the same faults.

        :param weights: how likely each action is drawn, compared to the others.
        :param probability: how likely an action is drawn at all, for each item.
        :param when: which items may go wrong; by default all.
        :param budget: how many things go wrong in all; None for no limit. The other parts are those of :meth:`add`.
        """
        made = rule(
            when or When(),
            weighted(weights),
            times=times,
            within=within,
            budget=budget,
            probability=probability,
            drawn=drawn,
        )
        return self._load(made)

    def remove(self, loaded: ActiveRule) -> None:
        """Remove a rule. It is no error if it has been removed before."""
        loaded.cancel()
        if loaded in self.rules and not loaded.acted:
            self._taken_out.append(loaded)
        self.rules = [each for each in self.rules if each is not loaded]

    def clear(self) -> None:
        """Remove all rules, and forget those that have never acted. What they hold stays held."""
        self.stop()
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
        if not isinstance(label, str) or (label not in self._labels and not self._waiting.get(label)):
            known = near(str(label), self._labels) or f"; there are {', '.join(map(repr, self._labels)) or 'none'}"
            raise RuleError(f"no rule holds anything under the label {label!r}{known}")
        return self.let_go(label)

    # --- what the link asks

    def crossed(self, connection: int, direction: str, name: str) -> int:
        """How many items of this name have crossed, in this direction of a connection that has not ended."""
        return 0 if self._crossings is None else self._crossings.crossed(connection, direction, name)

    def means(self, name: str, direction: Way) -> bool:
        """Whether a rule names this very command, in this direction."""
        return any(loaded.rule.when.means(name, direction) for loaded in self.rules)

    @property
    def holds(self) -> bool:
        """Whether something may wait for a release."""
        return bool(self._waiting)

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
        crossing = Crossing(direction, item, facts, self, numbered=numbered)
        for loaded in self.rules:
            try:
                loaded.meet(crossing)
            except Exception as error:
                failed(loaded, error)
        fitting = [loaded for loaded in self.rules if loaded.occurrence]
        return Evaluation(self._seed, fitting, fired, failed).apply(crossing, 0)

    def at_its_time(
        self,
        loaded: ActiveRule,
        facts: Facts,
        fired: Callable[[Fired], None],
        failed: Callable[[ActiveRule, Exception], None],
    ) -> Sequence[Step]:
        """Decide what is done when the time of a rule has come, on a connection or on the broker alone.

        :param fired: called if the rule acts.
        :param failed: called when a function of the rule raises.
        """
        crossing = Crossing("in", TimeCome(), facts, self)
        try:
            if not loaded.meet_at_its_time(crossing):
                return ()
        except Exception as error:
            failed(loaded, error)
            return ()
        return Evaluation(self._seed, [loaded], fired, failed).apply(crossing, 0)

    def stop(self) -> None:
        """Wait for the time of no rule."""
        for loaded in self.rules:
            loaded.cancel()

    def _schedule(self, loaded: ActiveRule, at: float) -> None:
        if self._clock is not None:
            loaded.timer = self._clock.callLater(at - self.seconds(), lambda: self.on_due(loaded))

    def _load(self, rule: Rule) -> ActiveRule:
        self._check_here(rule, "")
        self._added += 1
        loaded = ActiveRule(self.remove, self._added, rule)
        begin = rule.when.after
        if isinstance(begin, Address) and self._crossings is not None:
            loaded.begun = self._crossings.has_crossed(begin)
        self._labels.update(dict.fromkeys(label for action in inner(rule.then) for label in action.labels()))
        if rule.when.at is not None:
            self._schedule(loaded, rule.when.at)
        self.rules = [*self.rules, loaded]
        return loaded

    def _check_here(self, rule: Rule, place: str) -> None:
        """Check what depends on the broker: its verbs, and how old it is."""
        if rule.when.at is not None and rule.when.at < self.seconds():
            raise RuleError(f"{place}when: at={rule.when.at} is over; the broker was made {self.seconds()} s ago")
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


def _nothing(loaded: ActiveRule) -> None:
    """What is done at a rule's time where there is no broker."""


def inner(actions: Iterable[Action]) -> Iterable[Action]:
    """All these actions, and all that a ``Chaos`` among them may draw."""
    for action in actions:
        yield action
        if isinstance(action, Chaos):
            yield from inner(choice.action for choice in action.choices)
