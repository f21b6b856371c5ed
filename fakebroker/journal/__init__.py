"""The journal: every command in and out, rules that acted, opens and losses; queries, transcripts, captures."""

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
