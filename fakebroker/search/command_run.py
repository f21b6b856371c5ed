"""One run of a command against a broker of its own, from the set-up to the end of all that it has started."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from twisted.internet.defer import Deferred, inlineCallbacks

from fakebroker.amqp.heartbeat import Heartbeats
from fakebroker.fake import FakeBroker
from fakebroker.faults.active_rule import ActiveRule
from fakebroker.faults.rule import Rule
from fakebroker.journal.entries import Entry
from fakebroker.search.program import Program
from fakebroker.search.reactor import Reactor
from fakebroker.server.awaitable import Steps
from fakebroker.wire.command import Heartbeat

TICK, SLOW_TICK = 0.005, 0.05
"""Seconds between two looks at a program; and when nothing has happened for a while."""

IDLE = 0.5
"""A program of which nothing was heard for so many seconds leaves its place to another: it waits, or it hangs."""

SETTLING = 0.3
"""Seconds for the broker to see the end of a program's sockets."""

TRY_AGAIN = 0.1
"""Seconds between two health checks."""


class BrokerSite(Protocol):
    """A broker for one run."""

    broker: FakeBroker

    @property
    def environment(self) -> Mapping[str, str]:
        """What a program is told besides the URL, once the broker has started."""

    def start(self) -> Deferred[str]:
        """Listen; fires with the URL."""

    def stop(self) -> Deferred[None]:
        """Leave nothing in the reactor."""


@dataclass(frozen=True)
class Work:
    """What is run.

    :param command: its words.
    :param before: a command of the shell's that sets up what the command needs; None for nothing.
    :param healthy: a command of the shell's that is tried until it succeeds, before anything else.
    :param time_limit: seconds for the command.
    :param quiet: seconds for which nothing but heartbeats passes, before the command counts as hung.
    """

    command: Sequence[str]
    before: str | None = None
    healthy: str | None = None
    time_limit: float = 60.0
    quiet: float = 20.0


@dataclass
class EndedRun:
    """How a run has ended.

    :param broker: its broker.
    :param status: the exit status; None when the run was broken off.
    :param broken: why the command was not even started; empty when it was.
    :param hung: why it was given up; empty when it has ended by itself.
    :param passed: how many entries the journal had when it was given up.
    :param output: the end of what it has printed.
    :param seconds: how long it took.
    :param longest: the longest time for which nothing but heartbeats passed.
    :param connections: how many connections there were before the command began.
    """

    broker: FakeBroker
    status: int | None = None
    broken: str = ""
    hung: str = ""
    passed: int = 0
    output: str = ""
    seconds: float = 0.0
    longest: float = 0.0
    connections: int = 0
    rules: list[ActiveRule] = field(default_factory=list)

    @property
    def entries(self) -> list[Entry]:
        """The journal."""
        return list(self.broker.journal)

    @property
    def acted(self) -> bool:
        """Whether a rule has acted."""
        return any(rule.acted for rule in self.rules)


