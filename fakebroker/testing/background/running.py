"""``with fakebroker.running() as broker:`` and what it gives."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any, TypeVar, cast

from twisted.internet.defer import CancelledError, Deferred
from twisted.python.failure import Failure

from fakebroker.broker.access.users import Users
from fakebroker.broker.alarms import Alarms
from fakebroker.broker.broker import Tuning
from fakebroker.broker.vhost import VirtualHost
from fakebroker.fake import FakeBroker
from fakebroker.faults.plan import Faults
from fakebroker.journal.entries import Direction
from fakebroker.journal.query import check_number, near_misses, query
from fakebroker.server.tls import Tls
from fakebroker.server.waiting_journal import NotSeen
from fakebroker.testing.background.answer import ThreadAnswer
from fakebroker.testing.background.background_clock import BackgroundClock
from fakebroker.testing.background.block import Exit
from fakebroker.testing.background.loop import Loop
from fakebroker.testing.background.remote import Remote
from fakebroker.testing.clock import VirtualClock
from fakebroker.testing.report import SEED, add_note, conversation
from fakebroker.testing.report import seed as given_seed

T = TypeVar("T")

MARGIN = 5.0
"""Real seconds granted to a wait beyond its own time-out: that one tells more."""


class RunningJournal(Remote):
    """The journal of a broker in another thread: as ``broker.journal`` of any broker, but that ``wait_for`` waits."""

    __slots__ = ()

    def wait_for(
        self,
        name: str,
        direction: Direction | None = None,
        *,
        count: int = 1,
        timeout: float = 10.0,
        **predicates: Any,
    ) -> Any:
        """Wait until so many commands that fit have passed, and give them; those that have passed already count.

        On ``broker.aio`` it gives something to ``await``.

        :param timeout: seconds; where the broker's time is virtual, both seconds of the broker's and real ones.
        :param predicates: as for ``find``.
        :raises fakebroker.server.waiting_journal.NotSeen: an AssertionError that tells what came nearest.
        :raises fakebroker.errors.QueryError: at once, for what can never pass.
        """
        asked = query((name,), direction, predicates)
        check_number("timeout", timeout, 0, float)

        self._loop.must_not_be_here("wait_for")

        def late() -> NotSeen:
            told = "\n".join(near_misses(asked, list(self._target), self._target.before))
            return NotSeen(f"waited {timeout} s for {count} {asked}\n{told}")

        def wait(journal: Any) -> Any:
            waiting = journal.wait_for(name, direction, count=count, timeout=timeout, **predicates)
            return waiting.addErrback(lambda failure: _replace(failure, late))

        virtual = isinstance(self._target._clock, VirtualClock)
        return self._ask(wait, timeout if virtual else timeout + MARGIN)


def _replace(failure: Any, late: Callable[[], NotSeen]) -> Any:
    if failure.check(CancelledError):
        raise late()
    return failure


class RunningBroker(Remote):
    """A :class:`~fakebroker.fake.FakeBroker` in another thread, with all that one has.

    Each call is carried out over there while the caller waits, a fraction of a millisecond for most; what gives a
    Deferred there has happened when the call returns. Values that come back are ordinary ones; a queue, a user or a
    connection is one that can be asked in the same way. Any thread may call.
    """

    __slots__ = ()

    def __init__(self, loop: Loop, target: FakeBroker, awaited: bool = False) -> None:
        super().__init__(loop, target, awaited)

    def stop(self) -> Any:
        """Close every connection and end the thread; see :meth:`Running.stop`. On ``broker.aio`` it is awaited."""
        if self._awaited:
            return asyncio.ensure_future(self._leave_in_asyncio(None))
        return self._leave(None)

    def _leave(self, error: BaseException | None) -> None:
        """End all, and tell what went wrong in the thread.

        :param error: the one that is under way already.
        """
        loop = self._loop
        loop.must_not_be_here("stop")
        try:
            try:
                if loop.alive:
                    self._close().result().result()
            except CancelledError:
                pass  # somebody does not let go; the end of the thread is the end of that, too
            finally:
                loop.stop()
        finally:
            loop.stop()
        _tell(loop.failures(), error)

    async def _leave_in_asyncio(self, error: BaseException | None) -> None:
        loop = self._loop
        try:
            try:
                if loop.alive:
                    await (await self._close().in_asyncio()).in_asyncio()
            except CancelledError:
                pass
            finally:
                loop.stop()
        finally:
            loop.stop()
        _tell(loop.failures(), error)

    def _close(self) -> ThreadAnswer[ThreadAnswer[None]]:
        loop, broker = self._loop, self._target

        def close() -> ThreadAnswer[None]:
            # Who gives up waiting for it, as the end of the thread does, does not keep it from closing.
            closed: Deferred[None] = Deferred()
            broker.stop().chainDeferred(closed)
            return loop.promise(closed, MARGIN)

        return loop.submit(close)

    @property
    def aio(self) -> RunningBroker:
        """The same for coroutines of asyncio: what takes time is to be awaited, the rest happens at once.

        ``await broker.aio.journal.wait_for("basic.ack")``
        """
        return RunningBroker(self._loop, self._target, awaited=True)

    @property
    def url(self) -> str:
        """The AMQP URL of the default user and vhost."""
        return str(self._target.url)

    @property
    def host(self) -> str:
        """The address it listens on."""
        return str(self._target.host)

    @property
    def port(self) -> int:
        """The port it listens on."""
        return int(self._target.port)

    @property
    def tls_url(self) -> str:
        """The same for clients that speak TLS, if the broker runs with ``tls``."""
        return str(self._target.tls_url)

    @property
    def tls(self) -> Tls:
        """What clients trust, and what is wrong with handshakes: ``broker.tls.fail("expired")``.

        :raises RuntimeError: when the broker does not run with ``tls``.
        """
        if self._target.tls is None:
            raise RuntimeError("the broker does not speak TLS: use running(tls=True)")
        tls: Tls = self._target.tls
        return tls

    @property
    def seed(self) -> int:
        """Where everything comes from that the broker makes up."""
        return int(self._target.seed)

    @property
    def journal(self) -> RunningJournal:
        """What the clients sent and saw."""
        return RunningJournal(self._loop, self._target.journal, self._awaited)

    @property
    def faults(self) -> Faults:
        """What goes wrong: ``broker.faults.add(when("basic.publish", nth=7), Drop())``."""
        return cast(Faults, self._view(self._target.faults))

    @property
    def clock(self) -> VirtualClock:
        """The broker's time; it can be advanced if the broker was made with ``virtual_time``."""
        return cast(VirtualClock, self._view(self._target.clock))

    @property
    def vhosts(self) -> Mapping[str, VirtualHost]:
        """The virtual hosts by name: ``broker.vhosts["/"].queues["jobs"].consumer_count``."""
        return cast("Mapping[str, VirtualHost]", self._view(self._target.vhosts))

    @property
    def users(self) -> Users:
        """The users by name."""
        return cast(Users, self._view(self._target.users))

    @property
    def alarms(self) -> Alarms:
        """Memory and disk alarms."""
        return cast(Alarms, self._view(self._target.alarms))

    @property
    def tuning(self) -> Tuning:
        """What ``connection.tune`` offers: ``broker.tuning.heartbeat = 5``."""
        return cast(Tuning, self._view(self._target.tuning))


