"""A case: which faults act at which crossings of a run. It is written ``2:out:basic.deliver:7 reset``; several faults
are joined by `` + ``.
"""

from __future__ import annotations

from dataclasses import dataclass

from fakebroker.errors import RuleError
from fakebroker.liberties import chooser_of
from fakebroker.predicates.addresses import Address

PLAIN = "no fault"
"""How the run without any fault is written."""


LIBERTIES = "liberties"
"""What stands before the liberties: ``liberties 17``."""


@dataclass(frozen=True)
class Case:
    """One run.

    :param faults: the crossings where something goes wrong, each with the name of the fault; none is the plain run.
    :param liberties: who chooses where RabbitMQ may do this or that: a seed, or a list of choices; empty for the same
        order each time.
    """

    faults: tuple[tuple[Address, str], ...] = ()
    liberties: str = ""

    def __str__(self) -> str:
        parts = [f"{address} {fault}" for address, fault in self.faults]
        if self.liberties:
            parts.append(f"{LIBERTIES} {self.liberties}")
        return " + ".join(parts) or PLAIN

    @classmethod
    def parse(cls, text: str) -> Case:
        """Read what ``str`` has written.

        :raises RuleError: when it is not a case. It says what would be right.
        """
        if not isinstance(text, str):
            raise RuleError(f"a case is a string such as '2:out:basic.deliver:7 reset', not {text!r}")
        if text.strip() == PLAIN:
            return cls()
        parts = [part.strip() for part in text.split(" + ")]
        liberties = [part.partition(" ")[2] for part in parts if part.startswith(f"{LIBERTIES} ")]
        faults = [part for part in parts if not part.startswith(f"{LIBERTIES} ")]
        return cls(tuple(_part(part, text) for part in faults), _liberties(liberties[0]) if liberties else "")

    @classmethod
    def of(cls, address: Address, fault: str) -> Case:
        """The case with one fault."""
        return cls(((address, fault),))


def _liberties(text: str) -> str:
    try:
        return str(chooser_of(text))
    except ValueError as error:
        raise RuleError(str(error)) from None


def _part(part: str, text: str) -> tuple[Address, str]:
    where, _, fault = part.partition(" ")
    if not where or not fault.strip():
        raise RuleError(f"{text!r} is not a case: one is the address of a crossing and a fault, such as "
                        "'2:out:basic.deliver:7 reset'; several are joined by ' + '")  # fmt: skip
    return Address.parse(where), fault.strip()
