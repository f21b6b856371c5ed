"""What is under way outside of memory while an event loop runs in virtual time.

Jobs of executors, children of this process, requests over real sockets and the work of threads take real time. While
any of it is under way, no time is jumped over: a second of virtual time takes a second, at least.

That something is under way is known of jobs and of children. Of the rest it is guessed: whoever has written to a real
socket waits for an answer, and a thread works unless it waits for another. Such guesses hold for so many seconds
without news (:data:`PATIENCE`); then the rest is taken as quiet.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from operator import itemgetter
from selectors import EVENT_WRITE, BaseSelector, SelectorKey
from threading import Thread
from time import monotonic, sleep
from typing import Any
from weakref import WeakValueDictionary

from fakebroker.testing.virtual.loop_threads import ExecutorJob, ThreadsBeside

LOOK = 0.02
"""Real seconds between two looks at what is under way."""

CALM = 0.01
"""Real seconds without news after which an answer over a real socket counts as complete."""

LATE = 0.06
"""The same while somebody waits for more: a system may hold octets back for 40 ms (Nagle, delayed ACK)."""

PATIENCE = 30.0
"""Real seconds after which a peer counts as one that does not answer. From then on it is not waited for any more."""

HOPE = 1.0
"""Real seconds for threads that wait for each other, when nothing is due in virtual time."""

PUSHED = 5.0
"""The same for what a peer may send without being asked."""

GRACE = 0.001
"""Real seconds for a thread to go on with what it was given, before anybody looks at what it does."""

MOST_GRACES = 5
"""So often it is longer, when the machine is slow."""

HOLD = 0.25
"""Real seconds that a thread which has told the loop something is not heard, so that others can speak too."""

BUSY = 1.0
"""The same while the loop is busy with something else all the time."""

LONG = 600.0
"""Real seconds that the rest of the world has to do something when nothing is due in virtual time."""

Events = list[Any]


class RealWork:
    """Knows what is under way outside of memory, and waits for it.

    :param selector: has the loop's real descriptors.
    :param pool: gives the threads that do nothing but the jobs told here.
    """

    def __init__(self, selector: BaseSelector, pool: Callable[[], frozenset[Thread]]) -> None:
        self._selector = selector
        self._own: frozenset[int] = frozenset()
        self._jobs: dict[asyncio.Future[Any], ExecutorJob] = {}
        self._children: list[asyncio.SubprocessTransport] = []
        self._asked: dict[int, float] = {}
        self._silent: dict[int, None] = {}
        """The descriptors of peers that have not answered."""
        self._transports: WeakValueDictionary[int, asyncio.Transport] = WeakValueDictionary()
        self._told: deque[tuple[tuple[int, int], asyncio.Handle]] = deque()
        self._told_since = 0.0
        self._made = 0
        self._news = 0.0
        self._at: float | None = None
        self._since = 0.0
        self.threads = ThreadsBeside(pool)

    def begins(self) -> None:
        """The loop is made: the descriptors that it has by now are its own."""
        self._own = frozenset(key.fd for key in self._keys())

    # --- what is told

    def run(self, executor: Any, func: Callable[..., Any]) -> tuple[ExecutorJob, Callable[..., Any]]:
        """A job for an executor, and the function to give to it."""
        self._made += 1
        job = ExecutorJob(getattr(func, "__qualname__", None) or repr(func), self._made)
        if executor is None or isinstance(executor, ThreadPoolExecutor):
            func = partial(job.run, func)
        return job, func

    def job(self, future: asyncio.Future[Any], job: ExecutorJob) -> None:
        """Wait for a job, whoever does it."""
        if self.threads.take_part:
            return
        self._jobs[future] = job
        future.add_done_callback(self._jobs.pop)

    def is_job(self, future: asyncio.Future[Any]) -> bool:
        """Whether this is the future of a job: its thread alone may give it a result."""
        return future in self._jobs

    def told(self, handle: asyncio.Handle, job: ExecutorJob | None) -> None:
        """The calling thread tells the loop something.

        :param job: the job of which it is told; None of none.
        """
        if not self._told:
            self._told_since = monotonic()
        if job is None:
            self._told.append(((1, self.threads.number()), handle))
        else:
            job.has_told = True
            self._told.append(((0, job.number), handle))

    def heard(self, is_busy: bool) -> list[asyncio.Handle]:
        """What threads have told, in the order of jobs and threads: when all have spoken that do not take long. So it
        is the same in each run.

        :param is_busy: whether the loop has something else to do: then nobody is waited for.
        """
        if not self._told or (is_busy and monotonic() - self._told_since < BUSY):
            return []
        if not is_busy:
            self._let_others_speak()
        told = [self._told.popleft() for _ in range(len(self._told))]
        return [handle for _, handle in sorted(told, key=itemgetter(0))]

    def _let_others_speak(self) -> None:
        end = monotonic() + HOLD
        if self.threads.others():
            before = monotonic()
            sleep(GRACE)
            sleep(min(5 * (monotonic() - before - GRACE), LOOK))
        while monotonic() < end:
            speechless = [job for job in self._jobs.values() if not (job.has_told or job.waits_for_another())]
            if not speechless and not self.threads.busy():
                return
            sleep(GRACE / 2)

    def child(self, transport: asyncio.SubprocessTransport) -> None:
        """Wait for a child of this process."""
        self._children.append(transport)

    def connected(self, number: int, transport: asyncio.Transport) -> None:
        """A connection is made over a real socket."""
        self._transports[number] = transport
        self._silent.pop(number, None)

    def asked(self, number: int, is_new: bool = False) -> None:
        """Something was written to a real descriptor: there may be an answer.

        :param is_new: whether somebody begins to look at the descriptor: it may have been another's before.
        """
        if is_new:
            self._silent.pop(number, None)
        self._asked[number] = monotonic()

    def answered(self, number: int) -> None:
        """Something was received."""
        self._asked.pop(number, None)
        self._silent.pop(number, None)

    def came(self, events: Events) -> None:
        """These descriptors are ready."""
        self._news = monotonic()
        for key, mask in events:
            if mask & ~EVENT_WRITE:
                self.answered(key.fd)

    # --- what is asked

    def wait(self, now: float, seconds: float | None) -> Events | None:
        """Wait while something is under way, at most as long as virtual time would have to pass.

        :param now: the virtual time.
        :param seconds: virtual seconds until the next call that is due; None when none is.
        :returns: the descriptors that are ready; None when nothing has come and time may jump.
        """
        if self.is_alone():
            return None
        if now != self._at:
            self._at, self._since = now, monotonic()
        end = self._since + (LONG if seconds is None else seconds)
        events = self._let_others_begin() if self._jobs or self.threads.others() else []
        while not events:
            busy = bool(self.under_way()) or (seconds is None and self._may_hope())
            pause = min(LOOK, end - monotonic()) if busy else 0.0
            if pause <= 0:
                return None
            events = self._selector.select(pause)
            self.threads.waited(pause)
        self.came(events)
        return events

    def _let_others_begin(self) -> Events:
        """Give threads the time to go on with what they were given: longer, where the machine is slow."""
        pause, events = GRACE, []
        for _ in range(MOST_GRACES):
            before = monotonic()
            events = self._selector.select(pause)
            late = monotonic() - before - pause
            if events or late < GRACE:
                break
            pause = min(10 * late, LOOK)
        return events

    def is_alone(self) -> bool:
        """Whether there is nothing but memory: no time is lost by looking further."""
        descriptors = len(self._selector.get_map() or ()) > len(self._own)
        return not (self._jobs or self._children or descriptors or self.threads.others())

    def under_way(self) -> list[str]:
        """What is under way, in words."""
        self._children = [child for child in self._children if child.get_returncode() is None]
        found = [f"a job of an executor: {job}" for job in self._jobs.values() if not job.waits_for_another()]
        found += [f"a child: process {child.get_pid()}" for child in self._children]
        found += [f"a real socket: descriptor {number}" for number in self._waited_for()]
        return found + [f"a thread: {name}" for name in self.threads.busy()]

    def _waited_for(self) -> list[int]:
        """Descriptors that an answer may come from."""
        now = monotonic()
        real = self._real()
        if now - self._news < CALM:
            return list(real)
        late = [each for each in real if self._is_read(each)] if now - self._news < LATE else []
        writing = [number for number, key in real.items() if key.events & EVENT_WRITE]
        for number in writing:
            self._asked.setdefault(number, now)
        for number, since in list(self._asked.items()):
            if number in self._silent or now - since > PATIENCE:
                del self._asked[number]
                self._silent[number] = None
        return late + [number for number in self._asked if number in real]

    def _is_read(self, number: int) -> bool:
        """Whether somebody waits for more from a stream."""
        transport = self._transports.get(number)
        reader = getattr(transport and transport.get_protocol(), "_stream_reader", None)
        return getattr(reader, "_waiter", None) is not None

    def _real(self) -> dict[int, Any]:
        return {key.fd: key for key in self._keys() if key.fd not in self._own}

    def _keys(self) -> list[SelectorKey]:
        return list((self._selector.get_map() or {}).values())

    def _may_hope(self) -> bool:
        """Whether something may come though nothing is under way, when nothing is due either."""
        patience = PUSHED if self._real() else HOPE if self._jobs or self.threads.others() else 0.0
        return monotonic() - max(self._since, self._news) < patience

    def describe(self) -> str:
        """What is there of the world outside, for the error of a test that waits for ever; empty when nothing is."""
        found = [f"a job of an executor: {job}" for job in self._jobs.values()]
        found += [f"a child: process {child.get_pid()}" for child in self._children]
        found += [f"a real socket: descriptor {number}" for number in self._real()]
        found += [f"a thread: {name}" for name in self.threads.others()]
        return "".join(f"\n  {each}" for each in found)


def is_own_server(sock: Any, servers: list[asyncio.AbstractServer]) -> bool:
    """Whether a socket is connected to a server of the same loop: then both ends are here, and nothing is outside."""
    try:
        peer = sock.getpeername()
    except OSError:
        return False
    names = [listening.getsockname() for server in servers for listening in getattr(server, "sockets", ())]
    if isinstance(peer, tuple):
        own = sock.getsockname()
        return peer[0] == own[0] and any(isinstance(name, tuple) and name[1] == peer[1] for name in names)
    return peer in names
