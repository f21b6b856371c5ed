"""The scenes of ``fakebroker demo``, and how they are printed."""

from __future__ import annotations

import shutil
import traceback
from collections.abc import Callable
from typing import TextIO

from twisted.internet import defer
from twisted.python.failure import Failure
from txamqp.content import Content

from connector import AmqpConnector, AuthenticationRefused, ConnectionLost
from fakebroker import FakeBroker
from fakebroker.faults import Reset, when
from fakebroker.journal.entries import Entry, Lost
from fakebroker.server.awaitable import Steps

SceneSteps = Steps[str]
Scene = Callable[[FakeBroker, AmqpConnector], SceneSteps]
"""A scene: the connector talks to the broker. It returns a line about the outcome, or raises."""


def all_is_well(broker: FakeBroker, connector: AmqpConnector) -> SceneSteps:
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


def login_refused(broker: FakeBroker, connector: AmqpConnector) -> SceneSteps:
    """Authenticate with a wrong password"""
    yield connector.connect(broker.host, broker.port)
    try:
        yield connector.authenticate("guest", "guess")
    except AuthenticationRefused as error:
        return f"{type(error).__name__}: {error}"
    raise AssertionError("the broker accepted a wrong password")


def handshake_cut(broker: FakeBroker, connector: AmqpConnector) -> SceneSteps:
    """Lose the connection in the middle of the handshake"""
    broker.faults.add(when("tune-ok"), Reset())
    yield connector.connect(broker.host, broker.port)
    try:
        yield connector.authenticate("guest", "guest")
    except ConnectionLost as error:
        return f"{type(error).__name__}: {error}"
    raise AssertionError("the connection outlived a reset")


BOLD, GREEN, RED, YELLOW, CYAN = "1", "32", "31", "33", "36"
COLOURS = {"-->": CYAN, "(x)": RED, " * ": YELLOW}
"""The style of a transcript's line, by the mark in it."""

SCENES: tuple[Scene, ...] = (all_is_well, login_refused, handshake_cut)


class Page:
    """Where the scenes are printed."""

    def __init__(self, file: TextIO, colours: bool) -> None:
        self.file = file
        self.colours = colours
        self.width = shutil.get_terminal_size().columns if file.isatty() else 110

    def write(self, text: str, style: str = "") -> None:
        """A paragraph, in a style of the terminal's, such as ``"1"`` for bold."""
        styled = f"\x1b[{style}m{text}\x1b[0m" if style and self.colours else text
        self.file.write(styled + "\n")
        self.file.flush()

    def scene(self, number: int, scene: Scene) -> None:
        self.write(f"\n{number}. {scene.__doc__}\n", BOLD)

    def conversation(self, broker: FakeBroker, number: int) -> None:
        """What was said on a connection, from the journal."""
        for line in broker.journal.transcript(connection=number, times=False, numbers=False).splitlines():
            cut = line if len(line) < self.width - 3 else line[: self.width - 6] + "..."
            self.write("   " + cut, next((colour for mark, colour in COLOURS.items() if mark in line), ""))

    def outcome(self, text: str, style: str) -> None:
        self.write(f"\n   {text}", style)


def play(file: TextIO, colours: bool) -> int:
    """Play all scenes on the global reactor, which is not running yet.

    :param colours: whether the file is a terminal that shows them.
    :returns: the exit code.
    """
    from twisted.internet import reactor

    codes: list[int] = []

    def begin() -> None:
        defer.ensureDeferred(perform(Page(file, colours))).addBoth(end)

    def end(outcome: int | Failure) -> None:
        if isinstance(outcome, Failure):
            traceback.print_exception(outcome.value)
        codes.append(outcome if isinstance(outcome, int) else 1)
        reactor.stop()

    reactor.callWhenRunning(begin)
    reactor.run()
    return codes[0] if codes else 1


async def perform(page: Page) -> int:
    """Play the scenes one by one, each on a connection of its own; returns the exit code."""
    broker = FakeBroker()
    await broker.listen()
    page.write(f"A broker at {broker.url}, and the connector, a client built on txAMQP.")
    as_told = [await perform_one(page, broker, number, scene) for number, scene in enumerate(SCENES, 1)]
    await broker.stop()
    return 0 if all(as_told) else 1


async def perform_one(page: Page, broker: FakeBroker, number: int, scene: Scene) -> bool:
    """Play one scene, and print the conversation and the outcome. Returns whether it went as announced."""
    page.scene(number, scene)
    connector, gone = AmqpConnector(), end_of(broker, number)
    try:
        outcome, style = "As told: " + await defer.inlineCallbacks(scene)(broker, connector), GREEN
    except Exception as error:
        outcome, style = f"NOT as told. {type(error).__name__}: {error}", RED
    await connector.disconnect()
    await gone
    page.conversation(broker, number)
    page.outcome(outcome, style)
    return style == GREEN


def end_of(broker: FakeBroker, number: int) -> defer.Deferred[None]:
    """Fires when the broker, too, has seen the end of a connection."""
    gone: defer.Deferred[None] = defer.Deferred()

    def look(entry: Entry) -> None:
        if entry.connection == number and isinstance(entry.item, Lost):
            broker.clock.callLater(0, gone.callback, None)

    end_watch = broker.journal.watch(look)
    return gone.addCallback(lambda _: end_watch())
