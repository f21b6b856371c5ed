"""The ledger of one broker: its messages, its connections, and how to find some of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from fakebroker.errors import DecodeError, QueryError
from fakebroker.ledger.facts import ConnectionFacts
from fakebroker.ledger.message import PublishedMessage
from fakebroker.ledger.record import record_of_connection, record_of_message
from fakebroker.ledger.verdicts.check import Verdict
from fakebroker.ledger.verdicts.judging import failing, verdicts_on
from fakebroker.predicates.value_tests import as_test
from fakebroker.predicates.vocabulary import commands
from fakebroker.validation import Sealed, unknown

MAX_MESSAGES = 50_000
"""How many messages a ledger keeps. When there are more, the oldest sixteenth of them is forgotten."""

_VALUES = (
    *("number", "connection", "channel", "sequence", "confirm_mode", "crossing", "exchange", "routing_key"),
    *("mandatory", "vhost"),
)
_COPIES = ("queue", "state", "place")
"""What is asked of a message's copies: it fits when one of them fits."""


class Ledger(Sealed):
    """What became of each message, and what each connection did: ``broker.ledger``.

    It only grows, up to ``max_messages``. ``messages`` has the messages in the order in which they were published.
    ``connections`` has every connection that was ever made, in their order.
    """

    def __init__(self, max_messages: int = MAX_MESSAGES) -> None:
        self.max_messages = max_messages
        self.messages: list[PublishedMessage] = []
        self.connections: list[ConnectionFacts] = []
        self.forgotten = 0
        """How many messages have been forgotten because there were too many: those before ``messages[0]``."""
        self.acted = 0
        """The order of the last moment before a rule acted for the last time; 0 where none has."""
        self.seconds: Callable[[], float] = lambda: 0.0
        """Seconds since the ledger began."""

    def __len__(self) -> int:
        return len(self.messages)

    def __repr__(self) -> str:
        return f"<Ledger: {len(self.messages)} messages, {len(self.connections)} connections>"

    def shown(self, most: int = 50) -> str:
        """The lives of the last messages, each in lines.

        :param most: of how many messages.
        """
        left_out = max(0, len(self.messages) - most)
        begins = [f"({left_out} older messages are not shown)"] if left_out else []
        return "\n".join([*begins, *map(str, self.messages[left_out:])])

    def __str__(self) -> str:
        """The lives of all messages, each in lines."""
        lost = [f"({self.forgotten} older messages are forgotten: there were more than {self.max_messages})"]
        return "\n".join([*(lost if self.forgotten else []), *map(str, self.messages)])

    def add(self, message: PublishedMessage) -> None:
        """Add a message. Where there are too many, the oldest are forgotten."""
        self.messages.append(message)
        if len(self.messages) > self.max_messages:
            too_many = max(1, self.max_messages // 16)
            del self.messages[:too_many]
            self.forgotten += too_many

    def of(self, body: object = None, message_id: object = None, **predicates: object) -> list[PublishedMessage]:
        """The messages that fit, in the order in which they were published.

        :param body: octets, text, a test such as ``like("order *")``, or a function of the octets.
        :param message_id: the property; a value, a test or a function, as in a rule.
        :param predicates: other properties, such as ``correlation_id``; ``exchange``, ``routing_key``, ``mandatory``,
            ``vhost``; ``connection``, ``channel``, ``sequence``, ``number``, ``confirm_mode``, ``crossing``; ``queue``,
            ``state`` or ``place`` of one of its copies.
        :raises QueryError: for a name that means nothing here, with the one that may have been meant.
        """
        known = (*_VALUES, *_COPIES, "body", *commands()["basic.publish"].arguments)
        for name in predicates:
            if name not in known:
                raise QueryError(unknown("predicate", name, known))
        if message_id is not None:
            predicates["message_id"] = message_id
        if body is not None:
            predicates["body"] = body
        return [message for message in self.messages if all(_holds(message, *each) for each in predicates.items())]

    def last(self, connection: int, exchange: str, routing_key: str) -> PublishedMessage | None:
        """The last message that a connection has published by a route."""
        route = (connection, exchange, routing_key)
        found = (
            each for each in reversed(self.messages) if (each.connection, each.exchange, each.routing_key) == route
        )
        return next(found, None)

    def verdicts(self, **which: object) -> list[Verdict]:
        """What the clients did wrong, as far as the ledger tells. They are judged by what they were told.

        :param which: what becomes of a verdict, by its name with ``_``: ``"off"``, ``"tell"``, ``"fail"`` (where the
            evidence is sure), ``"strict"`` (in any case); True is ``"fail"``, False is ``"off"``. A number is the limit
            of a check that counts: ``requeue_loop=50``. ``fakebroker.ledger.verdicts.VERDICTS`` has all of them.
        :raises QueryError: for a name or a value that means nothing.
        """
        return verdicts_on(self, which)

    def assert_clean(self, **which: object) -> None:
        """Assert that no verdict fails on a client.

        :param which: as in :meth:`verdicts`.
        :raises AssertionError: with the verdicts that fail, the crossings that they rest on, and why each is a fault.
        """
        wrong = failing(self.verdicts(**which))
        if wrong:
            raise AssertionError(wrong)

    def to_json(self, messages: Iterable[PublishedMessage] | None = None) -> dict[str, object]:
        """All of it as JSON has it: ``json.dumps`` makes text of it. Bodies that are no text are written in base64.

        :param messages: some of the messages, such as :meth:`of` finds; all by default.
        """
        return {
            "forgotten": self.forgotten,
            "messages": [record_of_message(each) for each in (self.messages if messages is None else messages)],
            "connections": [record_of_connection(each) for each in self.connections],
        }


def _holds(message: PublishedMessage, name: str, wanted: object) -> bool:
    if name == "body":
        return _body_holds(message.body, wanted)
    test = as_test(wanted)
    if name in _COPIES:
        return any(test.holds(getattr(copy, name)) for copy in message.copies)
    return test.holds(getattr(message, name) if name in _VALUES else _property(message, name))


def _property(message: PublishedMessage, name: str) -> object:
    try:
        return getattr(message.properties, name, None)
    except DecodeError:  # then the broker has refused it
        return None


def _body_holds(body: bytes, wanted: object) -> bool:
    if isinstance(wanted, str):
        return body == wanted.encode()
    test = as_test(wanted)
    if test.holds(body):
        return True
    return not callable(wanted) and test.holds(body.decode("utf-8", "surrogateescape"))
