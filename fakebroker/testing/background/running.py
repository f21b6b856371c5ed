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
from fakebroker.ledger.ledger import Ledger
from fakebroker.liberties import Chooser, chooser_of
from fakebroker.server.tls import Tls
from fakebroker.server.waiting_journal import NotSeen
from fakebroker.testing.background.answer import ThreadAnswer
from fakebroker.testing.background.background_clock import BackgroundClock
from fakebroker.testing.background.block import Exit
from fakebroker.testing.background.loop import Loop
from fakebroker.testing.background.remote import Remote
from fakebroker.testing.clock import VirtualClock
from fakebroker.testing.report import SEED, add_note, conversation, keeps_ledger
from fakebroker.testing.report import liberties as given_liberties
from fakebroker.testing.report import seed as given_seed

T = TypeVar("T")

MARGIN = 5.0
"""Real seconds that a wait gets beyond its own time-out, whose error tells more."""


class RunningJournal(Remote):
    """The journal of a broker in another thread. It is as ``broker.journal`` of any broker, except that ``wait_for``
    blocks."""

    __slots__ = ()

    def wait_for(
        self,
        name: str,
        direction: Direction | None = None,
        *,
        count: int = 1,
        timeout: float = 10.0,
        **predicates: object,
    ) -> Any:
        """Wait until ``count`` commands that fit have passed, and return them. Commands that have passed already count.
        On ``broker.aio`` it returns something to ``await``.

        :param timeout: seconds. Where the broker's time is virtual, it limits virtual and real seconds alike.
        :param predicates: as for ``find``.
        :raises fakebroker.server.waiting.NotSeen: an AssertionError that shows the commands that came nearest.
        :raises fakebroker.errors.QueryError: at once, for a query that no command can fit.
        """
        asked = query((name,), direction, predicates)
        check_number("timeout", timeout, 0, float)

        self._loop.must_not_be_here("wait_for")

        def late() -> NotSeen:
            told = "\n".join(near_misses(asked, list(self._target), self._target.before))
            return NotSeen(f"waited {timeout} s for {count} {asked}\n{told}")

        def wait(journal: Any) -> object:
            waiting = journal.wait_for(name, direction, count=count, timeout=timeout, **predicates)
            return waiting.addErrback(lambda failure: _replace(failure, late))

        virtual = isinstance(self._target._clock, VirtualClock)
        return self._ask(wait, timeout if virtual else timeout + MARGIN)


def _replace(failure: Failure, late: Callable[[], NotSeen]) -> Failure:
    if isinstance(failure.value, CancelledError):
        raise late()
    return failure


class RunningBroker(Remote):
    """A :class:`~fakebroker.fake.FakeBroker` in another thread, with all its attributes and methods. Each call runs in
    that thread while the caller waits, mostly a fraction of a millisecond. What returns a Deferred there is complete
    when the call returns. Results are ordinary values; a queue, a user or a connection is called in the same way. Any
    thread may call.
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
        """End the broker and its thread, and raise what went wrong there.

        :param error: the error that ends the block, if there is one.
        """
        loop = self._loop
        loop.must_not_be_here("stop")
        try:
            try:
                if loop.alive:
                    self._close().result().result()
            except CancelledError:
                pass  # a client does not close its side; the end of the thread closes it
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
            # Cancelling this wait, as the end of the thread does, must not cancel the closing.
            closed: Deferred[None] = Deferred()
            broker.stop().chainDeferred(closed)
            return loop.promise(closed, MARGIN)

        return loop.submit(close)

    @property
    def aio(self) -> RunningBroker:
        """The same broker for asyncio: calls that take time are awaited, the others return at once.

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
        """The TLS certificates, and TLS failures: ``broker.tls.fail("expired")``.

        :raises RuntimeError: when the broker does not run with ``tls``.
        """
        if self._target.tls is None:
            raise RuntimeError("the broker does not speak TLS: use running(tls=True)")
        tls: Tls = self._target.tls
        return tls

    @property
    def seed(self) -> int:
        """The seed of all that the broker makes up, such as names."""
        return int(self._target.seed)

    @property
    def journal(self) -> RunningJournal:
        """The journal: everything that clients sent and received."""
        return RunningJournal(self._loop, self._target.journal, self._awaited)

    @property
    def faults(self) -> Faults:
        """The rules for faults: ``broker.faults.add(when("basic.publish", nth=7), Drop())``."""
        return cast(Faults, self._view(self._target.faults))

    @property
    def ledger(self) -> Ledger:
        """What became of each message, and what each client did.

        :raises RuntimeError: when the broker keeps none: it does if it runs with ``ledger=True``.
        """
        return cast(Ledger, self._view(self._target.ledger))

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

    # start() is not called here: an interrupt on its return would be seen by neither.
    __enter__ = start

    def stop(self) -> None:
        """Close every connection and end the thread; nothing is left. The journal can still be read.

        Stopping twice does no harm. In the child of a fork it does nothing: the broker is the parent's.

        :raises Exception: the first error that was raised in the broker's thread, by the broker or by a function that
            was given to it, and was not raised yet. Further errors are added to it as notes.
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
        """Make the broker in the thread."""
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
        """Add the conversation to an error that ends the block."""
        if isinstance(error, Exception) and self._broker is not None:
            broker: FakeBroker = self._broker._target
            if hasattr(error, "add_note"):
                error.add_note(f"{conversation(broker)}--- the same again with {SEED}={broker.seed} in the environment")


def _tell(failures: list[Failure], error: BaseException | None) -> None:
    """Raise what was raised in the broker's thread. If the block already ends with an error, add it to that one."""
    told = error
    for failure in failures:
        if told is None:
            told = failure.value
            if not isinstance(told, Exception):  # SystemExit, for example, is not meant for this thread
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
    liberties: int | str | Chooser | None = None,
    ledger: bool | None = None,
) -> Running:
    """Run a broker in a thread of its own, over TCP, for clients of any kind.

    >>> with running() as broker:
    ...     broker.url
    'amqp://guest:guest@127.0.0.1:.../%2F'

    With ``async with``, in asyncio, calls that take time are awaited: ``await
    broker.journal.wait_for("basic.publish")``. In other event loops use ``with``: it takes a millisecond.

    :param port: 0 takes a port that is free.
    :param seed: the seed of made-up names and of random faults; by default the environment's ``FAKEBROKER_SEED``, else
        0.
    :param virtual_time: whether the broker's time only passes by ``broker.clock.advance(60)``.
    :param tls: whether to listen for TLS, too: see ``broker.tls_url`` and ``broker.tls``.
    :param liberties: who chooses where RabbitMQ may do this or that: ``FAKEBROKER_LIBERTIES`` in the environment, else
        a seed, or a list of choices; None for the same order each time.
    :param ledger: whether the broker keeps a :attr:`ledger`; by default if the environment has ``FAKEBROKER_LEDGER=1``.
    :raises ValueError: for liberties that make no sense.
    """
    chooser_of(liberties)  # an error is told here, not in the broker's thread

    def make(loop: Loop) -> FakeBroker:
        clock = BackgroundClock(loop.reactor) if virtual_time else None
        number, taken, kept = given_seed() if seed is None else seed, given_liberties(liberties), keeps_ledger(ledger)
        return FakeBroker(loop.reactor, clock=clock, seed=number, liberties=taken, ledger=kept)

    if not tls:
        return Running(make, port, host)
    return Running(make, port, host, Tls if isinstance(tls, bool) else lambda: tls)
