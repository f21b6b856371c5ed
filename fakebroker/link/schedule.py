"""Rules that act at a time, and not on what crosses a link: on each connection that fits, or on the broker alone."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial

from fakebroker.faults.active_rule import ActiveRule
from fakebroker.faults.crossing import NO_CONNECTION
from fakebroker.faults.evaluation import Fired
from fakebroker.journal.entries import Acted
from fakebroker.link.alone import carry_out_alone, note_failure
from fakebroker.link.context import LinkContext
from fakebroker.link.link import Link


class Schedule:
    """Has the rules of one broker act when their time has come.

    :param links: gives the links of the connections that are open, in the order in which they were made.
    """

    def __init__(self, context: LinkContext, links: Callable[[], Iterable[Link]]) -> None:
        self._context = context
        self._links = links

    def due(self, loaded: ActiveRule) -> None:
        """The time of a rule has come."""
        if loaded.rule.acts_alone:
            failed = partial(note_failure, self._context, 0)
            steps = self._context.faults.at_its_time(loaded, NO_CONNECTION, self._note, failed)
            carry_out_alone(self._context, 0, steps)
            return
        for link in self._links():
            link.at_a_time(loaded)

    def _note(self, fired: Fired) -> None:
        self._context.journal.add(0, "", Acted(fired.number, str(fired.action), None))
