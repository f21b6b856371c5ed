"""Users, passwords, permissions, and who may connect where."""

from __future__ import annotations

import base64
import random
from types import SimpleNamespace
from typing import Any

from twisted.internet.task import Clock

from fakebroker.broker.access import permissions
from fakebroker.broker.access.limits import VHOST_LIMITS, complaint
from fakebroker.broker.access.users import User
from fakebroker.broker.broker import Broker
from fakebroker.errors import AMQPError
from tests.broker.routing import RoutingCase

ACCESSES: tuple[permissions.Access, ...] = ("configure", "write", "read")


class Passwords(RoutingCase):
    def test_guest_is_there_from_the_start(self) -> None:
        guest = self.broker.users.authenticate("guest", "guest")
        assert guest is not None
        self.assertEqual(["administrator"], guest.tags)

    def test_a_wrong_password_an_unknown_user_and_an_empty_password_are_refused(self) -> None:
        self.broker.users.add("nobody")
        for name, password in (("guest", "Guest"), ("guest", ""), ("who", "guest"), ("nobody", ""), ("nobody", "x")):
            self.assertIsNone(self.broker.users.authenticate(name, password), (name, password))

    def test_a_new_password_replaces_the_old_one(self) -> None:
        self.broker.users.set_password("guest", "étoile")
        self.assertIsNone(self.broker.users.authenticate("guest", "guest"))
        self.assertIsNotNone(self.broker.users.authenticate("guest", "étoile"))

    def test_the_hash_of_a_real_rabbitmq_lets_its_user_in(self) -> None:
        stored = base64.b64decode("kIaNYYlNSQoVnbSzM0BegOk2FzLFCdWiZOIfu7ot/KG1EB5x")
        self.assertTrue(User("guest", stored).has_password("guest"))
        self.assertFalse(User("guest", stored).has_password("Guest"))

    def test_a_password_is_kept_hashed_with_a_salt_from_the_seed(self) -> None:
        hashes = [Broker(Clock(), random.Random(seed)).users["guest"].password_hash for seed in (1, 1, 2)]
        self.assertEqual(hashes[0], hashes[1])
        self.assertNotEqual(hashes[0], hashes[2])
        self.assertNotIn(b"guest", hashes[0])

    def test_a_salt_has_four_octets_of_chance_and_a_new_password_is_hashed_anew(self) -> None:
        class Ones:
            def getrandbits(self, bits: int) -> int:
                return int(2**bits - 1)

        user = User("u", b"old", "rabbit_password_hashing_md5", rng=Ones())  # type: ignore[arg-type]
        user.password = "secret"
        self.assertEqual(b"\xff" * 4, user.password_hash[:4])
        self.assertTrue(user.has_password("secret"))
        wrong: Any = 7
        with self.assertRaisesRegex(TypeError, "^a password "):
            user.password = wrong

    def test_a_user_is_added_once(self) -> None:
        with self.assertRaisesRegex(ValueError, "^user 'guest' exists$"):
            self.broker.users.add("guest", "x")

    def test_whoever_asked_for_it_hears_of_a_removed_user(self) -> None:
        removed: list[str] = []
        self.broker.users.on_removed.append(lambda user: removed.append(user.name))
        self.broker.users.remove("guest")
        self.assertEqual((["guest"], []), (removed, list(self.broker.users)))


