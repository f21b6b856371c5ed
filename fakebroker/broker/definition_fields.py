"""Where DefinitionsError and PassedOver stood at first: kept for those who import from here."""

from fakebroker.broker.definitions.fields import DefinitionsError, PassedOver

__all__ = ["DefinitionsError", "PassedOver"]