class CommandRun:
    """One run.

    :param make_rules: makes the rules, told how many connections there were before.
    :param on_idle: told when nothing was heard of the program for a while (True), and when something was (False).
    """

    def __init__(
        self,
        reactor: Reactor,
        work: Work,
        site: BrokerSite,
        make_rules: Callable[[int], Sequence[Rule]],
        on_idle: Callable[[bool], None],
    ) -> None:
        self._reactor = reactor
        self._work = work
        self._site = site
        self._make_rules = make_rules
        self._on_idle = on_idle
        self._program: Program | None = None
        self._stopped = False
        self._heard = 0.0
        self._idle = False
        self._ended = EndedRun(broker=site.broker)

    def stop(self, grace: float) -> None:
        """Break the run off: the program ends, and the run with it.

        :param grace: seconds for the program to end by itself.
        """
        self._stopped = True
        if self._program is not None:
            self._program.end(grace)

    @inlineCallbacks
    def run(self) -> Steps[EndedRun]:
        """Run.

        :returns: a Deferred of how it has ended. Nothing of it is left then, neither processes nor sockets.
        """
        url = yield self._site.start()
        environment = {**os.environ, "PYTHONUNBUFFERED": "1", **self._site.environment, **told(url, self._site.broker)}
        try:
            if (yield self._set_up(environment)):
                ended = self._ended
                ended.longest = 0.0
                self._take_note()
                faults = self._site.broker.faults
                ended.rules = [faults.add(rule) for rule in self._make_rules(ended.connections)]
                began = self._reactor.seconds()
                yield self._wait_for(self._work.command, environment, self._work.time_limit, self._work.quiet)
                ended.seconds = self._reactor.seconds() - began
                yield self._settle()
        finally:
            yield self._site.stop()
        return self._ended

    # --- what comes before

    @inlineCallbacks
    def _set_up(self, environment: Mapping[str, str]) -> Steps[bool]:
        """Have the broker found healthy, and set up. Returns whether it was."""
        work, ended = self._work, self._ended
        if work.healthy is not None:
            late = self._reactor.seconds() + work.time_limit
            while not self._stopped:
                yield self._wait_for(work.healthy, environment, work.time_limit, work.time_limit)
                if ended.status == 0 and not ended.hung:
                    break
                if ended.hung or self._reactor.seconds() > late:
                    ended.broken = f"the health check has not succeeded in {work.time_limit:g} s"
                    return False
                yield self._pause(TRY_AGAIN)
        if work.before is not None and not self._stopped:
            yield self._wait_for(work.before, environment, work.time_limit, work.time_limit)
            if ended.hung:
                ended.broken = f"what is run before has not ended in {work.time_limit:g} s"
            elif ended.status != 0:
                ended.broken = f"what is run before has ended with exit status {ended.status}"
            if ended.broken:
                return False
        ended.connections = max((entry.connection for entry in self._site.broker.journal), default=0)
        return not self._stopped

    # --- the command

    def _take_note(self) -> None:
        def note(entry: Entry) -> None:
            if not isinstance(entry.item, Heartbeat):
                self._hear()

        self._site.broker.journal.watch(note)

    def _hear(self) -> None:
        now = self._reactor.seconds()
        self._ended.longest = max(self._ended.longest, now - self._heard)
        self._heard = now
        if self._idle:
            self._tell_idle(False)

    def _tell_idle(self, idle: bool) -> None:
        self._idle = idle
        self._on_idle(idle)

    def _wait_for(
        self, command: Sequence[str] | str, environment: Mapping[str, str], limit: float, quiet: float
    ) -> Deferred[None]:
        """Run a command to its end: its own, or ours when it takes too long.

        :param limit: how many seconds it may take.
        :param quiet: for how many seconds nothing may be heard of it.
        """
        done: Deferred[None] = Deferred()
        ended = self._ended
        ended.hung = ""
        self._heard = began = self._reactor.seconds()
        program = self._program = Program(self._reactor, command, environment, self._hear)

        def look() -> None:
            now = self._reactor.seconds()
            if program.poll():
                self._hear()
                ended.status, ended.output = program.status, program.output()
                self._program = None
                done.callback(None)
                return
            silent = now - self._heard
            if not ended.hung and not self._stopped:
                ended.hung = self._given_up(now - began, limit, silent, quiet)
                if ended.hung:
                    ended.passed = len(self._site.broker.journal)
                    program.end()
            if silent > IDLE and not self._idle:
                self._tell_idle(True)
            self._reactor.callLater(SLOW_TICK if silent > IDLE else TICK, look)

        look()
        return done

    def _given_up(self, seconds: float, limit: float, silent: float, quiet: float) -> str:
        """Why the program is given up; empty when it is not."""
        if seconds > limit:
            return f"it was still running after {limit:g} s"
        if silent > quiet and not self._is_due(limit - seconds):
            return f"nothing but heartbeats has passed for {quiet:g} s, and the broker has nothing to do"
        return ""

    def _is_due(self, within: float) -> bool:
        """Whether a rule or a timer of the broker is due that soon. Heartbeats are not counted."""
        turn, now = self._site.broker.turn, self._reactor.seconds()
        for call in self._reactor.getDelayedCalls():
            if getattr(getattr(call, "func", None), "__self__", None) is turn and call.getTime() - now <= within:
                if not isinstance(getattr(getattr(call, "args", (None,))[0], "__self__", None), Heartbeats):
                    return True
        return False

    # --- and after it

    def _settle(self) -> Deferred[None]:
        """Wait until the broker has seen the end of all sockets, or nothing more comes."""
        late = self._reactor.seconds() + SETTLING
        done: Deferred[None] = Deferred()

        def look(more: int) -> None:
            open_ = self._site.broker.connections
            if self._stopped or self._reactor.seconds() > late or not (open_ or more):
                done.callback(None)
            else:
                self._reactor.callLater(TICK if open_ else 0, look, more if open_ else more - 1)

        look(2)  # what has come in after the last look is read
        return done

    def _pause(self, seconds: float) -> Deferred[None]:
        done: Deferred[None] = Deferred()
        self._reactor.callLater(seconds, done.callback, None)
        return done


def told(url: str, broker: FakeBroker) -> dict[str, str]:
    """How programs learn where the broker is."""
    login = broker.listeners.login
    port = broker.tls_port if url.startswith("amqps:") else broker.port
    host = url.rpartition("@")[2].rpartition("/")[0].rpartition(":")[0].strip("[]")
    return {
        "AMQP_URL": url,
        "AMQP_HOST": host,
        "AMQP_PORT": str(port),
        "AMQP_USER": login.user or "",
        "AMQP_PASSWORD": login.password or "",
        "AMQP_VHOST": login.vhost,
    }
