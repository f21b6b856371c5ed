"""Verdicts on the clients: what they did wrong, as far as the ledger tells. A file for each check.

They are never unjust: a client is judged by what it was told, and what a rule did is the rule's.
"""

from fakebroker.ledger.verdicts.check import LEVELS, Check, Verdict
from fakebroker.ledger.verdicts.table import VERDICTS

__all__ = ["LEVELS", "VERDICTS", "Check", "Verdict"]
