"""When a rule acts: on which items, which way, on which of them by number, whose they are, with which arguments."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from types import MappingProxyType
from typing import Any, Literal

from fakebroker.errors import RuleError
from fakebroker.faults.crossing import BrokerFacts, Crossing, Way
from fakebroker.predicates.addresses import Address, looks_like_address
from fakebroker.predicates.facts import FACTS, argument, queue_of
from fakebroker.predicates.value_tests import Passes, ValueTest, as_test, test_from_json
from fakebroker.predicates.vocabulary import HANDSHAKE
from fakebroker.wire.command import Command

Scope = Literal["broker", "connection", "channel"]
Predicate = ValueTest | Passes

SETTINGS = ("what", "direction", "at", "crossing", "after", "nth", "from_", "every", "per")
"""The parts of a ``When`` that are not predicates."""

BROKER_FACTS = ("state", "time")
"""The predicates that are about the broker, and not about an item."""

IN_JSON = MappingProxyType({"from_": "from"})
"""The names of parts that are others in JSON: ``from`` is a word of Python's."""


@dataclass(frozen=True)
class When:
    """The first half of a rule. :func:`when` makes one, and says what its parts mean."""

    what: str | None = None
    direction: Way | None = None
    at: float | None = None
    crossing: int | Address | None = None
    after: int | Address | None = None
    nth: int | None = None
    from_: int | None = None
    every: int | None = None
    per: Scope = "broker"
    state: Predicate | None = None
    time: Predicate | None = None
    connection: Predicate | None = None
    client: Predicate | None = None
    user: Predicate | None = None
    vhost: Predicate | None = None
    channel: Predicate | None = None
    queue: Predicate | None = None
    arguments: tuple[tuple[str, Predicate], ...] = ()

    def covers(self, crossing: Crossing) -> bool:
        """Whether an item fits. ``nth`` and the like are not asked: see :meth:`counts`. Nor is ``after``, which rules
        remember."""
        if self.direction is not None and crossing.direction != self.direction:
            return False
        if self.crossing is not None and not self._is_there(crossing):
            return False
        if not (self._broker_facts_hold(crossing.broker) and self.is_meant(crossing)):
            return False
        return self._facts_hold(crossing) and self._arguments_hold(crossing.command)

    def misses(self, crossing: Crossing) -> list[str]:
        """Say why an item of the kind that is meant does not fit: each part that differs, and its value."""
        wrong = []
        if self.direction not in (None, crossing.direction):
            wrong.append(f"direction is {crossing.direction!r}")
        if self.crossing is not None and not self._is_there(crossing):
            wrong.append(f"it is crossing {crossing.number}, {crossing.address}")
        for name, value in facts_of(crossing).items():
            test = getattr(self, name)
            if test is not None and not _surely_holds(test, value):
                wrong.append(f"{name} is {value!r}")
        for name, test in self.arguments:
            value = None if crossing.command is None else argument(crossing.command, name)
            if not _surely_holds(test, value):
                wrong.append(f"{name} is {value!r}")
        return wrong

    def means(self, name: str, direction: Way) -> bool:
        """Whether ``what`` names this very command, and the direction may be this one.

        Not if it names one crossing: that is one of a conversation in which no rule changes what the broker says.
        """
        return self.what == name and self.crossing is None and self.direction in (None, direction)

    def counts(self, occurrence: int) -> bool:
        """Whether ``nth``, ``from_`` and ``every`` let the rule act on the item with this number, of those that fit."""
        if self.nth is not None:
            return occurrence == self.nth
        if self.from_ is None:
            return self.every is None or occurrence % self.every == 0
        return occurrence >= self.from_ and (self.every is None or (occurrence - self.from_) % self.every == 0)

    def counter(self, crossing: Crossing) -> tuple[int, ...]:
        """The key of the count that an item belongs to: of the whole broker, of its connection, or of its channel."""
        if self.per == "broker":
            return ()
        if self.per == "connection":
            return (crossing.facts.number,)
        return (crossing.facts.number, crossing.channel)

    def is_meant(self, crossing: Crossing) -> bool:
        """Whether an item is of the kind that ``what`` names. Nothing else about it is asked."""
        what, kind = self.what, crossing.kind
        if what == kind:
            return True
        if what is None:
            return kind not in ("connect", "end") or self.crossing is not None
        command = crossing.command
        if command is None or what in ("heartbeat", "connect", "protocol-header", "malformed", "end"):
            return False
        if what == "method":
            return True
        if what in ("header", "body"):
            return command.content is not None and (what == "header" or bool(command.content.body))
        return what.endswith(".*") and kind.startswith(what[:-1])

    def _is_there(self, crossing: Crossing) -> bool:
        """Whether it is the crossing that is meant. The direction and the kind of an address are asked elsewhere."""
        there = self.crossing
        if isinstance(there, Address):
            numbered = crossing.numbered
            at_connection = there.connection == crossing.facts.number
            return at_connection and numbered is not None and there.occurrence == numbered.occurrence
        return there == crossing.number

    @property
    def asks_of_connection(self) -> bool:
        """Whether it asks whose connection it is."""
        return any(test is not None for test in (self.connection, self.client, self.user, self.vhost))

    def is_after(self, crossing: Crossing) -> bool:
        """Whether that has passed after which the rule begins. An item is not after itself."""
        begin = self.after
        if begin is None:
            return True
        if not isinstance(begin, Address):
            return crossing.number is not None and crossing.number > begin
        count = crossing.broker.crossed(begin.connection, begin.direction, begin.name)
        return count > begin.occurrence or (count == begin.occurrence and not self.is_begin(crossing))

    def is_begin(self, crossing: Crossing) -> bool:
        """Whether an item is that after which the rule begins."""
        begin = self.after
        return crossing.address == str(begin) if isinstance(begin, Address) else crossing.number == begin

    def holds_for(self, crossing: Crossing) -> bool:
        """Whether the broker and the connection are as it asks. Nothing else is asked, for nothing crosses."""
        return self._broker_facts_hold(crossing.broker) and self._facts_hold(crossing)

    def _broker_facts_hold(self, broker: BrokerFacts) -> bool:
        return (self.state is None or self.state.holds(broker.state)) and (
            self.time is None or self.time.holds(broker.seconds())
        )

    def _facts_hold(self, crossing: Crossing) -> bool:
        facts = crossing.facts
        return (
            (self.connection is None or self.connection.holds(facts.number))
            and (self.client is None or self.client.holds(facts.client))
            and (self.user is None or self.user.holds(facts.user))
            and (self.vhost is None or self.vhost.holds(facts.vhost))
            and (self.channel is None or self.channel.holds(crossing.channel))
            and (self.queue is None or self.queue.holds(queue_of(crossing.command, facts)))
        )

    def _arguments_hold(self, command: Command | None) -> bool:
        if not self.arguments:
            return True
        return command is not None and all(test.holds(argument(command, name)) for name, test in self.arguments)

    def parts(self) -> Iterator[tuple[str, object]]:
        """The parts that have been given, with their names, in a fixed order. Predicates come as tests."""
        for field in fields(self):
            value = getattr(self, field.name)
            if field.name == "arguments":
                yield from value
            elif value != field.default and not (field.name in ("what", "direction") and self._is_addressed):
                yield field.name, value

    @property
    def _is_addressed(self) -> bool:
        """Whether the name and the direction are those of an address, and need not be told."""
        return isinstance(self.crossing, Address)

    def to_json(self) -> dict[str, object]:
        """The JSON form. :func:`when_from_json` reads it."""
        return {IN_JSON.get(name, name): _form(value) for name, value in self.parts()}

    def __str__(self) -> str:
        if self._is_addressed:
            return f"when({', '.join([repr(str(self.crossing)), *self._named('crossing')])})"
        return f"when({', '.join([*([] if self.what is None else [repr(self.what)]), *self._named('what')])})"

    def _named(self, without: str) -> list[str]:
        return [f"{name}={plain(value)}" for name, value in self.parts() if name != without]


