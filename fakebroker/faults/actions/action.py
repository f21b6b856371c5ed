"""What all actions have in common. An action is a small immutable value that turns a crossing into steps.

To add an action, write:

- a file beside this one, with a frozen dataclass that derives from ``Action``. The first line of its docstring says
  what the action does, the rest says what the client sees;
- the class's name in ``faults/catalogue`` and in ``faults/__init__``. In JSON it is written in snake case;
- a test in ``tests/faults/actions``, and what each kind of client sees of it in ``tests/faults/clients``;
- a row in ``docs/faults.md``.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Sequence
from typing import ClassVar, Literal

from fakebroker.errors import RuleError
from fakebroker.faults.crossing import Crossing, Way
from fakebroker.faults.fields import check_fields, to_form
from fakebroker.faults.match import When
from fakebroker.faults.steps import Step
from fakebroker.predicates.checking import directions
from fakebroker.predicates.vocabulary import named

Target = Literal["anything", "octets", "command", "content"]
"""What an action can work on: every item, every item but ``connect``, commands, or commands that carry content."""


def snake_case(name: str) -> str:
    """``CloseChannel`` becomes ``close_channel``, as in JSON and in the names of files."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


@dataclasses.dataclass(frozen=True)
class Action:
    """What a rule does. Subclasses give ``steps``, and say what they can act on."""

    default_what: ClassVar[str | None] = None
    """What it acts on when its rule does not say: the default for ``when``'s ``what``."""
    way: ClassVar[Way | None] = None
    """The one direction it acts in; None for both."""
    target: ClassVar[Target] = "anything"
    """What it can work on."""
    only: ClassVar[tuple[str, ...]] = ()
    """The only commands it can act on; empty for any."""
    repeats: ClassVar[bool] = False
    """Whether its rule acts every time, unless the rule says how often."""
    works_on_bytes: ClassVar[bool] = False
    """Whether it works on an item's octets, and so on those that another rule has changed, too."""

    alone: ClassVar[bool] = False
    """Whether it can act where there is no connection: at a time, or when the socket has ended."""
    timely: ClassVar[bool] = False
    """Whether it can act on a connection at a time, though else it acts on what is sent."""

    def __post_init__(self) -> None:
        check_fields(self, self.name())
        self.validate()

    def validate(self) -> None:
        """Check the fields' values. By default any value of the right type will do.

        :raises RuleError: when a value makes no sense. It names the field.
        """

    def steps(self, crossing: Crossing) -> Sequence[Step]:
        """Say what the link does in place of passing the item on. It depends on the crossing alone."""
        raise NotImplementedError

    @classmethod
    def name(cls) -> str:
        """The action's name in JSON: the name of the class, in snake case."""
        return snake_case(cls.__name__)

    def count(self) -> int | None:
        """How often its rule acts, unless the rule says so; None for always."""
        return None if self.repeats else 1

    def labels(self) -> tuple[str, ...]:
        """The labels under which it holds items."""
        return ()

    def completed(self, when: When) -> When:
        """Fill in what the rule has left out of its ``when``: the default ``what``, and the only possible direction."""
        if when.at is not None:
            return when
        if when.what is None and self.default_what is not None:
            when = dataclasses.replace(when, what=self.default_what)
        if when.direction is None and self.way is not None and self.way in directions(when.what):
            when = dataclasses.replace(when, direction=self.way)
        return when

    def check(self, when: When, place: str) -> None:
        """Check that the action can act on something that fits ``when``.

        :param place: where it stands in a document; the error names it.
        :raises RuleError: when it can't. It says what the action does act on.
        """
        if when.at is not None:
            if not self._acts_at_a_time:
                raise RuleError(f"{place}: {self.name()} acts on what is sent; at a time nothing is")
            return
        if when.what == "end" and not self.alone:
            raise RuleError(f"{place}: {self.name()} acts on a connection, and at end there is none any more")
        if self.way is not None and self.way not in ([when.direction] if when.direction else directions(when.what)):
            where = {"in": "what comes in from", "out": "what goes out to"}[self.way]
            raise RuleError(f"{place}: {self.name()} acts on {where} the client, so never on {when.what}")
        if self.only and not any(command.name in self.only for command in named(when.what)):
            raise RuleError(f"{place}: {self.name()} acts on {' and '.join(self.only)}, not on {when.what}")
        covered = named(when.what)
        if self.target == "octets" and when.what == "connect":
            raise RuleError(f"{place}: {self.name()} acts on what is sent; at connect nothing is")
        if self.target in ("command", "content") and not covered:
            raise RuleError(f"{place}: {self.name()} acts on commands, and {when.what} is none")
        if self.target == "content" and not any(command.content for command in covered):
            raise RuleError(f"{place}: {self.name()} acts on commands that carry content; {when.what} carries none")

    @property
    def _acts_at_a_time(self) -> bool:
        on_items = self.target != "anything" or self.only or self.default_what is not None or self.way == "out"
        return self.alone or self.timely or not on_items

    def applies_to(self, crossing: Crossing) -> bool:
        """Whether it can act on this item."""
        command = crossing.command
        if crossing.kind in ("end", "moment"):
            return self.alone or (crossing.kind == "moment" and self._acts_at_a_time)
        if self.way is not None and crossing.direction != self.way:
            return False
        if self.only and crossing.kind not in self.only:
            return False
        if crossing.data is not None and not self.works_on_bytes:
            return False
        if self.target == "content":
            return command is not None and command.content is not None
        if self.target == "command":
            return command is not None
        return self.target == "anything" or crossing.kind != "connect"

    def to_json(self) -> dict[str, object]:
        """The JSON form: the name, and each field whose value is not the default."""
        form: dict[str, object] = {"action": self.name()}
        for field in dataclasses.fields(self):
            value = getattr(self, field.name)
            default = field.default_factory() if field.default_factory is not dataclasses.MISSING else field.default
            if value != default:
                form[field.name] = to_form(value)
        return form

    def __str__(self) -> str:
        given = {name: value for name, value in self.to_json().items() if name != "action"}
        return f"{type(self).__name__}({', '.join(f'{name}={value!r}' for name, value in given.items())})"


