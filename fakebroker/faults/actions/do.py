"""The broker does something by itself at an exact point."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from fakebroker.faults.actions.action import Action
from fakebroker.faults.crossing import Crossing
from fakebroker.faults.steps import Do as DoStep
from fakebroker.faults.steps import Pass, Step


@dataclass(frozen=True)
class Do(Action):
    """Call a verb of the broker, such as ``restart``, just before the item passes.

    The client sees what the verb does. When that ends the connection, as a restart does, the item is lost with it:
    ``Do("restart")`` on a ``basic.ack`` to the client restarts between publish and confirm.

    :param verb: the name of a method of ``FakeBroker``.
    :param arguments: its arguments by name.
    :param after: call the verb when the item has passed and been handled, not before.
    """

    verb: str
    arguments: Mapping[str, object] = field(default_factory=dict, hash=False)
    after: bool = False
    alone = True

    def steps(self, crossing: Crossing) -> Sequence[Step]:
        verb, passing = DoStep(self.verb, dict(self.arguments)), Pass(crossing.item)
        return (passing, verb) if self.after else (verb, passing)