def when(
    what: str | None = None,
    direction: Way | None = None,
    *,
    at: float | None = None,
    crossing: int | str | Address | None = None,
    after: int | str | Address | None = None,
    nth: int | None = None,
    from_: int | None = None,
    every: int | None = None,
    per: Scope = "broker",
    **predicates: object,
) -> When:
    """Say when a rule acts.

    :param what: a command such as ``"basic.publish"``, all commands of a class (``"basic.*"``), a step of the handshake
        (``"tune-ok"``), ``"connect"`` (before any octet comes), ``"heartbeat"``, ``"protocol-header"``, ``"method"``
        (any command), ``"header"`` (any with content), ``"body"`` (any with content that is not empty),
        ``"malformed"``, ``"end"`` (of the socket); or an address. If it is left out, the action decides.
    :param direction: ``"in"`` from the client, ``"out"`` to it. May be left out where only one direction is possible.
    :param at: not on an item, but at a time: in seconds since the broker was made, as the journal counts them.
    :param crossing: this one crossing: its number in the run, or its address, as the journal has them.
    :param after: what comes behind that crossing, on any connection: its number or address.
    :param nth: the nth item that fits, counted from 1.
    :param from_: that item and all that come behind it. In JSON it is ``from``.
    :param every: every nth item that fits: with 3 the third, the sixth and so on; with ``from_``, from that item on.
    :param per: what these and the rule's ``times`` count in: the ``"broker"``, each ``"connection"`` or ``"channel"``.
    :param predicates: ``state`` (the broker's, see ``SetState``), ``time`` (seconds since the broker was made),
        ``connection`` (number, from 1), ``client`` (``connection_name`` in the client's properties, else ``product``),
        ``user``, ``vhost``, ``channel``, ``queue`` (for deliveries too, and for what is published straight to a queue),
        any argument of the method or property of the content, or ``body``. Each is given a value, ``like(...)``,
        ``one_of(...)``, ``between(...)``, or a function that is called with the value, and returns whether it fits.
    """
    tests = {name: as_test(value) for name, value in predicates.items()}
    facts = {name: tests.pop(name) for name in (*BROKER_FACTS, *FACTS) if name in tests}
    what, direction, crossing = addressed(what, direction, crossing)
    arguments = tuple(sorted(tests.items(), key=_functions_last))
    after = the_crossing("after", after)
    return When(what, direction, at, crossing, after, nth, from_, every, per, arguments=arguments, **facts)


