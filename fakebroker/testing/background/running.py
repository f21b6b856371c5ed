"""``with fakebroker.running() as broker:`` and what it gives."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from types import TracebackType
from typing import Any, TypeVar, cast

from twisted.internet.defer import CancelledError

from fakebroker.broker.alarms import Alarms
from fakebroker.broker.broker import Tuning
from fakebroker.broker.users import Users
from fakebroker.broker.vhost import VirtualHost
from fakebroker.fake import FakeBroker
from fakebroker.faults.plan import Faults
from fakebroker.journal.entries import Direction
from fakebroker.journal.query import check_number, near_misses, query
from fakebroker.server.tls import Tls
from fakebroker.server.waiting import NotSeen
from fakebroker.testing.background.clock import BackgroundClock
from fakebroker.testing.background.loop import Loop
from fakebroker.testing.background.remote import Remote
from fakebroker.testing.clock import VirtualClock
from fakebroker.testing.report import SEED, conversation
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
        :raises fakebroker.server.waiting.NotSeen: an AssertionError that tells what came nearest.
        :raises fakebroker.errors.QueryError: at once, for what can never pass.
        """
        asked = query((name,), direction, predicates)
        check_number("timeout", timeout, 0, float)

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
        try:
            return self._started(self._begin().result().result())
        except BaseException:
            self._end()
            raise

    def stop(self) -> None:
        """Close every connection and end the thread; nothing is left. The journal can still be read.

        Stopping twice does no harm.
        """
        if self._broker is not None and self._loop is not None and self._loop.alive:
            self._finish().result().result()
        self._end()

    def __enter__(self) -> RunningBroker:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
        self._tell(error)

    async def __aenter__(self) -> RunningBroker:
        try:
            listening = await asyncio.wrap_future(self._begin())
            return self._started(await asyncio.wrap_future(listening)).aio
        except BaseException:
            self._end()
            raise

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._loop is not None and self._loop.alive:
            stopping: Future[None] = await asyncio.wrap_future(self._finish())
            await asyncio.wrap_future(stopping)
        self._end()
        self._tell(error)

    def _begin(self) -> Future[Future[FakeBroker]]:
        if self._loop is not None and self._loop.alive:
            raise RuntimeError("the broker runs already")
        loop = self._loop = Loop()
        loop.start()

        def begin() -> Future[FakeBroker]:
            broker = self._make(loop)
            listening = broker.listen(self._port, self._host)
            if self._tls is not None:
                tls = self._tls()
                listening.addCallback(lambda _: broker.listen_tls(tls, host=self._host))
            return loop.promise(listening.addCallback(lambda _: broker), MARGIN)

        return loop.submit(begin)

    def _started(self, broker: FakeBroker) -> RunningBroker:
        assert self._loop is not None, "it has just begun"
        self._broker = RunningBroker(self._loop, broker)
        return self._broker

    def _finish(self) -> Future[Future[None]]:
        assert self._broker is not None, "it runs"
        loop, broker = self._broker._loop, self._broker._target
        return loop.submit(lambda: loop.promise(broker.stop(), MARGIN))

    def _end(self) -> None:
        if self._loop is not None:
            self._loop.stop()

    def _tell(self, error: BaseException | None) -> None:
        """Show the conversation with an error that ends the block."""
        if isinstance(error, Exception) and self._broker is not None and hasattr(error, "add_note"):
            broker: FakeBroker = self._broker._target
            error.add_note(f"{conversation(broker)}--- the same again with {SEED}={broker.seed} in the environment")


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
