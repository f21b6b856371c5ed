"""Test cases for trial (and for anything that runs unittest's): a broker in memory, virtual time, clean-up."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar, cast

from twisted.internet.defer import Deferred, inlineCallbacks
from twisted.internet.interfaces import IReactorTime
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase, TestCase

from fakebroker.fake import FakeBroker
from fakebroker.server.awaitable import Steps
from fakebroker.testing.clients import txamqp_client
from fakebroker.testing.clock import LONGEST_WAIT, Driver, NeverSettles, VirtualClock
from fakebroker.testing.quiet import NOBODY, Outside
from fakebroker.testing.report import keeps_ledger, liberties, report, reporting, seed
from fakebroker.testing.searched import Hooks, RunResult, search_of

P = ParamSpec("P")
T = TypeVar("T")


class _Reporting:
    """Shows the conversation when the test fails."""

    seed = 0
    """The seed of made-up names and of random faults. The environment's ``FAKEBROKER_SEED`` overrides it."""
    strict_faults = False
    """Whether a test fails when one of its rules has never acted."""
    liberties: int | str | None = None
    """Who chooses where RabbitMQ may do this or that: a seed, or a list of choices. The environment's
    ``FAKEBROKER_LIBERTIES`` overrides it."""
    ledger: bool | None = None
    """Whether the broker keeps a ledger of what becomes of each message: ``broker.ledger``. The environment's
    ``FAKEBROKER_LEDGER=1`` has every broker keep one that is not told otherwise."""
    clock: VirtualClock
    broker: FakeBroker
    _hooks: Hooks | None = None
    """Those of the search that runs this test."""

    def _new_broker(self, reactor: object = None) -> FakeBroker:
        """A broker as the class's attributes have it, on the test's clock."""
        wanted = self._hooks is not None and self._hooks.ledger
        taken, kept = liberties(self.liberties), keeps_ledger(True if wanted else self.ledger)
        broker = FakeBroker(reactor, clock=self.clock, seed=seed(self.seed), liberties=taken, ledger=kept)
        self.clock.take_liberties(broker.liberties)
        return broker

    def _watch(self) -> None:
        case = cast(SynchronousTestCase, self)
        if self._hooks is not None:
            self._hooks.begin(self.broker)
        name = case._testMethodName
        method = getattr(case, name)

        def run() -> object:
            return self._started(self._checked(as_deferred(method(), name)))

        started = run if self._hooks is not None else reporting(run, lambda: report(self.broker, case.id()))
        setattr(case, name, started)
        case.addCleanup(setattr, case, name, method)  # the test may be run again

    def _run_finished(self, run: Callable[[], object]) -> None:
        """Run the test. Like the test itself, its fixtures may return a Deferred, a coroutine or a generator."""
        for name in ("setUp", "tearDown"):
            setattr(self, name, self._finished(getattr(self, name)))
        try:
            run()
        finally:
            del self.setUp, self.tearDown  # type: ignore[attr-defined]

    def _finished(self, call: Callable[..., object]) -> Callable[..., object]:
        """The function, made to run to its end."""
        name = getattr(call, "__name__", repr(call))

        def wrapped(*args: object, **kwargs: object) -> object:
            return self._started(as_deferred(call(*args, **kwargs), name))

        wrapped.__name__ = name
        return wrapped

    def _started(self, result: object) -> object:
        """The test method, a fixture or a clean-up has returned."""
        return result

    def _ends(self) -> None:
        """All is over but the broker."""
        if self._hooks is not None:
            self._hooks.end(self.broker)

    def _checked(self, result: object) -> object:
        """The test method has returned without an error. Check that every rule has acted."""
        if self.strict_faults and isinstance(result, Deferred):
            result.addCallback(self._check_faults)
        elif self.strict_faults:
            self._check_faults()
        return result

    def _check_faults(self, result: object = None) -> object:
        self.broker.faults.assert_all_acted()
        return result


def as_deferred(result: object, name: str) -> object:
    """What a test's function has returned, as a Deferred if it is not yet complete.

    :param name: the function's name.
    :raises TypeError: when this test case can't run what was returned.
    """
    if inspect.iscoroutine(result):
        return Deferred.fromCoroutine(result)
    if inspect.isgenerator(result):
        return inlineCallbacks(lambda: cast("Steps[object]", result))()
    if inspect.isasyncgen(result) or (inspect.isawaitable(result) and not isinstance(result, Deferred)):
        raise TypeError(f"{name}() returned a {type(result).__name__}, which nobody runs: return a Deferred")
    if inspect.isfunction(result) or inspect.ismethod(result):
        raise TypeError(f"{name}() returned {result!r}, which nobody calls")
    if isinstance(result, (list, tuple, set, frozenset, dict)):
        parts = result.values() if isinstance(result, dict) else result
        if any(inspect.isawaitable(each) or inspect.isgenerator(each) for each in parts):
            raise TypeError(f"{name}() returned a {type(result).__name__} of what nobody waits for: DeferredList does")
    return result