class Running:
    """A broker that is to run in a thread of its own; :func:`running` makes one.

    ``with`` and ``async with`` start and stop it; so do :meth:`start` and :meth:`stop`, for ``setUp`` and ``tearDown``.
    """

    def __init__(
        self, make: Callable[[Loop], FakeBroker], port: int, host: str, tls: Callable[[], Tls] | None = None
    ) -> None:
        self._make = make
        self._tls = tls
        self._port = port
        self._host = host
        self._loop: Loop | None = None
        self._broker: RunningBroker | None = None

    def start(self) -> RunningBroker:
        """Start the thread and listen.

        :returns: the broker, which can be connected to.
        :raises twisted.internet.error.CannotListenError: when the port is taken.
        :raises RuntimeError: when it runs already.
        """
        loop = self._new_loop()
        try:
            loop.start()
            return self._started(loop, loop.submit(lambda: self._begin(loop)).result().result())
        except BaseException:
            loop.stop()
            raise

    # No call of start(): where one returns, an interrupt could come that neither sees.
    __enter__ = start

    def stop(self) -> None:
        """Close every connection and end the thread; nothing is left. The journal can still be read.

        Stopping twice does no harm. In the child of a fork it does nothing: the broker is the parent's.

        :raises Exception: the first error that was raised in the broker's thread, by the broker or by a function that
            was given to it, and was told to nobody yet; the others are notes to it.
        """
        self._leave(None)

    __exit__ = Exit()

    async def __aenter__(self) -> RunningBroker:
        loop = self._new_loop()
        try:
            loop.start()
            listening = await loop.submit(lambda: self._begin(loop)).in_asyncio()
            return self._started(loop, await listening.in_asyncio()).aio
        except BaseException:
            loop.stop()
            raise

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if self._broker is not None:
                await self._broker._leave_in_asyncio(error)
        except Exception as told:
            self._show(told)
            raise
        self._show(error)

    def _new_loop(self) -> Loop:
        if self._loop is not None and self._loop.alive:
            raise RuntimeError("the broker runs already")
        self._loop = Loop()
        return self._loop

    def _begin(self, loop: Loop) -> ThreadAnswer[FakeBroker]:
        """Have a broker in the thread."""
        broker = self._make(loop)
        loop.at_last(broker.abort)
        loop.what = f"the broker with seed {broker.seed}"
        listening = broker.listen(self._port, self._host)
        if self._tls is not None:
            tls = self._tls()
            listening.addCallback(lambda _: broker.listen_tls(tls, host=self._host))
        return loop.promise(listening.addCallback(lambda _: broker), MARGIN)

    def _started(self, loop: Loop, broker: FakeBroker) -> RunningBroker:
        loop.what = f"the broker at {broker.url}"
        self._broker = RunningBroker(loop, broker)
        return self._broker

    def _leave(self, error: BaseException | None) -> None:
        try:
            if self._broker is not None:
                self._broker._leave(error)
        except Exception as told:
            self._show(told)
            raise
        finally:
            if self._loop is not None:
                self._loop.stop()
        self._show(error)

    def _show(self, error: BaseException | None) -> None:
        """Show the conversation with an error that ends the block."""
        if isinstance(error, Exception) and self._broker is not None:
            broker: FakeBroker = self._broker._target
            if hasattr(error, "add_note"):
                error.add_note(f"{conversation(broker)}--- the same again with {SEED}={broker.seed} in the environment")


