"""The liberties by name."""

from __future__ import annotations

from collections.abc import Iterable

from fakebroker.validation import near

LIBERTIES: dict[str, str] = {
    "channels": "which channel is told next what its queues have for it",
    "queues": "which queue's delivery comes next on a channel, and whether a confirm comes before it",
    "confirms": "how many messages one confirm is for, and which of several queues confirms first",
    "late": "deliveries and confirms come behind the answers to later commands",
    "early": "deliveries and confirms come between the answers to commands that were sent together",
    "together": "what a client has written in several pieces is read by the broker in one (in memory)",
    "reads": "how octets are cut into reads",
    "timers": "what comes first of calls that are due at the same time (in virtual time)",
    "latency": "how long octets take on a connection (in memory)",
}
"""What each is about, in words."""


def chosen(names: str | Iterable[str]) -> frozenset[str]:
    """The liberties that these names mean.

    :param names: such as ``"confirms,reads"``, ``"all"`` or ``"-latency"``: a minus takes one away, of all where no
        name stands before it.
    :raises ValueError: for a name that is none.
    """
    words = names.split(",") if isinstance(names, str) else list(names)
    found: set[str] = set(LIBERTIES) if not words or words[0].strip().startswith("-") else set()
    for word in (word.strip() for word in words):
        name = word.lstrip("-")
        if name != "all" and name not in LIBERTIES:
            hint = near(name, [*LIBERTIES, "all"])
            raise ValueError(f"{name!r} is no liberty{hint}; there are {', '.join(LIBERTIES)}")
        meant = set(LIBERTIES) if name == "all" else {name}
        found = found - meant if word.startswith("-") else found | meant
    return frozenset(found)
