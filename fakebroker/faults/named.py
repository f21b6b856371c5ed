"""Named faults: what usually goes wrong, each with a name, to be tried at every crossing of a run.

A named fault makes the rules that have it go wrong at one crossing. It also says where it can't act, and where no
RabbitMQ could do it: a test that fails there would say nothing. ``docs/faults.md`` has a table of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from fakebroker.errors import RuleError
from fakebroker.faults.families import breaches, broker, network
from fakebroker.faults.families.fault import NamedFault
from fakebroker.faults.reach import Known
from fakebroker.predicates.addresses import Address
from fakebroker.validation import near

__all__ = ["DEFAULT", "FAMILIES", "NAMED", "Address", "Known", "NamedFault", "chosen"]

FAMILIES = ("network", "broker", "protocol")
DEFAULT = ("network", "broker")
"""The families that are tried where nobody says which."""

NAMED: Mapping[str, NamedFault] = MappingProxyType(
    {each.name: each for each in (*network.FAULTS, *broker.FAULTS, *breaches.FAULTS)}
)
"""All named faults, by their names: first the network's, then the broker's, then breaches of the protocol."""


def chosen(text: str) -> list[NamedFault]:
    """Read which named faults are to be tried: ``"network,broker,-stall"``.

    :param text: names and families with commas between; ``all`` is every one. A ``-`` before a name or a family takes
        it away; where the first part takes away, it does so from the families of :data:`DEFAULT`.
    :returns: them in the order of :data:`NAMED`, each once.
    :raises RuleError: when a part is neither a name nor a family, or nothing is left.
    """
    parts = [part.strip() for part in text.split(",")]
    taken: dict[str, None] = {}
    if parts[0].startswith("-"):
        parts = [*DEFAULT, *parts]
    for part in parts:
        for name in _named(part.removeprefix("-"), text):
            if part.startswith("-"):
                taken.pop(name, None)
            else:
                taken[name] = None
    if not taken:
        raise RuleError(f"faults {text!r}: nothing is left")
    return [each for name, each in NAMED.items() if name in taken]


def _named(part: str, text: str) -> list[str]:
    """The names that a part stands for."""
    if part in NAMED:
        return [part]
    if part in FAMILIES or part == "all":
        return [name for name, each in NAMED.items() if part in (each.family, "all")]
    every = [*FAMILIES, "all", *NAMED]
    hint = near(part, every) or f"; there are the families {', '.join(FAMILIES)}, all, and {', '.join(NAMED)}"
    raise RuleError(f"faults {text!r}: there is no fault {part!r}{hint}")