def _tell(failures: list[Failure], error: BaseException | None) -> None:
    """Raise what was raised in the broker's thread; where an error is under way already, add it to that."""
    told = error
    for failure in failures:
        if told is None:
            told = failure.value
            if not isinstance(told, Exception):  # such as SystemExit, which is not meant for this thread
                told = RuntimeError(f"{type(told).__name__} was raised in the broker's thread")
                told.__cause__ = failure.value
        elif failure.value is not told:
            add_note(told, f"--- raised in the broker's thread, too:\n{failure.getTraceback()}")
    if error is None and told is not None:
        raise told


def running(
    port: int = 0,
    host: str = "127.0.0.1",
    *,
    seed: int | None = None,
    virtual_time: bool = False,
    tls: bool | Tls = False,
) -> Running:
    """Run a broker in a thread of its own, over TCP, for clients of any kind.

    >>> with running() as broker:
    ...     broker.url
    'amqp://guest:guest@127.0.0.1:.../%2F'

    Within ``async with``, in asyncio, the broker is such that what takes time is awaited:
    ``await broker.journal.wait_for("basic.publish")``. In other event loops ``with`` does: it takes a millisecond.

    :param port: 0 takes a port that is free.
    :param seed: where names and chances come from; by default the environment's ``FAKEBROKER_SEED``, else 0.
    :param virtual_time: whether the broker's time stands still until ``broker.clock.advance(60)``.
    :param tls: whether to listen for TLS, too: see ``broker.tls_url`` and ``broker.tls``.
    """

    def make(loop: Loop) -> FakeBroker:
        clock = BackgroundClock(loop.reactor) if virtual_time else None
        return FakeBroker(loop.reactor, clock=clock, seed=given_seed() if seed is None else seed)

    if not tls:
        return Running(make, port, host)
    return Running(make, port, host, Tls if isinstance(tls, bool) else lambda: tls)
