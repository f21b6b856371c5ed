"""The journal: every command in and out, each rule that acted, each connection made and lost.

It answers queries, and becomes transcripts, JSON lines and capture files.
"""

from fakebroker.journal.compare import compare
from fakebroker.journal.entries import Acted, Direction, Entry, Failed, Lost, Opened, Raw
from fakebroker.journal.journal import Journal
from fakebroker.journal.pcap import capture
from fakebroker.journal.record import Record, dumps, loads
from fakebroker.journal.text import render

__all__ = [
    "Acted",
    "Direction",
    "Entry",
    "Failed",
    "Journal",
    "Lost",
    "Opened",
    "Raw",
    "Record",
    "capture",
    "compare",
    "dumps",
    "loads",
    "render",
]
