"""The home that DefinitionsError and PassedOver had before: imports from here go on working."""

from fakebroker.broker.definitions.fields import DefinitionsError, PassedOver

__all__ = ["DefinitionsError", "PassedOver"]
