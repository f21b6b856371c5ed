"""A rule: when it acts, what it does then, how often, and how likely."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fakebroker.errors import RuleError
from fakebroker.faults.actions.action import Action
from fakebroker.faults.checks import check
from fakebroker.faults.crossing import Drawn
from fakebroker.faults.match import SETTINGS, When, when_from_json
from fakebroker.faults.often import Times, check_often, times_of
from fakebroker.predicates.facts import FACTS
from fakebroker.validation import near

PARTS = ("when", "then", "times", "within", "budget", "probability", "drawn")


@dataclass(frozen=True)
class Rule:
    """Make one with :func:`rule` or :func:`rule_from_json`, which check it.

    :param then: the actions. Each works on what the one before it lets pass.
    :param times: how often the rule acts; None for always.
    :param within: in how many seconds it acts so many ``times``; None for all time.
    :param budget: how often it acts in all, whatever ``times``, ``per`` and ``within`` say; None for no limit.
    :param probability: how likely it acts when it could, by the broker's seed; None for certain.
    :param drawn: whether chance is drawn anew for each item, or once for each connection.
    """

    when: When
    then: tuple[Action, ...]
    times: int | None = 1
    probability: float | None = None
    within: float | None = None
    budget: int | None = None
    drawn: Drawn = "item"

    @property
    def acts_alone(self) -> bool:
        """Whether it acts at a time on the broker alone, and not on connections."""
        return all(action.alone for action in self.then) and not self.when.asks_of_connection

    def to_json(self) -> dict[str, object]:
        """The JSON form. :func:`rule_from_json` reads it.

        :raises RuleError: when the rule has a function, which can't be written in JSON.
        """
        actions = [action.to_json() for action in self.then]
        form: dict[str, object] = {"when": self.when.to_json(), "then": actions[0] if len(actions) == 1 else actions}
        form["times"] = self.times
        form.update({name: getattr(self, name) for name in self._given()})
        return form

    def _given(self) -> list[str]:
        """The parts besides ``times`` that differ from what is usual."""
        given = [name for name in ("within", "budget", "probability") if getattr(self, name) is not None]
        return given if self.drawn == "item" else [*given, "drawn"]

    def __str__(self) -> str:
        often = "" if self.times == 1 else ", always" if self.times is None else f", {self.times} times"
        more = "".join(f", {name} {getattr(self, name)}" for name in self._given())
        return f"{self.when} -> {', '.join(map(str, self.then))}{often}{more}"


def rule(
    when: When,
    *then: Action,
    times: Times = "usual",
    within: float | None = None,
    budget: int | None = None,
    probability: float | None = None,
    drawn: Drawn = "item",
    place: str = "",
) -> Rule:
    """Make a rule, and check that it can ever act.

    :param times: how often it acts, in all or in each connection or channel, as ``per`` says; None for always. The
        default is always with ``every`` and ``from_``. Without them the first action decides: for most it is once.
    :param within: in how many seconds it acts so many ``times``: with ``times=3, within=60`` not a fourth time in less
        than a minute. None for all time.
    :param budget: how often it acts in all, whatever ``times``, ``per`` and ``within`` say; None for no limit.
    :param probability: how likely it acts when it could, above 0 and up to 1; None for certain.
    :param drawn: ``"item"`` draws anew for each item; ``"connection"`` draws once for each connection, and what is
        drawn holds for all of its items.
    :param place: where the rule stands in a document; errors name it.
    :raises RuleError: when the rule can never act. It names the part that is wrong, and what may have been meant.
    """
    dot = f"{place}." if place else ""
    if not isinstance(when, When):
        raise RuleError(f"{dot}when: {when!r} is not what when(...) gives")
    if not then:
        raise RuleError(f"{dot}then: a rule needs an action")
    for action in then:
        if not isinstance(action, Action):
            raise RuleError(f"{dot}then: {_no_action(action)}")
        when = action.completed(when)
    check(when, f"{dot}when")
    for action in then:
        action.check(when, f"{dot}then")
    often = times_of(when, then[0], times, dot)
    check_often(often, within, budget, probability, drawn, dot)
    return Rule(when, then, often, probability, within, budget, drawn)


def _no_action(given: object) -> str:
    if isinstance(given, type) and issubclass(given, Action):
        return f"{given.__name__} is a kind of action; one of them is {given.__name__}(...)"
    return f"{given!r} is not an action" + ("; the when comes first" if isinstance(given, When) else "")


def rule_from_json(form: object, place: str = "rule") -> Rule:
    """Read a rule from its JSON form.

    :param place: where in the document the form is; errors name it.
    :raises RuleError: when the form is wrong, or the rule can never act.
    """
    if not isinstance(form, Mapping):
        raise RuleError(f"{place}: {form!r} is not an object with 'when' and 'then'")
    for name in form:
        if name not in PARTS:
            hint = near(name, PARTS)
            if not hint and name in (*SETTINGS, *FACTS):
                hint = "; it belongs into 'when'"
            raise RuleError(f"{place}: a rule has no part {name!r}{hint or '; it has ' + ', '.join(PARTS)}")
    if "then" not in form:
        raise RuleError(f"{place}: a rule needs 'then', its action")
    when = when_from_json(form.get("when", {}), f"{place}.when")
    actions = _actions(form["then"], f"{place}.then")
    often = {name: form[name] for name in PARTS[2:] if name in form}
    return rule(when, *actions, **often, place=place)


def _actions(form: object, place: str) -> Sequence[Action]:
    from fakebroker.faults.catalogue import action_from_json  # it loads all actions

    if isinstance(form, list):
        return [action_from_json(each, f"{place}[{index}]") for index, each in enumerate(form)]
    return [action_from_json(form, place)]
