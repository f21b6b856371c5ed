"""The home that ``WaitingJournal`` and ``NotSeen`` had before: imports from here go on working."""

from fakebroker.server.waiting_journal import NotSeen, WaitingJournal

__all__ = ["NotSeen", "WaitingJournal"]
