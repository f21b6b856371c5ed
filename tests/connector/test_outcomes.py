"""What a test can make of a handshake with one rule, and what the connector then says: no outcome hangs, and none
leaves anything behind."""

from collections.abc import Callable
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.task import Clock
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase

from connector import (
    AmqpConnector,
    AuthenticationRefused,
    ChannelClosedByBroker,
    ClosedByBroker,
    ConnectionLost,
    ConnectionRefused,
    HungUpAtLogin,
    MechanismNotOffered,
    ProtocolError,
    ProtocolMismatch,
    Redirected,
    TimedOut,
    VhostRefused,
)
from connector.spec import VERSIONS
from fakebroker import FakeBroker
from fakebroker.faults import (
    Action,
    Blackhole,
    Challenge,
    Close,
    CloseChannel,
    CloseConnection,
    Cut,
    Down,
    Drop,
    ForeignHeader,
    Garbage,
    Mechanisms,
    OversizeFrame,
    Redirect,
    Refuse,
    RefuseLogin,
    RefuseMechanism,
    RefuseVhost,
    Reset,
    Slice,
    Truncate,
    UnknownFrame,
    When,
    WrongFrameEnd,
    when,
)

ANSWERS = ("start", "tune", "open-ok", "channel.open-ok")
"""What the broker says on the way to a channel."""


