"""A case: which faults act at which crossings of a run. It is written ``2:out:basic.deliver:7 reset``; several faults
are joined by `` + ``.
"""

from __future__ import annotations

from dataclasses import dataclass

from fakebroker.errors import RuleError
from fakebroker.predicates.addresses import Address

PLAIN = "no fault"
"""How the run without any fault is written."""


@dataclass(frozen=True)
class Case:
    """One run.

    :param faults: the crossings where something goes wrong, each with the name of the fault; none is the plain run.
    """

    faults: tuple[tuple[Address, str], ...] = ()

    def __str__(self) -> str:
        return " + ".join(f"{address} {fault}" for address, fault in self.faults) or PLAIN

    @classmethod
    def parse(cls, text: str) -> Case:
        """Read what ``str`` has written.

        :raises RuleError: when it is not a case. It says what would be right.
        """
        if not isinstance(text, str):
            raise RuleError(f"a case is a string such as '2:out:basic.deliver:7 reset', not {text!r}")
        if text.strip() == PLAIN:
            return cls()
        return cls(tuple(_part(part.strip(), text) for part in text.split(" + ")))

    @classmethod
    def of(cls, address: Address, fault: str) -> Case:
        """The case with one fault."""
        return cls(((address, fault),))


def _part(part: str, text: str) -> tuple[Address, str]:
    where, _, fault = part.partition(" ")
    if not where or not fault.strip():
        raise RuleError(f"{text!r} is not a case: one is the address of a crossing and a fault, such as "
                        "'2:out:basic.deliver:7 reset'; several are joined by ' + '")  # fmt: skip
    return Address.parse(where), fault.strip()