class SynchronousBrokerTestCase(_Reporting, SynchronousTestCase):
    """A test that runs without a reactor: the test advances ``self.clock`` itself. A test, fixture or clean-up may
    return a Deferred, or be a coroutine or a generator. It is then run to its end in virtual time.

    >>> class Publishing(SynchronousBrokerTestCase):
    ...     def test_a_message_arrives(self):
    ...         client = self.connect()
    ...         channel = self.result(client.channel(1))
    ...         self.result(channel.channel_open())
    """

    def setUp(self) -> None:
        super().setUp()
        self.clock = VirtualClock()
        self.broker = self._new_broker()
        self._watch()
        self.addCleanup(self._stop)

    def run(self, result: object = None) -> None:
        """Run the test, and finish what it and its fixtures return."""
        if self._hooks is None and (search := search_of(self)) is not None:
            search.run_instead(self, cast(RunResult, result))
            return
        self._run_finished(lambda: super(SynchronousBrokerTestCase, self).run(result))  # type: ignore[no-untyped-call]

    def addCleanup(self, f: Callable[P, object], *args: P.args, **kwargs: P.kwargs) -> None:  # type: ignore[override]
        """As trial's. The function may return what a test may return."""
        super().addCleanup(self._finished(f), *args, **kwargs)

    def result(self, deferred: Deferred[T], limit: float = 3600.0) -> T:
        """Let virtual time pass until a Deferred has fired, and return its result.

        :param limit: seconds that may pass.
        :raises fakebroker.testing.NeverSettles: when it does not fire.
        """
        return self.clock.result(deferred, limit)

    def connect(self, **options: Any) -> Any:
        """A txAMQP client that is logged in; see ``txamqp_client`` for the options."""
        return self.result(txamqp_client(self.broker, **options))

    def _started(self, result: object) -> object:
        if isinstance(result, Deferred):
            if not hasattr(self, "clock"):
                raise RuntimeError("setUp() waits for something, and has not called super().setUp() first")
            self.clock.result(result)
        return None

    def _stop(self) -> Deferred[None]:
        self._ends()
        return self.broker.stop()


class BrokerTestCase(_Reporting, TestCase):
    """A test that returns Deferreds. Trial's reactor advances ``self.clock``: when nothing happens, the clock jumps to
    the next due call. The broker is in memory (``self.broker.endpoint()``); for sockets, ``yield
    self.broker.listen()``. While octets are on their way through sockets, the clock stands still. A test fails with
    ``NeverSettles`` if it still waits when nothing is due, or when ``patience`` seconds have passed on the clock. A
    test with sockets also fails when nothing has arrived for ``silence`` real seconds.
    """

    patience = LONGEST_WAIT
    silence = NOBODY

    def setUp(self) -> None:
        from twisted.internet import reactor

        self.clock = VirtualClock()
        self.broker = self._new_broker(reactor)
        self._watch()
        self._settling_error: NeverSettles | None = None
        self._running: Deferred[object] | None = None
        self._drive()
        self.addCleanup(self._stop)

    def run(self, result: object = None) -> None:
        """Run the test, and finish what it and its fixtures return."""
        if self._hooks is None and (search := search_of(self)) is not None:
            search.run_instead(self, cast(RunResult, result))
            return
        self._run_finished(lambda: super(BrokerTestCase, self).run(result))  # type: ignore[no-untyped-call]

    def addCleanup(self, f: Callable[P, object], *args: P.args, **kwargs: P.kwargs) -> None:  # type: ignore[override]
        """As trial's; what the function returns is finished, too."""
        super().addCleanup(self._finished(f), *args, **kwargs)

    def _drive(self) -> None:
        from twisted.internet import reactor

        self._driver = Driver(self.clock, reactor, self._give_up, self.patience, self._outside(reactor))

    def _outside(self, reactor: IReactorTime) -> Outside:
        return Outside(reactor, lambda: len(self.broker.journal), self.silence)

    def _give_up(self, error: NeverSettles) -> None:
        self._settling_error = error
        self._drive()  # fixtures and clean-ups may need it
        if self._running is not None:
            self._running.cancel()

    def _started(self, result: object) -> object:
        if isinstance(result, Deferred):
            self._running, self._settling_error = result, None
            if self._driver.stopped:  # in tearDown, which may run after the clean-ups
                self._drive()
                result.addBoth(self._stop_driving)
            result.addErrback(self._explain)
        return result

    def _explain(self, failure: Failure) -> Failure:
        """The driver gave up: the test fails with its error."""
        return failure if self._settling_error is None else Failure(self._settling_error)  # type: ignore[no-untyped-call]

    def connect(self, **options: Any) -> Deferred[Any]:
        """A txAMQP client that is logged in; see ``txamqp_client`` for the options."""
        return txamqp_client(self.broker, **options)

    def _stop(self) -> Deferred[None]:
        self._ends()
        stopping = self.broker.stop()
        stopping.addCallback(self._stop_driving)
        return stopping

    def _stop_driving(self, result: object) -> object:
        self._driver.stop()
        return result
