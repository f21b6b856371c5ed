"""Which of the ledger's verdicts count as failures."""

from __future__ import annotations

from fakebroker.errors import QueryError
from fakebroker.ledger.verdicts import VERDICTS
from fakebroker.validation import unknown


def chosen_verdicts(text: str) -> dict[str, str]:
    """Read which verdicts are failures: ``"never-confirmed,requeue-loop"`` are these two alone; ``"-polling"`` is the
    usual ones but this; ``"+no-prefetch"`` is the usual ones and this; ``all`` and ``none`` are what they say.

    :returns: the levels by name, as ``Ledger.verdicts`` takes them.
    :raises QueryError: when there is no such verdict.
    """
    parts = [part.strip() for part in text.split(",") if part.strip()]
    if not parts:
        raise QueryError(f"verdicts {text!r}: names are expected, all, or none")
    relative = all(part[0] in "+-" for part in parts)
    levels: dict[str, str] = {} if relative else dict.fromkeys(VERDICTS, "off")
    for part in parts:
        name = part.lstrip("+-")
        if name not in (*VERDICTS, "all", "none"):
            raise QueryError(f"verdicts {text!r}: {unknown('verdict', name, (*VERDICTS, 'all', 'none'))}")
        wanted = "off" if part.startswith("-") or name == "none" else "fail"
        levels.update(dict.fromkeys(VERDICTS if name in ("all", "none") else (name,), wanted))
    return levels
