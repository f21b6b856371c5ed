"""What a client sees when it is not let in, or not as it expected."""

from __future__ import annotations

from typing import Any

from twisted.internet import error

from fakebroker.errors import RuleError
from fakebroker.faults import (
    Challenge,
    CloseConnection,
    Expire,
    ForeignHeader,
    Mechanisms,
    Redirect,
    RefuseLogin,
    RefuseMechanism,
    RefuseVhost,
    Tune,
    like,
    when,
)
from tests.faults.scene import Scene

CLOSE_ON_FAILURE = {"capabilities": {"authentication_failure_close": True}}


class RefuseLoginTests(Scene):
    def log_in(self, **options: Any) -> Any:
        client = self.connect()
        client.log_in(**options)
        return client

    def test_as_rabbitmq_does_silently_and_after_its_delay(self) -> None:
        self.add(RefuseLogin())
        client = self.log_in()
        self.assertEqual([], client.names)
        self.assertIsNone(client.lost)
        wrong = self.log_in(password="wrong")
        self.clock.run(lambda: wrong.lost is not None)
        self.assertIsNotNone(client.lost)
        self.assertEqual([], client.names)

    def test_a_client_with_the_capability_is_told(self) -> None:
        self.add(RefuseLogin())
        close = self.log_in(client_properties=CLOSE_ON_FAILURE).take("connection.close").args
        self.assertEqual((403, 0, 0), (close.reply_code, close.class_id, close.method_id))
        wrong = self.log_in(password="wrong", client_properties=CLOSE_ON_FAILURE).take("connection.close").args
        self.assertEqual(wrong, close)

    def test_at_once(self) -> None:
        self.add(RefuseLogin(at_once=True))
        self.assertTrue(self.log_in().lost.check(error.ConnectionDone))

    def test_for_one_user(self) -> None:
        self.broker.users.add("bob", "secret").permissions["/"] = self.broker.users["guest"].permissions["/"]
        self.add(when(user="bob"), RefuseLogin(at_once=True), times=None)
        self.assertIsNotNone(self.log_in(user="bob", password="secret").lost)
        self.log_in().take("connection.tune")

    def test_for_the_third_attempt(self) -> None:
        self.add(when(nth=3), RefuseLogin(at_once=True))
        self.assertEqual([False, False, True, False], [self.log_in().lost is not None for _ in range(4)])

    def test_twice_and_then_back_to_normal(self) -> None:
        self.add(RefuseLogin(at_once=True), times=2)
        self.assertEqual([True, True, False], [self.log_in().lost is not None for _ in range(3)])

    def test_for_clients_of_a_name(self) -> None:
        self.add(when(client=like("worker-*")), RefuseLogin(at_once=True), times=None)
        self.assertIsNotNone(self.log_in(client_properties={"connection_name": "worker-3"}).lost)
        self.assertIsNone(self.log_in(client_properties={"connection_name": "web"}).lost)


class MechanismTests(Scene):
    def test_others_are_offered(self) -> None:
        self.add(Mechanisms("EXTERNAL GSSAPI"))
        self.assertEqual(b"EXTERNAL GSSAPI", self.connect().begin().args.mechanisms)

    def test_the_chosen_one_is_refused_silently_after_three_seconds(self) -> None:
        self.add(RefuseMechanism())
        client = self.connect()
        client.log_in()
        self.clock.advance(2.9)
        self.assertIsNone(client.lost)
        self.clock.advance(0.1)
        self.assertIsNotNone(client.lost)
        self.assertEqual([], client.names)


class ChallengeTests(Scene):
    def test_two_rounds_then_the_login_goes_on(self) -> None:
        self.add(Challenge("say more", rounds=2))
        client = self.connect()
        client.log_in()
        for _ in range(2):
            self.assertEqual(b"say more", client.take("connection.secure").args.challenge)
            client.send("connection.secure-ok", response=b"more")
        client.take("connection.tune")

    def test_the_credentials_still_count(self) -> None:
        self.add(Challenge())
        client = self.connect()
        client.log_in(password="wrong", client_properties=CLOSE_ON_FAILURE)
        client.take("connection.secure")
        client.send("connection.secure-ok", response=b"more")
        client.take("connection.close")


class ForeignHeaderTests(Scene):
    def test_another_protocol_and_the_end(self) -> None:
        self.add(ForeignHeader())
        client = self.connect()
        self.assertRaises(AssertionError, client.begin)
        self.assertEqual(b"AMQP\x00\x01\x00\x00", client.octets)
        self.assertTrue(client.lost.check(error.ConnectionDone))


