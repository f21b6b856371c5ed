"""Limits that an administrator sets for a virtual host or a user, by RabbitMQ's names for them."""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping

from fakebroker.broker.by_name import ByName
from fakebroker.broker.json_form import show_json
from fakebroker.validation import unknown

VHOST_LIMITS = ("max-connections", "max-queues")
USER_LIMITS = ("max-connections", "max-channels")


class Limits(ByName[int], MutableMapping[str, int]):
    """Whole numbers by the names of limits, as in ``vhost.limits["max-queues"] = 3``.

    An absent or negative number is no limit.

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
        self[name]  # raises a KeyError that tells which there are
        del self._by_name[name]

    def __repr__(self) -> str:
        return f"<Limits {self._by_name!r}>"


def complaint(limits: Mapping[str, object], known: tuple[str, ...], where: str) -> str | None:
    """RabbitMQ's words for the first limit that is wrong; None when none is.

    :param known: the names of the limits that there are.
    :param where: what RabbitMQ calls these limits.
    """
    for name, value in limits.items():
        if name not in known:
            return f"Unrecognised terms [{{{show_json(name)},{show_json(value)}}}] in {where}"
        if isinstance(value, bool) or not isinstance(value, int):
            return f"{name} should be a number, actually was {show_json(value)}"
    return None
