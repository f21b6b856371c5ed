"""Tests that are run again and again by a search: what a test case and a search know of each other."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from fakebroker.fake import FakeBroker

MARK = "__fakebroker_search__"
"""The attribute of a test method, or of a class of tests, that is run by a search. It is a :class:`TestSearch`."""


class RunCase(Protocol):
    """What a search asks of a test case."""

    _testMethodName: str

    def id(self) -> str: ...

    def getSkip(self) -> tuple[bool, str | None]: ...


class RunResult(Protocol):
    """What a test runner is told by, as trial and pytest have it."""

    def startTest(self, test: RunCase, /) -> object: ...

    def stopTest(self, test: RunCase, /) -> object: ...

    def addSuccess(self, test: RunCase, /) -> object: ...

    def addSkip(self, test: RunCase, reason: str, /) -> object: ...

    def addFailure(self, test: RunCase, error: object, /) -> object: ...

    def addError(self, test: RunCase, error: object, /) -> object: ...


class TestSearch(Protocol):
    """Runs a test many times, in the place of the one time that a test runner asks for."""

    def run_instead(self, case: RunCase, result: RunResult) -> None:
        """Run a test case's test.

        :param case: as the test runner has made it.
        :param result: what the test runner is told by.
        """


@dataclass(frozen=True)
class Hooks:
    """What one run of a search wants to be told of. A test case that has them runs as any other."""

    begin: Callable[[FakeBroker], None]
    """Called with the broker as soon as it is made."""
    end: Callable[[FakeBroker], None]
    """Called with the broker before it is stopped, when the test and its clean-ups are over."""
    ledger: bool = False
    """Whether the broker keeps a ledger."""


def search_of(case: RunCase) -> TestSearch | None:
    """The search that runs a test case's test; None when it is to run as any other."""
    return mark_of(getattr(case, case._testMethodName, None), type(case))


def mark_of(method: object, kind: object) -> TestSearch | None:
    """The search that a test is marked with, or its class."""
    found: TestSearch | None = getattr(method, MARK, None) or getattr(kind, MARK, None)
    return found


def open_clients(broker: FakeBroker) -> list[int]:
    """The numbers of the connections whose clients have not closed their end, whatever the broker knows of it. Only
    connections in memory are looked at.
    """
    return [number for number, protocol in broker._factory.protocols.items() if _is_open(protocol.transport)]


def _is_open(transport: object) -> bool:
    """Whether the other end of a transport in memory is open."""
    while not hasattr(transport, "peer") and hasattr(transport, "wrappedProtocol"):  # TLS is around it
        transport = getattr(transport, "transport", None)
    peer = getattr(transport, "peer", None)
    return peer is not None and not peer.disconnecting
