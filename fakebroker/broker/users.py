"""Where User and Users stood at first: kept for those who import from here."""

from fakebroker.broker.access.users import User, Users

__all__ = ["User", "Users"]