MOST_OCTETS = 2**27
"""How many octets a rule may make up at once."""


def positive(action: Action, field: str, *, zero: bool = False, most: float | None = None) -> None:
    """Check that a field holds a number above zero, or None.

    :param zero: whether it may be zero, too.
    :param most: the largest number that it may hold.
    :raises RuleError: when it does not. It names the action and the field.
    """
    value = getattr(action, field)
    if value is None:
        return
    if value < 0 or (value == 0 and not zero):
        least = "0 or more" if zero else "more than 0"
        raise RuleError(f"{action.name()}: {field}={value!r} must be {least}")
    if most is not None and value > most:
        raise RuleError(f"{action.name()}: {field}={value!r} must be {most} or less")


def short(action: Action, *fields: str) -> None:
    """Check that texts fit into AMQP's short strings. So a rule is refused when it is made, not when it acts.

    :raises RuleError: when one does not. It names the action and the field.
    """
    for field in fields:
        try:
            length = len(getattr(action, field).encode())
        except UnicodeEncodeError:
            raise RuleError(f"{action.name()}: {field}={getattr(action, field)!r} can't be written in UTF-8") from None
        if length > 255:
            raise RuleError(f"{action.name()}: {field} has {length} octets, and may have 255")


def reply(action: Action) -> None:
    """Check that the fields ``code`` and ``text`` can be a reply-code and a reply-text.

    :raises RuleError: when they can't. It names the action and the field.
    """
    code: int = getattr(action, "code")  # noqa: B009
    if not 0 <= code <= 0xFFFF:
        raise RuleError(f"{action.name()}: code={code} is no reply-code")
    short(action, "text")


def label(action: Action, field: str) -> None:
    """Check that a label is not empty. It may be None.

    :raises RuleError: when it is empty. It names the action and the field.
    """
    if getattr(action, field) == "":
        raise RuleError(f"{action.name()}: {field} is a label, and not empty")
