"""The public home of ``WaitingJournal`` and ``NotSeen``."""

from fakebroker.server.waiting_journal import NotSeen, WaitingJournal

__all__ = ["NotSeen", "WaitingJournal"]
