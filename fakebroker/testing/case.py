"""Test cases for trial (and for anything that runs unittest's): a broker in memory, virtual time, clean-up."""

from __future__ import annotations

from typing import Any, TypeVar

from twisted.internet.defer import Deferred
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase, TestCase

from fakebroker.fake import FakeBroker
from fakebroker.testing.clients import txamqp_client
from fakebroker.testing.clock import LONGEST_WAIT, Driver, NeverSettles, VirtualClock
from fakebroker.testing.report import report, reporting, seed

T = TypeVar("T")


class _Reporting:
    """Shows the conversation when the test fails."""

    seed = 0
    """Where the broker's names and chances come from; the environment's ``FAKEBROKER_SEED`` goes before it."""
    strict_faults = False
    """Whether a test fails in which a rule has never acted."""
    clock: VirtualClock
    broker: FakeBroker

    def _watch(self) -> None:
        case: Any = self
        name = case._testMethodName
        method = getattr(case, name)
        started = reporting(lambda: self._started(self._checked(method())), lambda: report(self.broker, case.id()))
        setattr(case, name, started)
        case.addCleanup(setattr, case, name, method)  # it may be run again

    def _started(self, result: Any) -> Any:
        """The test method has returned."""
        return result

    def _checked(self, result: Any) -> Any:
        """The test method has returned, and all has gone well so far: so shall everything that was to go wrong."""
        if self.strict_faults and isinstance(result, Deferred):
            result.addCallback(self._check_faults)
        elif self.strict_faults:
            self._check_faults()
        return result

    def _check_faults(self, result: Any = None) -> Any:
        self.broker.faults.assert_all_acted()
        return result


class SynchronousBrokerTestCase(_Reporting, SynchronousTestCase):
    """A test that runs with no reactor: ``self.clock`` is turned by the test itself.

    >>> class Publishing(SynchronousBrokerTestCase):
    ...     def test_a_message_arrives(self):
    ...         client = self.connect()
    ...         channel = self.result(client.channel(1))
    ...         self.result(channel.channel_open())
    """

    def setUp(self) -> None:
        super().setUp()
        self.clock = VirtualClock()
        self.broker = FakeBroker(clock=self.clock, seed=seed(self.seed))
        self._watch()
        self.addCleanup(self._stop)

    def result(self, deferred: Deferred[T], limit: float = 3600.0) -> T:
        """Let virtual time pass until a Deferred has fired, and give its result.

        :param limit: seconds that may pass.
        :raises fakebroker.testing.NeverSettles: when it does not fire.
        """
        return self.clock.result(deferred, limit)

    def connect(self, **options: Any) -> Any:
        """A txAMQP client that is logged in; see ``txamqp_client`` for the options."""
        return self.result(txamqp_client(self.broker, **options))

    def _stop(self) -> None:
        self.result(self.broker.stop())


class BrokerTestCase(_Reporting, TestCase):
    """A test that returns Deferreds: trial's reactor turns ``self.clock``, which jumps whenever all is quiet.

    The broker is in memory (``self.broker.endpoint()``); for sockets, ``yield self.broker.listen()``. A test that
    still waits when ``patience`` seconds have passed on the clock fails with ``NeverSettles``.
    """

    patience = LONGEST_WAIT

    def setUp(self) -> None:
        from twisted.internet import reactor

        self.clock = VirtualClock()
        self.broker = FakeBroker(reactor, clock=self.clock, seed=seed(self.seed))
        self._watch()
        self._settling_error: NeverSettles | None = None
        self._running: Deferred[Any] | None = None
        self._driver = Driver(self.clock, reactor, self._give_up, self.patience)
        self.addCleanup(self._stop)

    def _give_up(self, error: NeverSettles) -> None:
        self._settling_error = error
        if self._running is not None:
            self._running.cancel()

    def _started(self, result: Any) -> Any:
        if isinstance(result, Deferred):
            self._running = result
            result.addErrback(self._explain)
        return result

    def _explain(self, failure: Failure) -> Failure:
        """The test was ended because time had no end: that is what it fails with."""
        return failure if self._settling_error is None else Failure(self._settling_error)  # type: ignore[no-untyped-call]

    def connect(self, **options: Any) -> Deferred[Any]:
        """A txAMQP client that is logged in; see ``txamqp_client`` for the options."""
        return txamqp_client(self.broker, **options)

    def _stop(self) -> Deferred[None]:
        stopping = self.broker.stop()
        stopping.addCallback(lambda _: self._driver.stop())
        return stopping
