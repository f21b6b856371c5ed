"""Resource alarms: while one is raised, RabbitMQ reads nothing more from connections that publish."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from fakebroker.validation import Sealed

Alarm = Literal["memory", "disk"]

_ALARMS: tuple[Alarm, ...] = ("disk", "memory")  # as RabbitMQ 3.10 names them


class Alarms(Sealed):
    """The alarms that are raised at present.

    :ivar on_change: what is called after each change.
    """

    def __init__(self) -> None:
        self._raised: dict[Alarm, None] = {}
        self.on_change: list[Callable[[], None]] = []

    def __repr__(self) -> str:
        return f"<Alarms {list(self._raised)!r}>"

    @property
    def active(self) -> bool:
        """Is any alarm raised?"""
        return bool(self._raised)

    @property
    def reason(self) -> str:
        """What ``connection.blocked`` says: ``low on memory``, ``low on disk`` or ``low on disk & memory``."""
        return f"low on {' & '.join(alarm for alarm in _ALARMS if alarm in self._raised)}"

    @property
    def raised(self) -> tuple[Alarm, ...]:
        """In the order in which they were raised."""
        return tuple(self._raised)

    def set(self, alarm: Alarm) -> None:
        """Raise an alarm. If it is raised already, nothing changes.

        :raises ValueError: for anything but ``"memory"`` and ``"disk"``.
        """
        if alarm not in _ALARMS:
            raise ValueError(f"an alarm is 'memory' or 'disk', not {alarm!r}")
        if alarm not in self._raised:
            self._raised[alarm] = None
            self._changed()

    def clear(self, alarm: Alarm | None = None) -> None:
        """Clear one alarm, or all of them.

        :raises ValueError: for anything but ``"memory"`` and ``"disk"``.
        """
        if alarm is not None and alarm not in _ALARMS:
            raise ValueError(f"an alarm is 'memory' or 'disk', not {alarm!r}")
        gone = [alarm] if alarm is not None else list(self._raised)
        if [each for each in gone if self._raised.pop(each, self) is not self]:
            self._changed()

    def _changed(self) -> None:
        for call in list(self.on_change):
            call()
