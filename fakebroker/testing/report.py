"""What a failing test prints: the conversation, the seed, and how to run exactly that again."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable

from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

from fakebroker.fake import FakeBroker
from fakebroker.liberties import Chooser, chooser_of

SEED = "FAKEBROKER_SEED"
"""The environment variable that replaces a test's seed."""

LIBERTIES = "FAKEBROKER_LIBERTIES"
"""The environment variable that replaces a test's liberties: a seed, or a list of choices."""


LEDGER = "FAKEBROKER_LEDGER"
"""The environment variable that has every broker of a test keep a ledger."""


def keeps_ledger(default: bool | None = None) -> bool:
    """Whether the broker of a test keeps a ledger.

    :param default: what the test says; None where it says nothing.
    """
    return os.environ.get(LEDGER, "") not in ("", "0") if default is None else default


def seed(default: int = 0) -> int:
    """The seed of a test.

    :param default: used unless the environment gives one.
    """
    return int(os.environ.get(SEED, default))


def liberties(given: int | str | Chooser | None = None) -> Chooser | None:
    """Who chooses in a test: what it gives, or what the environment says. None for no liberties.

    :raises ValueError: when it makes no sense.
    """
    said = os.environ.get(LIBERTIES)
    return chooser_of(given) if not said else chooser_of(said, LIBERTIES)


def report(broker: FakeBroker, test: str) -> str:
    """The transcript of a broker, its seed, and how to run a test with it.

    :param test: the test's full name.
    """
    chosen = "" if broker.liberties is None else f" {LIBERTIES}='{broker.liberties}'"
    again = f"--- to run exactly this again:\n    {SEED}={broker.seed}{chosen} python -m twisted.trial {test}\n"
    return conversation(broker, f" in {test}") + again


def conversation(broker: FakeBroker, where: str = "") -> str:
    """The transcript of a broker, its seed, and its rules that never acted.

    :param where: added to the heading, such as ``" in test_x"``.
    """
    idle = broker.faults.never_acted()
    told = f"--- what did not go wrong\n{idle}\n" if idle else ""
    told += ledger_of(broker)
    return f"--- what passed{where} (seed {broker.seed})\n{broker.journal.transcript()}{told}"


def ledger_of(broker: FakeBroker) -> str:
    """What became of each message, where the broker keeps a ledger; else nothing."""
    if not broker.keeps_ledger or not broker.ledger.messages:
        return ""
    return f"--- what became of each message\n{broker.ledger.shown()}\n"


def reporting(method: Callable[..., object], tell: Callable[[], str]) -> Callable[..., object]:
    """A test method that reports when it fails, whether at once or later through its Deferred."""

    def wrapped(*args: object, **kwargs: object) -> object:
        try:
            result = method(*args, **kwargs)
        except Exception as error:
            attach(error, tell())
            raise
        if isinstance(result, Deferred):
            result.addErrback(_later, tell)
        return result

    return wrapped


def attach(error: BaseException, text: str) -> None:
    """Add a text to an error: to its message, if that is one string. Every test runner shows it there."""
    if len(error.args) == 1 and isinstance(error.args[0], str) and isinstance(error, AssertionError):
        error.args = (f"{error.args[0]}\n{text}",)
    else:
        sys.stderr.write(f"\n{text}")


def add_note(error: BaseException, text: str) -> None:
    """Add a text to an error as a note, from Python 3.11 on."""
    if hasattr(error, "add_note"):
        error.add_note(text)
    else:
        attach(error, text)


def _later(failure: Failure, tell: Callable[[], str]) -> Failure:
    if failure.value is not None:
        attach(failure.value, tell())
    return failure