class Permissions(RoutingCase):
    def setUp(self) -> None:
        super().setUp()
        self.user = self.broker.users.add("alice", "secret")

    def allowed(self, access: permissions.Access, kind: str, name: str) -> bool:
        try:
            permissions.check(self.user, "/", access, kind, name)
        except AMQPError:
            return False
        return True

    def test_each_of_the_three_has_its_own_expression(self) -> None:
        self.user.permit("/", configure="^c", write="^w", read="^r")
        for access in ACCESSES:
            for name in ("c", "w", "r"):
                self.assertEqual(access[0] == name, self.allowed(access, "queue", name))

    def test_an_expression_is_searched_for_anywhere(self) -> None:
        self.user.permit("/", read="b")
        self.assertTrue(self.allowed("read", "queue", "abc"))
        self.assertFalse(self.allowed("read", "queue", "ac"))

    def test_the_empty_expression_matches_the_empty_name_alone(self) -> None:
        self.user.permit("/", configure="")
        self.assertFalse(self.allowed("configure", "queue", "q"))
        self.assertTrue(self.allowed("configure", "queue", ""))

    def test_the_default_exchange_goes_by_another_name(self) -> None:
        self.user.permit("/", write="^amq\\.default$")
        self.assertTrue(self.allowed("write", "exchange", ""))
        self.user.permit("/", write="^$")
        text = "access to exchange 'amq.default' in vhost '/' refused for user 'alice'"
        self.assertRefused("access-refused", text, permissions.check, self.user, "/", "write", "exchange", "")

    def test_without_permissions_everything_is_refused(self) -> None:
        text = "access to queue 'q' in vhost '/' refused for user 'alice'"
        self.assertRefused("access-refused", text, permissions.check, self.user, "/", "read", "queue", "q")

    def test_permissions_taken_away_are_gone_at_once(self) -> None:
        self.user.permit("/")
        self.assertTrue(self.allowed("read", "queue", "q"))
        self.user.forbid("/")
        self.assertFalse(self.allowed("read", "queue", "q"))

    def test_expressions_are_perls(self) -> None:
        for pattern, fits, fits_not in (
            ("^[[:alpha:]_]+$", "ab_", "a1"),
            ("^[^[:digit:]]", "a1", "1a"),
            (r"\Aab\z", "ab", "abc"),
            (r"^(?<word>a|b)-\1$", "a-a", "a-b"),
            (r"(?<!x)y", "ay", "xy"),
            (r"^\[:alpha:\]$", "[:alpha:]", "a"),
            ("^(?!secret)", "open", "secret"),
            ("(?i)^ABC", "abc", "bc"),
        ):
            self.user.permit("/", read=pattern)
            self.assertTrue(self.allowed("read", "queue", fits), pattern)
            self.assertFalse(self.allowed("read", "queue", fits_not), pattern)

    def test_what_is_no_regular_expression_is_refused(self) -> None:
        with self.assertRaisesRegex(ValueError, r"invalid regular expression '\('"):
            self.user.permit("/", read="(")
        self.assertEqual({}, self.user.permissions)


class TopicPermissions(RoutingCase):
    def setUp(self) -> None:
        super().setUp()
        self.user = self.broker.users.add("alice", "secret")
        self.user.permit_topic("/", "amq.topic", write=r"^{username}\.{vhost}\.", read="^r")

    def check(self, access: permissions.Access, key: str, exchange: str = "amq.topic") -> None:
        permissions.check_topic(self.user, "/", access, exchange, key)

    def test_the_names_of_user_and_virtual_host_are_filled_in(self) -> None:
        self.check("write", "alice./.x")
        text = "access to topic 'bob./.x' in exchange 'amq.topic' in vhost '/' refused for user 'alice'"
        self.assertRefused("access-refused", text, self.check, "write", "bob./.x")

    def test_reading_has_its_own_expression(self) -> None:
        self.check("read", "r.anything")
        with self.assertRaises(AMQPError):
            self.check("read", "alice./.x")

    def test_the_empty_expression_is_for_the_empty_key_alone(self) -> None:
        self.user.permit_topic("/", "amq.topic", write="", read="")
        self.check("write", "")
        for access in ("write", "read"):
            with self.assertRaises(AMQPError):
                self.check(access, "k")
        with self.assertRaisesRegex(ValueError, "invalid regular expression"):
            self.user.permit_topic("/", "amq.topic", read="(")

    def test_where_none_are_given_everything_is_allowed(self) -> None:
        self.check("write", "bob", exchange="another")