class Outcomes(SynchronousTestCase):
    version = "0-8"

    def attempt(self, where: When | None, action: Action, **options: Any) -> Any:
        """What the connector fails with on its way to a channel under a rule; None if it gets there."""
        self.clock = Clock()
        self.broker = FakeBroker(clock=self.clock)
        if where is None:
            self.broker.faults.add(action)
        else:
            self.broker.faults.add(where, action)
        connector = AmqpConnector(endpoint=self.broker.endpoint(), clock=self.clock, spec=self.version)
        for name, value in options.items():
            setattr(connector, name, value)
        error = self.walk(connector)
        leaving = self.outcome(connector.disconnect)
        self.assertTrue(leaving is None or isinstance(leaving.value, TimedOut), leaving)
        self.assertEqual(connector.cnx.state, "disconnected")
        self.successResultOf(self.broker.stop())
        self.assertEqual(self.clock.getDelayedCalls(), [])
        return error

    def walk(self, connector: AmqpConnector) -> Any:
        for step in (connector.connect, connector.authenticate, connector.channel_open):
            outcome = self.outcome(step)
            if isinstance(outcome, Failure):
                return outcome.value
        return None

    def outcome(self, step: Callable[[], Deferred[Any]]) -> Any:
        """What a step fires with, be it after the longest time that it may take."""
        outcome: list[Any] = []
        step().addBoth(outcome.append)
        for seconds in (0, *[1] * 8):
            if not outcome:
                self.clock.advance(seconds)
        self.assertTrue(outcome, f"{step.__name__}() hangs")
        return outcome[0]

    def assert_outcome(self, where: When | None, action: Action, kind: type[Exception], **facts: Any) -> Any:
        error = self.attempt(where, action)
        self.assertIs(type(error), kind, error)
        self.assertEqual({name: getattr(error, name) for name in facts}, facts)
        return error

    def test_no_rule_that_matters(self):
        self.assertIsNone(self.attempt(when("basic.publish"), Drop()))

    def test_refused(self):
        self.assert_outcome(None, Refuse(), ConnectionRefused, step="connect")

    def test_a_foreign_header(self):
        self.assert_outcome(None, ForeignHeader(), ProtocolMismatch, header=b"AMQP\x00\x01\x00\x00")

    def test_refused_credentials(self):
        self.assert_outcome(None, RefuseLogin(), AuthenticationRefused, code=403)

    def test_refused_credentials_of_a_client_of_old(self):
        for at_once in (False, True):
            error = self.attempt(None, RefuseLogin(at_once=at_once), client_properties={})
            self.assertIs(type(error), HungUpAtLogin)

    def test_a_refused_mechanism(self):
        self.assert_outcome(None, RefuseMechanism(), HungUpAtLogin)

    def test_a_mechanism_that_is_not_offered(self):
        self.assert_outcome(None, Mechanisms("EXTERNAL GSSAPI"), MechanismNotOffered, offered=("EXTERNAL", "GSSAPI"))

    def test_challenges(self):
        for rounds in (1, 3):
            self.assertIsNone(self.attempt(None, Challenge(rounds=rounds)))

    def test_a_refused_vhost(self):
        for reason in ("unknown", "not permitted", "vhost limit", "user limit"):
            self.assert_outcome(None, RefuseVhost(reason), VhostRefused, code=530, step="open")

    def test_a_vhost_that_is_down(self):
        self.assert_outcome(None, RefuseVhost("down"), ClosedByBroker, code=541, step="open")

    def test_redirected(self):
        if self.version == "0-8":
            self.assert_outcome(None, Redirect("there:5673"), Redirected, host="there", port=5673)
        else:  # RabbitMQ speaks 0-9-1 to a client of 0-9, and 0-9-1 has no redirect
            self.assertIsNone(self.attempt(None, Redirect("there:5673")))

    def test_silence_at_each_step(self):
        for what, step in (
            ("protocol-header", "start"),
            ("start", "start"),
            ("start-ok", "tune"),
            ("tune", "tune"),
            ("tune-ok", "open"),
            ("open", "open"),
            ("open-ok", "open"),
            ("channel.open", "channel_open"),
        ):
            self.assert_outcome(when(what), Blackhole(), TimedOut, step=step, seconds=8)

    def test_an_answer_that_is_lost_at_each_step(self):
        for what, step in zip(ANSWERS, ("start", "tune", "open", "channel_open"), strict=True):
            self.assert_outcome(when(what), Drop(), TimedOut, step=step)

    def test_the_socket_closes_or_is_reset_at_each_step(self):
        for what, kind, step in (
            ("protocol-header", ConnectionLost, "start"),
            ("start-ok", HungUpAtLogin, "tune"),
            ("tune", HungUpAtLogin, "tune"),
            ("tune-ok", ConnectionLost, "open"),
            ("open", ConnectionLost, "open"),
            ("open-ok", ConnectionLost, "open"),
            ("channel.open", ConnectionLost, "channel_open"),
        ):
            self.assert_outcome(when(what), Close(), kind, step=step, clean=True)
            self.assert_outcome(when(what), Reset(), kind, step=step, clean=False)

    def test_an_answer_that_is_cut_off_at_each_step(self):
        for what in ANSWERS:
            kind = HungUpAtLogin if what == "tune" else ConnectionLost
            for action in (Cut(), Truncate(5)):
                self.assert_outcome(when(what), action, kind)
            for action in (Cut(then="silence"), Truncate(5, then="silence")):
                self.assert_outcome(when(what), action, TimedOut)

    def test_nonsense_at_each_step(self):
        for what in ANSWERS:
            for action in (Garbage(data=b"nonsense"), UnknownFrame(), WrongFrameEnd(), OversizeFrame()):
                error = self.attempt(when(what), action)
                self.assertIsInstance(error, ProtocolError, f"{action} at {what}")

    def test_octet_by_octet(self):
        for what in ANSWERS:
            self.assertIsNone(self.attempt(when(what), Slice(1)))

    def test_the_broker_goes_down(self):
        self.assert_outcome(when("open"), Down(), ConnectionLost, step="open")

    def test_the_broker_closes_the_connection(self):
        for what, step in (("open", "open"), ("channel.open", "channel_open")):
            self.assert_outcome(when(what), CloseConnection(541, "INTERNAL_ERROR"), ClosedByBroker, code=541, step=step)

    def test_the_broker_closes_the_channel(self):
        refuse = CloseChannel(403, "ACCESS_REFUSED")
        self.assert_outcome(when("channel.open-ok"), refuse, ChannelClosedByBroker, code=403, step="channel_open")


class OutcomesIn09(Outcomes):
    version = VERSIONS[1]


class OutcomesIn091(Outcomes):
    version = VERSIONS[2]
