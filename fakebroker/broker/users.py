"""The home that User and Users had before: imports from here go on working."""

from fakebroker.broker.access.users import User, Users

__all__ = ["User", "Users"]
