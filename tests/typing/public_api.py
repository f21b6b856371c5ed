"""Twisted code under test, written with the annotations that a user of fakebroker and the connector would write."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Any

from twisted.internet.defer import Deferred, inlineCallbacks
from twisted.internet.interfaces import IStreamClientEndpoint
from twisted.internet.task import Clock

from connector import AmqpConnector, AuthenticationRefused, Channel, Client, ConnectionLost, ConnectorError, Timeouts
from fakebroker import (
    AMQPError,
    FakeBroker,
    FakeBrokerError,
    RuleError,
    RunningBroker,
    __version__,
    explore,
    memory,
    running,
    sweep,
)
from fakebroker.faults import ActiveRule, Call, CloseConnection, Delay, Drop, Partition, Reset, SetState, like, when
from fakebroker.faults.named import NAMED, Address, chosen
from fakebroker.ledger import Copy, Event, PublishedMessage
from fakebroker.testing import MemoryBroker, txamqp_client

version: str = __version__
errors: list[type[FakeBrokerError]] = [AMQPError, RuleError]


def over_tcp(reactor: Any) -> Deferred[int]:
    """A broker takes any reactor, and tells where it is."""
    broker = FakeBroker(reactor, seed=7)
    listening: Deferred[int] = broker.listen(port=0, host="127.0.0.1")
    return listening


def in_memory(clock: Clock) -> AmqpConnector:
    """A virtual clock serves the broker and its client."""
    broker = FakeBroker(clock=clock)
    endpoint: IStreamClientEndpoint = broker.endpoint()
    return AmqpConnector(endpoint=endpoint, clock=clock, timeouts=Timeouts(connect=5.0))


@inlineCallbacks
def conversation(broker: FakeBroker, connector: AmqpConnector) -> Generator[Deferred[Any], Any, None]:
    """The connector's steps, and the broker's end."""
    client: Client = yield connector.connect(broker.host, broker.port)
    try:
        yield connector.authenticate("guest", "guest")
    except AuthenticationRefused as error:
        code: int | None = error.code
        print(code, error.text)
    except ConnectionLost as error:
        clean: bool = error.clean
        print(clean, error.step)
    channel: Channel = yield connector.channel_open()
    yield channel.queue_declare(queue="work")
    print(client, connector.reason)
    yield connector.disconnect()
    yield broker.stop()


def told(error: ConnectorError) -> str:
    """Every error says what happened."""
    return error.message


def go_wrong(broker: FakeBroker) -> list[ActiveRule]:
    """Rules: when, what then, how often; and as JSON."""
    once: ActiveRule = broker.faults.add(when("basic.publish", nth=7, routing_key=like("orders.*")), Drop())
    broker.faults.add(when("tune-ok", user="guest"), Delay(2.5), Reset(), times=3, probability=0.5)
    with broker.faults.add(when("queue.declare"), CloseConnection(541, "INTERNAL_ERROR"), times=None) as scoped:
        acted: int = scoped.acted
    print(acted, broker.faults.load({"when": {"what": "basic.deliver"}, "then": {"action": "duplicate"}}))
    once.remove()
    broker.faults.add(when("basic.publish", body=lambda body: len(body) > 3, per="connection"), Drop())
    broker.faults.add(when("2:out:basic.deliver:7", state="late"), Reset(), budget=3, within=60.0, times=2)
    broker.faults.add(when("basic.deliver", from_=3, after=17), Delay(1.0), probability=0.5, drawn="connection")
    broker.faults.add(when(at=30.0, connection=1), SetState("late"))
    broker.faults.chaos({Drop(): 1, Reset(): 2.5}, probability=0.1, budget=5)
    print([(entry.number, entry.address) for entry in broker.journal], broker.faults.state.upper())
    broker.faults.assert_all_acted()
    for fault in (NAMED["reset"], *chosen("network,-stall")):
        for each in fault.rules(Address.parse("2:out:basic.deliver:7")):
            broker.faults.add(each)
    return broker.faults.unused()


@inlineCallbacks
def read_journal(broker: FakeBroker) -> Generator[Deferred[Any], Any, str]:
    """What was said, to ask and to read."""
    yield broker.journal.wait_for("basic.ack", "in", count=2, timeout=5.0)
    bodies: list[bytes] = [entry.value("body") for entry in broker.journal.published(exchange="", routing_key="jobs")]
    names: list[str] = broker.journal.methods("out", connection=1)
    broker.journal.assert_published(count=len(bodies), routing_key="jobs")
    return broker.journal.transcript(times=False) if names else ""


def read_ledger(clock: Clock) -> list[str]:
    broker = FakeBroker(clock=clock, ledger=True)
    found: list[PublishedMessage] = broker.ledger.of(body="job", queue="jobs")
    copies: list[Copy] = [copy for message in found for copy in message.copies]
    events: list[Event] = [event for copy in copies for event in copy.events]
    where: list[str] = [copy.place for copy in copies if copy.gone]
    return [*map(str, found), *map(str, events), *where]


def messages(broker: FakeBroker) -> list[str]:
    """A message's properties have names and types; any may be absent."""
    found: list[str] = []
    for entry in broker.journal.delivered(queue="work"):
        found.append(entry.properties.content_type or f"{entry.args.delivery_tag} has none")
    fetched = broker.get("work")
    if fetched is not None and fetched.properties.headers is not None:
        found += [key for key, value in fetched.properties.headers.items() if value is not None]
    return found


def other_client(broker: FakeBroker) -> Deferred[object]:
    """A client of txAMQP's, which has no types."""
    return txamqp_client(broker, version="0-9-1").addCallback(lambda client: client.channel(1))


def beside_blocking_code() -> str:
    """A broker in a thread of its own, called as if it were here."""
    with running(seed=3) as broker:
        entry: RunningBroker = broker
        entry.faults.add(when("basic.publish"), Drop())
        url: str = entry.url
    return url


@sweep(faults="network,broker", allow=ConnectionLost, pairs=10)
def greet(broker: MemoryBroker) -> None:
    """A pytest test can be a sweep."""
    print(broker.url)


def everything_goes_wrong(check: Callable[[MemoryBroker], object]) -> list[str]:
    """A scenario with every fault at every crossing."""
    report = sweep(greet, faults=["reset", NAMED["close"]], allow_for={"reset": (OSError, ValueError)}, check=check)
    report.assert_nothing_found()
    return [f"{outcome.case}: {outcome.kind.value} {outcome.error}" for outcome in report.outcomes]


def look(broker: FakeBroker) -> tuple[str, int, float]:
    """What a test looks at."""
    url: str = broker.url
    names: list[str] = [connection.name for connection in broker.connections]
    broker.restart()
    broker.pause(5)
    broker.resume()
    paused: bool = broker.paused
    broker.faults.add(when("basic.publish"), Call(lambda item: Drop() if item.body else None), Partition(seconds=5))
    broker.say(broker.connections[0], "basic.cancel", consumer_tag=str(paused))
    return url, len(names), broker.clock.seconds()


def orders(scenario: Any) -> bool:
    """An exploration gives a report; whoever makes a broker may say who chooses."""
    with memory(liberties="late.1=1"):
        pass
    FakeBroker(liberties=7)
    tried: int = explore(scenario, runs=10, liberties="channels,late").tally.runs
    return tried > 0 and explore(scenario, only="late.1=1").found
