"""Limits that an administrator sets for a virtual host or a user, by RabbitMQ's names for them."""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping

from fakebroker.broker.by_name import ByName
from fakebroker.broker.json_form import show_json
from fakebroker.validation import unknown

VHOST_LIMITS = ("max-connections", "max-queues")
USER_LIMITS = ("max-connections", "max-channels")


class Limits(ByName[int], MutableMapping[str, int]):
    """A few named whole numbers; absent or negative means no limit. ``vhost.limits["max-queues"] = 3``.

    :raises ValueError: for a name that is not one of this object's limits, or a value that is not an integer.
    """

    what = "limit"

    def __init__(self, names: tuple[str, ...]) -> None:
        super().__init__()
        self._names = names

    def __setitem__(self, name: str, value: int) -> None:
        if name not in self._names:
            raise ValueError(unknown("limit", name, self._names))
        if isinstance(value, bool) or not isinstance(value, int):
            raise ValueError(f"limit {name!r} must be an integer, not {value!r}")
        self._by_name[name] = value

    def __delitem__(self, name: str) -> None:
        self[name]  # or a KeyError that tells which there are
        del self._by_name[name]

    def __repr__(self) -> str:
        return f"<Limits {self._by_name!r}>"


def complaint(limits: Mapping[str, object], known: tuple[str, ...], where: str) -> str | None:
    """What RabbitMQ says of limits that are none, None when all is well.

    :param where: how RabbitMQ calls these limits.
    """
    for name, value in limits.items():
        if name not in known:
            return f"Unrecognised terms [{{{show_json(name)},{show_json(value)}}}] in {where}"
        if isinstance(value, bool) or not isinstance(value, int):
            return f"{name} should be a number, actually was {show_json(value)}"
    return None
