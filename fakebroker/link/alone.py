"""What a rule has the broker do where there is no connection: at a time, or when the socket has ended."""

from __future__ import annotations

from collections.abc import Sequence

from fakebroker.faults import steps as do
from fakebroker.faults.active_rule import ActiveRule
from fakebroker.journal.entries import Failed
from fakebroker.link.context import LinkContext


def call_verb(context: LinkContext, connection: int, step: do.Do) -> None:
    """Call a verb of the broker. If it raises, the test is told of the error. Broker and client are not disturbed.

    :param connection: the number of the one on which the rule acts; 0 for none.
    """
    try:
        context.faults.verbs[step.verb](**step.arguments)
    except Exception as error:
        context.journal.add(connection, "", Failed(step.verb, f"{type(error).__name__}: {error}"))
        context.turn.report(error)


def note_failure(context: LinkContext, connection: int, loaded: ActiveRule, error: Exception) -> None:
    """A function in a rule has raised. The rule does not act, and the test is told."""
    context.journal.add(connection, "", Failed(f"rule {loaded.number}", f"{type(error).__name__}: {error}"))
    context.turn.report(error)


def carry_out_alone(context: LinkContext, connection: int, steps: Sequence[do.Step]) -> None:
    """Carry out steps of actions that need no connection. Others have none to act on."""
    for step in steps:
        if isinstance(step, do.Do):
            call_verb(context, connection, step)
        elif isinstance(step, do.Release):
            context.faults.let_go(step.label)
        elif isinstance(step, do.Enter):
            context.faults.state = step.state
