"""The scenes of ``fakebroker demo``, and how they are printed."""

from __future__ import annotations

from collections.abc import Callable, Generator
from textwrap import indent
from typing import Any, TextIO

from twisted.internet import defer, reactor
from twisted.python.failure import Failure
from txamqp.content import Content

from connector import AmqpConnector, AuthenticationRefused, ConnectionLost
from fakebroker import FakeBroker

Steps = Generator[defer.Deferred[Any], Any, str]
Scene = Callable[[FakeBroker, AmqpConnector], Steps]
"""Has the connector talk to the broker; returns what came out of it, or raises."""


def all_is_well(broker: FakeBroker, connector: AmqpConnector) -> Steps:
    """Connect, authenticate, open a channel, publish a message and consume it"""
    yield connector.connect(broker.host, broker.port)
    yield connector.authenticate("guest", "guest")
    channel = yield connector.channel_open()
    yield channel.queue_declare(queue="greetings")
    yield channel.basic_consume(queue="greetings", consumer_tag="reader")
    deliveries = yield connector.connection.queue("reader")
    channel.basic_publish(routing_key="greetings", content=Content("hello"))
    message = yield deliveries.get(timeout=5)
    channel.basic_ack(delivery_tag=message.delivery_tag)
    yield connector.disconnect()
    return f"the consumer got {message.content.body!r}"


def login_refused(broker: FakeBroker, connector: AmqpConnector) -> Steps:
    """Authenticate with a wrong password"""
    yield connector.connect(broker.host, broker.port)
    try:
        yield connector.authenticate("guest", "guess")
    except AuthenticationRefused as error:
        return f"{type(error).__name__}: {error}"
    raise AssertionError("the broker accepted a wrong password")


def handshake_cut(broker: FakeBroker, connector: AmqpConnector) -> Steps:
    """Lose the connection in the middle of the handshake"""
    broker.faults.add(when("tune-ok"), Reset())
    yield connector.connect(broker.host, broker.port)
    try:
        yield connector.authenticate("guest", "guest")
    except ConnectionLost as error:
        return f"{type(error).__name__}: {error}"
    raise AssertionError("the connection outlived a reset")


SCENES: tuple[Scene, ...] = (all_is_well, login_refused, handshake_cut)


class Page:
    """Where the scenes are printed."""

    def __init__(self, file: TextIO, colours: bool) -> None:
        self.file = file
        self.colours = colours

    def write(self, text: str, style: str = "") -> None:
        """A paragraph, in a style of the terminal's, such as ``"1"`` for bold."""
        styled = f"\x1b[{style}m{text}\x1b[0m" if style and self.colours else text
        self.file.write(styled + "\n")
        self.file.flush()

    def scene(self, number: int, scene: Scene) -> None:
        self.write(f"\n{number}. {scene.__doc__}\n", BOLD)

    def conversation(self, transcript: str) -> None:
        self.write(indent(transcript.rstrip(), "   "))


BOLD, GREEN, RED = "1", "32", "31"


def play(file: TextIO, colours: bool) -> int:
    """Play all scenes on the global reactor, which is not running yet.

    :param colours: whether the file is a terminal that shows them.
    :returns: the exit code.
    """
    codes: list[int] = []

    def begin() -> None:
        defer.ensureDeferred(perform(Page(file, colours))).addBoth(end)

    def end(outcome: int | Failure) -> None:
        if isinstance(outcome, Failure):
            outcome.printTraceback()
        codes.append(outcome if isinstance(outcome, int) else 1)
        reactor.stop()

    reactor.callWhenRunning(begin)
    reactor.run()
    return codes[0] if codes else 1


async def perform(page: Page) -> int:
    """Play the scenes one by one, each on a connection of its own."""
    broker = FakeBroker(reactor)
    await broker.listen()
    page.write(f"A broker at {broker.url}, and the connector, a client built on txAMQP.")
    as_told = 0
    for number, scene in enumerate(SCENES, 1):
        page.scene(number, scene)
        connector = AmqpConnector()
        try:
            result = await defer.inlineCallbacks(scene)(broker, connector)
        except Exception as error:
            page.conversation(broker.journal.transcript(connection=number))
            page.write(f"\n   NOT as told: {type(error).__name__}: {error}", RED)
        else:
            page.conversation(broker.journal.transcript(connection=number))
            page.write(f"\n   As told: {result}", GREEN)
            as_told += 1
        finally:
            await connector.disconnect()
    await broker.stop()
    return 0 if as_told == len(SCENES) else 1
