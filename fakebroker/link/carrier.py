"""Carries out what rules make of what crosses one link: the only place that knows what each step means."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from fakebroker.faults import steps as do
from fakebroker.faults.crossing import Direction, Facts, octets_of
from fakebroker.faults.plan import Fired
from fakebroker.journal.entries import Acted, Failed, Raw
from fakebroker.journal.entries import Direction as Where
from fakebroker.journal.entries import Item as Noted
from fakebroker.link.line import Line
from fakebroker.link.sides import Checkpoint, Inner, Outer
from fakebroker.wire.command import Command, Heartbeat


class Ends(Facts, Protocol):
    """What a carrier needs of its link."""

    octets_received: int

    @property
    def connection(self) -> Inner: ...

    @property
    def transport(self) -> Outer: ...

    @property
    def shared(self) -> Checkpoint: ...

    def finish(self, how: str) -> None: ...

    def pause(self, why: str) -> None: ...

    def resume(self, why: str) -> None: ...


class Carrier:
    """One connection's steps: what waits, what was set aside, what is swallowed."""

    def __init__(self, link: Ends) -> None:
        self.lines: dict[Direction, Line] = {"in": Line(self._perform), "out": Line(self._perform)}
        self._link = link
        self._shared = link.shared
        self._muted = False
        self._beats = True
        self._stopped = False
        self._expected: list[do.Expect] = []
        self._behind: dict[Direction, list[do.Behind]] = {"in": [], "out": []}
        self._corked: list[bytes] | None = None
        self._cork_left = 0
        self._waits: dict[int, Callable[[], Any]] = {}
        """What is put off, each with what forgets it."""
        self._waits_made = 0

    def cross(self, direction: Direction, item: do.Item) -> None:
        """Ask the rules about an item, and do what they say."""
        if self._stopped or self._muted or (not self._beats and direction == "out" and isinstance(item, Heartbeat)):
            return
        line = self.lines[direction]
        if direction == "in" and isinstance(item, Command):
            expected = self._take_expected(item)
            if expected is not None:
                line.put(expected.then)
                return
        steps = self._shared.faults.decide(direction, item, self._link, self._note)
        if not steps and direction == "in":
            # It was lost on its way: what watches for a silent peer must not have heard it either.
            self._link.octets_received -= len(octets_of(item, self._link.frame_max))
        line.put(steps)

    def stop(self) -> None:
        """The connection is gone: nothing more happens on it, nothing of it is held."""
        self._stopped = True
        for line in self.lines.values():
            line.stop()
        waits, self._waits = self._waits, {}
        for forget in waits.values():
            forget()
        self._expected.clear()
        self._behind = {"in": [], "out": []}

    def _note(self, fired: Fired) -> None:
        item = None if isinstance(fired.item, do.Connected) else fired.item
        self._journal("", Acted(fired.number, str(fired.action), item))

    def _journal(self, direction: Where, item: Noted) -> None:
        self._shared.journal.add(self._link.number, direction, item)

    def _perform(self, line: Line, step: do.Step) -> None:
        if not self._stopped and not self._muted:
            _MEANING[type(step)](self, line, step)

    # --- what passes

    def _pass(self, line: Line, step: do.Pass) -> None:
        item = step.item
        if isinstance(item, do.Connected):
            return
        if line is self.lines["in"]:
            self._shared.handling(self._link.connection.handle, item)
            self._overtaken("in", item)
        else:
            self._journal("out", item)
            self._put_out(octets_of(item, self._link.frame_max))
            self._overtaken("out", item)

    def _send(self, line: Line, step: do.Send) -> None:
        if line is self.lines["in"]:
            self.lines["out"].put((step,))
        else:
            self._journal("out", step.command)
            self._put_out(octets_of(step.command, self._link.frame_max))

    def _write(self, line: Line, step: do.Write) -> None:
        if line is self.lines["in"]:
            self.lines["out"].put((step,))
        elif step.data:
            self._journal("out", Raw(step.data))
            self._put_out(step.data)

    def _put_out(self, data: bytes) -> None:
        if self._corked is None:
            self._link.transport.write(data)
            return
        self._corked.append(data)
        self._cork_left -= 1
        if self._cork_left <= 0:
            self._uncork()

    def _cork(self, _: Line, step: do.Cork) -> None:
        if self._corked is None:
            self._corked = []
            self._after(step.seconds, self._uncork)
        # The item itself is the first to be kept.
        self._cork_left = step.items + 1

    def _uncork(self) -> None:
        corked, self._corked = self._corked, None
        if corked:
            self._link.transport.write(b"".join(corked))

    # --- what waits

    def _wait(self, line: Line, step: do.Wait) -> None:
        line.waiting = True
        if line is self.lines["in"]:
            # What comes next must not be decoded before this has been handled: the reader asks the connection.
            self._link.pause("wait")
        self._until(step.seconds, step.until, lambda: self._go_on(line))

    def _go_on(self, line: Line) -> None:
        line.go_on()
        if line is self.lines["in"]:
            self._link.resume("wait")

    def _stall(self, _: Line, step: do.Stall) -> None:
        self._link.pause("stall")
        if step.seconds is not None or step.until is not None:
            self._until(step.seconds or 0.0, step.until, lambda: self._link.resume("stall"))

    def _hold(self, line: Line, step: do.Hold) -> None:
        self._until(0.0, step.until, lambda: line.put((do.Pass(step.item),)))

    def _release(self, _: Line, step: do.Release) -> None:
        self._shared.faults.release(step.label)

    def _later(self, line: Line, step: do.Later) -> None:
        self._after(step.seconds, lambda: line.put(step.steps))

    def _expect(self, _: Line, step: do.Expect) -> None:
        self._expected.append(step)

    def _until(self, seconds: float, label: str | None, call: Callable[[], None]) -> None:
        if label is None:
            self._after(seconds, call)
        else:
            number, due = self._put_off(call)
            self._waits[number] = self._shared.faults.wait(label, due)

    def _after(self, seconds: float, call: Callable[[], None]) -> None:
        number, due = self._put_off(call)
        begin, owner = self._shared.turn.begin, self._link.transport
        self._waits[number] = self._shared.clock.callLater(seconds, begin, due, owner).cancel

    def _put_off(self, call: Callable[[], None]) -> tuple[int, Callable[[], None]]:
        """A number for what waits, and what makes the call when it need not wait any more."""
        self._waits_made += 1
        number = self._waits_made

        def due() -> None:
            self._waits.pop(number, None)
            call()

        return number, due

    def _set_behind(self, line: Line, step: do.Behind) -> None:
        self._behind["in" if line is self.lines["in"] else "out"].append(step)

    def _overtaken(self, direction: Direction, item: do.Item) -> None:
        """What was to come behind this item comes now."""
        if not self._behind[direction] or not isinstance(item, Command):
            return
        due = [step for step in self._behind[direction] if _ends_wait(step, item)]
        self._behind[direction] = [step for step in self._behind[direction] if not _ends_wait(step, item)]
        self.lines[direction].pending.extendleft(do.Pass(step.item) for step in reversed(due))

    def _take_expected(self, command: Command) -> do.Expect | None:
        for expected in self._expected:
            if expected.channel == command.channel and command.name in expected.commands:
                if all(getattr(command.args, name, None) == value for name, value in expected.arguments.items()):
                    self._expected.remove(expected)
                    return expected
        if command.name == "channel.open":
            # Delivery tags begin anew: what was expected on the old channel will not come on this one.
            self._expected = [each for each in self._expected if each.channel != command.channel]
        return None

    # --- what touches the broker

    def _touch(self, line: Line, step: do.Receive | do.Fail | do.Do) -> None:
        """Going out, the broker may be in the middle of delivering: then it has to come to rest first."""
        if line is self.lines["in"]:
            self._touch_now(line, step)
            return
        line.waiting = True

        def now() -> None:
            line.waiting = False
            if not self._stopped:
                self._touch_now(line, step)
                line.run()

        self._shared.at_rest(now, self._link.transport)

    def _touch_now(self, line: Line, step: do.Receive | do.Fail | do.Do) -> None:
        connection = self._link.connection
        was_open = connection.is_open
        out = self.lines["out"]
        behind, out.pending = out.pending, deque()
        if isinstance(step, do.Receive):
            self._shared.handling(connection.handle, step.command)
        elif isinstance(step, do.Fail):
            connection.end(step.channel, step.code, step.text, step.method)
            behind = deque(each for each in behind if step.channel and _channel_of(each) != step.channel)
        else:
            self._call(step)
        if self._stopped:
            return
        if was_open and not connection.is_open:
            behind.clear()
        out.pending = behind + out.pending
        if line is not out:
            out.run()

    def _call(self, step: do.Do) -> None:
        """Call a verb. Whatever it raises is the rule's fault, and must not look like the broker's or the client's."""
        try:
            self._shared.faults.verbs[step.verb](**step.arguments)
        except Exception as error:
            self._journal("", Failed(step.verb, f"{type(error).__name__}: {error}"))

    # --- what ends

    def _end(self, line: Line, step: do.End) -> None:
        if step.how in ("close", "hang up") and line is self.lines["in"]:
            self.lines["out"].put((step,))
            return
        if step.how in ("close", "hang up"):
            self._uncork()
        self._stopped = True
        self._link.finish(step.how)

    def _mute(self, _: Line, step: do.Mute) -> None:
        if step.what == "everything":
            self._muted = True
            for line in self.lines.values():
                line.pending.clear()
        else:
            self._beats = False


# What each step means; a new kind of step gets its line here.
_MEANING: Mapping[type, Callable[[Carrier, Line, Any], None]] = {
    do.Pass: Carrier._pass,
    do.Send: Carrier._send,
    do.Write: Carrier._write,
    do.Wait: Carrier._wait,
    do.Hold: Carrier._hold,
    do.Behind: Carrier._set_behind,
    do.Release: Carrier._release,
    do.Receive: Carrier._touch,
    do.Fail: Carrier._touch,
    do.Do: Carrier._touch,
    do.End: Carrier._end,
    do.Mute: Carrier._mute,
    do.Stall: Carrier._stall,
    do.Cork: Carrier._cork,
    do.Expect: Carrier._expect,
    do.Later: Carrier._later,
}


def _ends_wait(step: do.Behind, item: Command) -> bool:
    waiting = step.item
    if not isinstance(waiting, Command) or waiting.channel != item.channel:
        return False
    return step.command is None or step.command == item.name


def _channel_of(step: do.Step) -> int | None:
    if isinstance(step, do.Pass) and isinstance(step.item, Command):
        return step.item.channel
    return step.command.channel if isinstance(step, do.Send) else None