class Admission(RoutingCase):
    """What connection.open checks, in its order."""

    def connect(self, user: str, vhost: str = "/") -> None:
        number = len(self.broker.connections) + 1
        self.broker.connections[number] = SimpleNamespace(
            user=self.broker.users[user], vhost=self.broker.vhosts[vhost], channels={1: "", 2: ""}
        )

    def assertKeptOut(self, text: str, user: str = "guest", vhost: str = "/") -> None:
        self.assertRefused("not-allowed", text, self.broker.admit, self.broker.users[user], vhost)

    def test_guest_is_let_in(self) -> None:
        self.assertIs(self.vhost, self.broker.admit(self.broker.users["guest"], "/"))

    def test_an_unknown_virtual_host(self) -> None:
        self.assertKeptOut("vhost nope not found", vhost="nope")
        self.assertKeptOut("vhost  not found", vhost="")

    def test_a_user_without_permissions_there(self) -> None:
        self.broker.users.add("alice", "secret")
        self.assertKeptOut("access to vhost '/' refused for user 'alice'", user="alice")

    def test_a_virtual_host_that_is_full(self) -> None:
        refused = "access to vhost '/' refused for user 'guest': connection limit ({}) is reached"
        self.vhost.limits["max-connections"] = 0
        self.assertKeptOut(refused.format(0))
        self.vhost.limits["max-connections"] = 1
        self.broker.admit(self.broker.users["guest"], "/")
        self.connect("guest")
        self.assertKeptOut(refused.format(1))
        self.vhost.limits["max-connections"] = -1
        self.broker.admit(self.broker.users["guest"], "/")

    def test_a_user_with_enough_connections_wherever_they_are(self) -> None:
        self.broker.add_vhost("other")
        self.connect("guest", "other")
        self.broker.users["guest"].limits["max-connections"] = 1
        self.assertKeptOut("connection refused for user 'guest': user connection limit (1) is reached")

    def test_the_virtual_hosts_limit_comes_before_the_permission(self) -> None:
        self.broker.users.add("alice", "secret").limits["max-connections"] = 0
        self.assertKeptOut("connection refused for user 'alice': user connection limit (0) is reached", user="alice")
        self.vhost.limits["max-connections"] = 0
        self.assertKeptOut(
            "access to vhost '/' refused for user 'alice': connection limit (0) is reached", user="alice"
        )

    def test_a_user_with_enough_channels(self) -> None:
        guest = self.broker.users["guest"]
        self.connect("guest")
        guest.limits["max-channels"] = 3
        self.broker.check_channel_limit(guest)
        guest.limits["max-channels"] = 2
        text = "number of channels opened for user 'guest' has reached the maximum allowed user limit of (2)"
        self.assertRefused("not-allowed", text, self.broker.check_channel_limit, guest)

    def test_a_limit_is_a_known_name_and_a_whole_number(self) -> None:
        with self.assertRaisesRegex(ValueError, "there is no limit 'max-quues'; did you mean 'max-queues'"):
            self.vhost.limits["max-quues"] = 1
        with self.assertRaisesRegex(ValueError, "must be an integer, not '1'"):
            self.vhost.limits["max-queues"] = "1"  # type: ignore[assignment]


class VirtualHosts(RoutingCase):
    def test_guest_may_do_everything_in_a_new_one(self) -> None:
        self.broker.add_vhost("new")
        self.broker.admit(self.broker.users["guest"], "new")

    def test_a_removed_one_takes_the_permissions_along(self) -> None:
        removed: list[str] = []
        self.broker.on_vhost_removed.append(lambda vhost: removed.append(vhost.name))
        self.broker.users["guest"].permit_topic("/", "amq.topic")
        self.broker.remove_vhost("/")
        guest = self.broker.users["guest"]
        self.assertEqual((["/"], {}, {}), (removed, guest.permissions, guest.topic_permissions))

    def test_one_of_that_name_is_enough(self) -> None:
        with self.assertRaisesRegex(ValueError, "virtual host '/' exists"):
            self.broker.add_vhost("/")

    def test_made_up_names_look_as_rabbitmqs_and_come_from_the_seed(self) -> None:
        names = [Broker(Clock(), random.Random(seed)).make_name("amq.gen-") for seed in (1, 1, 2)]
        self.assertRegex(names[0], r"^amq\.gen-[A-Za-z0-9_-]{22}$")
        self.assertEqual(names[0], names[1])
        self.assertNotEqual(names[0], names[2])


