"""What waits on one connection: for a time, for a release, for the peer to read."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from fakebroker.faults import steps as do
from fakebroker.link.context import LinkContext
from fakebroker.link.gate import Gate
from fakebroker.link.ports import TransportPort


class Waits:
    """Keeps each wait until it is over, with what cancels it, and with the steps that are carried out then."""

    def __init__(self, context: LinkContext, transport: TransportPort) -> None:
        self._context = context
        self._transport = transport
        self._made = 0
        self._cancels: dict[int, Callable[[], object]] = {}
        self._steps: dict[int, Sequence[do.Step]] = {}

    @property
    def steps(self) -> list[do.Step]:
        """The steps that wait here."""
        return [step for steps in self._steps.values() for step in steps]

    def after(self, seconds: float, call: Callable[[], None], steps: Sequence[do.Step] = ()) -> None:
        """Make a call after a time.

        :param steps: those that the call has carried out.
        """
        number, due = self._begin(call, steps)
        timer = self._context.clock.of(self._transport).callLater(seconds, due)
        self._cancels[number] = lambda: timer.cancel() if timer.active() else None

    def until_read(self, call: Callable[[], None], pieces: int) -> None:
        """Make a call when the peer has had time to read what was written.

        :param pieces: how many pieces are written in all.
        """
        number, due = self._begin(call, ())
        self._cancels[number] = self._transport.when_read(due, pieces)

    def gate(self, step: do.Step, label: str) -> Gate:
        """A gate for a step, which a release of this label opens."""
        gate = Gate()
        number, due = self._begin(gate.go_on, (step,))
        self._cancels[number] = self._context.faults.wait(label, gate.unlock, due)
        return gate

    def _begin(self, call: Callable[[], None], steps: Sequence[do.Step]) -> tuple[int, Callable[[], None]]:
        """A number for a wait, and what ends the wait and makes the call."""
        self._made += 1
        number = self._made
        self._steps[number] = steps

        def due() -> None:
            self._cancels.pop(number, None)
            if self._steps.pop(number, None) is not None:  # else it was put off, and then cancelled
                call()

        return number, due

    def cancel_all(self) -> None:
        """Wait for nothing more."""
        cancels, self._cancels = self._cancels, {}
        for cancel in cancels.values():
            cancel()
        self._steps.clear()