def addressed(
    what: object, direction: Way | None, crossing: object
) -> tuple[str | None, Way | None, int | Address | None]:
    """The name, the direction and the crossing that are meant, where one of them may be an address.

    :raises RuleError: when it is none, or when the name or the direction is not the address's.
    """
    if what is not None and not isinstance(what, str):
        raise RuleError(f"what={what!r} is not a string, such as 'basic.publish'")
    what = what if what is None else HANDSHAKE.get(what, what)
    if looks_like_address(what):
        if crossing is not None:
            raise RuleError(f"{what!r} and crossing={crossing!r} are two crossings; a rule names one")
        what, crossing = None, what
    address = the_crossing("crossing", crossing)
    if address is None or isinstance(address, int):
        return what, direction, address
    way: Way = "in" if address.direction == "in" else "out"
    if what not in (None, address.name):
        raise RuleError(f"{what!r} can never match at '{address}'; an address says by itself what crosses there")
    if direction not in (None, way):
        raise RuleError(f"direction={direction!r} can never match at '{address}'; an address says it by itself")
    return address.name, way, address


def the_crossing(name: str, given: object) -> int | Address | None:
    """The crossing that a part of a ``When`` names, if it names any.

    :raises RuleError: when it is neither a number nor an address.
    """
    if given is None:
        return None
    if isinstance(given, int) and not isinstance(given, bool):
        if given < 1:
            raise RuleError(f"{name}={given!r} can never match; crossings are numbered from 1")
        return given
    return given.checked() if isinstance(given, Address) else Address.parse(given)


def when_from_json(form: object, place: str = "when") -> When:
    """Read a ``When`` from its JSON form.

    :param place: where in the document the form is; errors name it.
    :raises RuleError: when the form is wrong.
    """
    if not isinstance(form, Mapping):
        raise RuleError(f"{place}: {form!r} is not an object such as {{'what': 'basic.publish', 'nth': 7}}")
    named = {written: name for name, written in IN_JSON.items()}
    given: dict[str, object] = {named.get(name) or name: value for name, value in form.items()}
    settings: dict[str, Any] = {name: given.pop(name) for name in SETTINGS if name in given}
    tests: dict[str, Any] = {name: test_from_json(value, f"{place}.{name}") for name, value in given.items()}
    return when(**settings, **tests)


def facts_of(crossing: Crossing) -> dict[str, object]:
    """What rules may ask of an item besides its arguments: whose it is, and how the broker is."""
    facts = crossing.facts
    return {
        "state": crossing.broker.state,
        "time": crossing.broker.seconds(),
        "connection": facts.number,
        "client": facts.client,
        "user": facts.user,
        "vhost": facts.vhost,
        "channel": crossing.channel,
        "queue": queue_of(crossing.command, facts),
    }


def plain(value: object) -> str:
    """A part of a ``When``, written as in Python."""
    if isinstance(value, Passes):
        return str(value)
    form = _form(value)
    if isinstance(form, dict) and len(form) == 1 and not isinstance(getattr(value, "value", None), Mapping):
        [(name, inner)] = form.items()
        return f"{name}({', '.join(map(repr, inner)) if isinstance(inner, list) else repr(inner)})"
    return repr(form)


def _form(value: object) -> object:
    if isinstance(value, Address):
        return str(value)
    form: object = value.to_json() if hasattr(value, "to_json") else value
    return form


def _surely_holds(test: Predicate, value: object) -> bool:
    """Whether a test holds. A function that raises does not hold: the item does not fit anyway."""
    try:
        return test.holds(value)
    except Exception:
        return False


def _functions_last(pair: tuple[str, Predicate]) -> tuple[bool, str]:
    """Sort functions behind all other tests: a function is called only when all else fits."""
    return isinstance(pair[1], Passes), pair[0]