class LimitsAsTheyAreSet(RoutingCase):
    def test_a_limit_has_a_place_in_the_error(self) -> None:
        for value in (True, 1.5, None):
            with self.assertRaisesRegex(ValueError, f"^limit 'max-queues' must be an integer, not {value!r}$"):
                self.vhost.limits["max-queues"] = value  # type: ignore[assignment]
        self.assertEqual("<Limits {}>", repr(self.vhost.limits))

    def test_a_limit_can_be_taken_away(self) -> None:
        self.vhost.limits["max-queues"] = 1
        del self.vhost.limits["max-queues"]
        with self.assertRaisesRegex(KeyError, "there is no limit 'max-queues'"):
            del self.vhost.limits["max-queues"]

    def test_rabbitmqs_words_for_limits_that_are_wrong(self) -> None:
        for limits, words in (
            ({}, None),
            ({"max-queues": 1, "max-connections": -1}, None),
            ({"max-queues": 1, "bogus": "x"}, 'Unrecognised terms [{<<"bogus">>,<<"x">>}] in limits'),
            ({"max-queues": "1"}, 'max-queues should be a number, actually was <<"1">>'),
            ({"max-queues": True, "bogus": 1}, "max-queues should be a number, actually was true"),
            ({"max-queues": 1.5}, "max-queues should be a number, actually was 1.5"),
        ):
            given: dict[str, object] = limits  # type: ignore[assignment]
            self.assertEqual(words, complaint(given, VHOST_LIMITS, "limits"))


class Users(RoutingCase):
    def test_one_without_a_password_has_no_hash(self) -> None:
        self.assertEqual((b"", b""), (self.broker.users.add("nobody").password_hash, User("x").password_hash))

    def test_what_is_permitted_unless_told_is_everything(self) -> None:
        alice = self.broker.users.add("alice")
        alice.permit("/")
        alice.permit_topic("/", "amq.topic")
        self.assertEqual((".*", ".*", ".*"), alice.permissions["/"])
        self.assertEqual((".*", ".*"), alice.topic_permissions["/", "amq.topic"])
        self.assertEqual((alice.permissions["/"], alice.topic_permissions["/", "amq.topic"]),
                         (permissions.Permission(), permissions.TopicPermission()))  # fmt: skip

    def test_a_hash_is_octets(self) -> None:
        guest: Any = self.broker.users["guest"]
        with self.assertRaisesRegex(
            TypeError, "^password_hash is a salt and the digest of salt and password, in bytes"
        ):
            guest.password_hash = "hash"
        with self.assertRaisesRegex(ValueError, "^hashing is one of rabbit_password_hashing_sha256, .* not 'crc'$"):
            guest.hashing = "crc"

    def test_a_password_can_not_be_read(self) -> None:
        text = "^a password can be set, not read: it is kept salted and hashed; ask has_password"
        with self.assertRaisesRegex(AttributeError, text):
            self.broker.users["guest"].password  # noqa: B018

    def test_they_show_themselves_without_passwords(self) -> None:
        self.broker.users.add("alice", "secret", tags=["monitoring"])
        self.assertEqual("<Users 'guest', 'alice'>", repr(self.broker.users))
        self.assertEqual("<User 'alice' tags=['monitoring'] permissions={}>", repr(self.broker.users["alice"]))

    def test_what_is_wrong_is_named(self) -> None:
        add: Any = self.broker.users.add
        guest: Any = self.broker.users["guest"]
        for call, text in (
            (lambda: add(7), "^the name of a user "),
            (lambda: add("u", 7), "^a password "),
            (lambda: add("u", "", 7), "^tags "),
            (lambda: guest.permit(7), "^vhost "),
            (lambda: guest.permit("/", 7), "^configure "),
            (lambda: guest.permit_topic("/", 7), "^exchange "),
        ):
            with self.assertRaisesRegex(TypeError, text):
                call()

    def test_whoever_may_log_in_from_here_alone(self) -> None:
        users = self.broker.users
        hosts = (
            "127.0.0.1",
            "127.9.9.9",
            "::1",
            "::ffff:127.0.0.1",
            "memory",
            "10.0.0.1",
            "::ffff:10.0.0.1",
            "fe80::1",
        )
        self.assertEqual([True] * 8, [users.may_come_from(users["guest"], host) for host in hosts])
        users.loopback.add("guest")
        self.assertEqual([True] * 5 + [False] * 3, [users.may_come_from(users["guest"], host) for host in hosts])