class TuneTests(Scene):
    def test_one_channel_small_frames_quick_heartbeats(self) -> None:
        self.add(Tune(channel_max=1, frame_max=4096, heartbeat=1))
        client = self.connect()
        client.log_in()
        self.assertEqual((1, 4096, 1), client.take("connection.tune").args[:3])
        client.send("connection.tune-ok", channel_max=1, frame_max=4096, heartbeat=0)
        client.send("connection.open", virtual_host="/")
        client.take("connection.open-ok")
        client.open_channel(1)
        client.send("channel.open", 2)
        self.assertEqual(530, client.take("connection.close").args.reply_code)

    def test_messages_are_cut_to_small_frames(self) -> None:
        self.add(Tune(frame_max=4096))
        client = self.connect()
        client.log_in()
        client.take("connection.tune")
        client.send("connection.tune-ok", channel_max=1, frame_max=4096)
        client.send("connection.open", virtual_host="/")
        client.take("connection.open-ok")
        client.open_channel(1)
        client.send("queue.declare", 1, queue="q")
        sender = self.client()
        self.publish(sender, "x" * 10000)
        client.octets = b""
        client.send("basic.get", 1, queue="q")
        self.assertEqual(2 + 3, client.octets.count(b"\xce"))

    def test_something_must_be_said(self) -> None:
        self.assertRaisesRegex(RuleError, "at least one", Tune)


class RefuseVhostTests(Scene):
    def refused(self, rule: RefuseVhost, **options: Any) -> tuple[int, str]:
        with self.add(rule):
            client = self.connect()
            client.log_in(**options)
            client.take("connection.tune")
            client.send("connection.tune-ok", channel_max=2047, frame_max=131072)
            client.send("connection.open", virtual_host="/")
            close = client.take("connection.close").args
        self.assertEqual((10, 40), close[2:4])
        return int(close.reply_code), str(close.reply_text)

    def test_unknown(self) -> None:
        self.assertEqual((530, "NOT_ALLOWED - vhost / not found"), self.refused(RefuseVhost()))

    def test_not_permitted(self) -> None:
        text = "NOT_ALLOWED - access to vhost '/' refused for user 'guest'"
        self.assertEqual((530, text), self.refused(RefuseVhost("not permitted")))

    def test_limits(self) -> None:
        text = "NOT_ALLOWED - access to vhost '/' refused for user 'guest': connection limit (5) is reached"
        self.assertEqual((530, text), self.refused(RefuseVhost("vhost limit", limit=5)))
        text = "NOT_ALLOWED - connection refused for user 'guest': user connection limit (5) is reached"
        self.assertEqual((530, text), self.refused(RefuseVhost("user limit", limit=5)))

    def test_down(self) -> None:
        text = "INTERNAL_ERROR - access to vhost '/' refused for user 'guest': vhost '/' is down"
        self.assertEqual((541, text), self.refused(RefuseVhost("down")))

    def test_the_texts_are_those_of_the_broker_itself(self) -> None:
        client = self.connect()
        client.log_in()
        client.take("connection.tune")
        client.send("connection.tune-ok", channel_max=2047, frame_max=131072)
        client.send("connection.open", virtual_host="nowhere")
        real = client.take("connection.close").args
        self.assertEqual((530, "NOT_ALLOWED - vhost nowhere not found", 10, 40), real[:4])

    def test_a_reason_that_is_none(self) -> None:
        self.assertRaisesRegex(RuleError, "one of 'unknown', 'not permitted'", RefuseVhost, "because")


class RedirectTests(Scene):
    def test_an_0_8_client_is_sent_elsewhere(self) -> None:
        self.add(Redirect("other:5672", known_hosts="a:1,b:2"))
        client = self.connect("0-8")
        client.log_in()
        client.take("connection.tune")
        client.send("connection.tune-ok", channel_max=2047, frame_max=131072)
        client.send("connection.open", virtual_host="/")
        self.assertEqual(("other:5672", "a:1,b:2"), client.take("connection.redirect").args[:2])

    def test_an_0_9_1_client_is_let_in(self) -> None:
        self.add(Redirect("other:5672"))
        self.client()


class ExpireTests(Scene):
    def test_accepted_and_revoked_later(self) -> None:
        client = self.client()
        self.add(when("basic.publish", nth=2), Expire())
        self.publish(client)
        self.assertEqual([], client.names)
        self.publish(client)
        close = client.take("connection.close").args
        self.assertEqual((320, "CONNECTION_FORCED - user 'guest' is deleted"), close[:2])
        again = self.connect()
        again.log_in(client_properties=CLOSE_ON_FAILURE)
        self.assertEqual(403, again.take("connection.close").args.reply_code)

    def test_it_takes_somebody(self) -> None:
        self.assertRaisesRegex(RuleError, "no user yet", self.add, when("start"), Expire())


class PerVhost(Scene):
    def test_an_outcome_for_one_vhost(self) -> None:
        self.broker.broker.add_vhost("other")
        self.broker.users["guest"].permissions["other"] = self.broker.users["guest"].permissions["/"]
        self.add(when("open", vhost="other"), CloseConnection(320, "CONNECTION_FORCED - gone"), times=None)
        self.client()
        self.assertRaises(AssertionError, self.connect().open, vhost="other")
