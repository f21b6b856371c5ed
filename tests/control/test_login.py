"""Who is there when ``fakebroker serve`` begins, the URL that lets one in, and options that would mean nothing."""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path
from typing import Any
from unittest import TestCase, mock

from twisted.logger import ILogObserver, globalLogPublisher
from zope.interface import implementer

from fakebroker.control.command_error import CommandError
from fakebroker.control.main import parser
from fakebroker.control.options import EXCLUDES, NEEDS, without_effect
from fakebroker.control.server import Server
from fakebroker.server.listeners import Login
from fakebroker.testing import VirtualClock

HASH = "kIaNYYlNSQoVnbSzM0BegOk2FzLFCdWiZOIfu7ot/KG1EB5x"  # of "guest"
ALL = {"configure": ".*", "write": ".*", "read": ".*"}


def user(name: str, **fields: Any) -> dict[str, Any]:
    return {"name": name, "tags": "administrator", **fields}


def permission(name: str, vhost: str) -> dict[str, Any]:
    return {"user": name, "vhost": vhost, **ALL}


class Beginning(TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.file = Path(folder.name) / "definitions.json"
        self.clock = VirtualClock()
        self.told: list[str] = []

        @implementer(ILogObserver)
        def observe(event: dict[str, Any]) -> None:
            self.told.append(str(event["log_format"]).format(**event))

        globalLogPublisher.addObserver(observe)
        self.addCleanup(globalLogPublisher.removeObserver, observe)

    def serve(self, *arguments: str, **environment: str) -> Server:
        with mock.patch.dict("os.environ", environment):
            server = Server(self.clock, parser().parse_args(["serve", *arguments]))
        self.addCleanup(lambda: self.clock.result(server.stop()))
        return server

    def given(self, *arguments: str, vhosts: tuple[str, ...] = ("/", "shop"), **sections: Any) -> Login:
        """Whom the URL names with these definitions."""
        document = {"vhosts": [{"name": name} for name in vhosts], **sections}
        self.file.write_text(json.dumps(document))
        self.server = self.serve("--definitions", str(self.file), *arguments)
        return self.server.broker.listeners.login

    def test_with_definitions_guest_and_the_default_host_are_there_only_if_the_file_has_them(self) -> None:
        self.given(vhosts=("shop",), users=[user("app", password="pw")], permissions=[permission("app", "shop")])
        broker = self.server.broker
        self.assertEqual((list(broker.users), list(broker.vhosts)), (["app"], ["shop"]))
        broker.reset()
        self.assertEqual((list(broker.users), list(broker.vhosts)), (["app"], ["shop"]))

    def test_the_url_names_the_first_user_who_can_log_in(self) -> None:
        users = [user("locked", password="pw"), user("hashed", password_hash=HASH), user("app", password="p/w")]
        permissions = [permission("hashed", "/"), permission("app", "shop")]
        self.assertEqual(self.given(users=users, permissions=permissions), Login("app", "p/w", "shop"))
        self.assertEqual(Login("app", "p/w", "shop").url("amqp", "h:1"), "amqp://app:p%2Fw@h:1/shop")

    def test_guests_own_password_is_found_under_its_hash(self) -> None:
        login = self.given(users=[user("guest", password_hash=HASH)], permissions=[permission("guest", "/")])
        self.assertEqual(login, Login("guest", "guest", "/"))

    def test_another_user_can_be_asked_for(self) -> None:
        users = [user("first", password="1"), user("second", password="2")]
        permissions = [permission("first", "/"), permission("second", "shop"), permission("second", "/")]
        login = self.given("--url-user", "second", users=users, permissions=permissions)
        self.assertEqual(login, Login("second", "2", "/"))
        with self.assertRaisesRegex(CommandError, "no user 'frist'; did you mean 'first'?"):
            self.given("--url-user", "frist", users=users, permissions=permissions)

    def test_a_user_who_is_kept_on_this_machine_and_is_not_there_is_told(self) -> None:
        self.serve("--loopback-user", "gest", "--loopback-user", "guest")
        self.assertEqual(["--loopback-user: there is no user 'gest' yet; did you mean 'guest'?"], self.told)

    def test_a_password_that_is_not_known_is_told_and_left_out(self) -> None:
        login = self.given(users=[user("app", password_hash=HASH)], permissions=[permission("app", "shop")])
        self.assertEqual(login.url("amqp", "h:1"), "amqp://app@h:1/shop")
        self.assertIn("the password of 'app' is not known: the URL has none", self.told)
        self.assertEqual(self.given(vhosts=("shop",)).url("amqp", "h:1"), "amqp://h:1/shop")
        self.assertIn("nobody can log in: the URL has none", self.told)

    def test_what_is_passed_over_in_the_file_is_told_or_refused(self) -> None:
        binding = {"source": "no", "vhost": "/", "destination": "q", "destination_type": "queue", "routing_key": ""}
        self.given(bindings=[binding])
        self.assertIn(
            f"{self.file}: passed over, as RabbitMQ does: bindings[0].source: no exchange 'no' in vhost '/'", self.told
        )
        with self.assertRaisesRegex(CommandError, "no exchange 'no' in vhost '/'") as caught:
            self.given("--strict-definitions", bindings=[binding])
        self.assertEqual(caught.exception.exit_code, 2)

    def test_the_environment_has_no_effect_beside_definitions_and_that_is_told(self) -> None:
        self.file.write_text("{}")
        self.serve("--definitions", str(self.file), RABBITMQ_DEFAULT_USER="app", RABBITMQ_DEFAULT_PASS="")
        self.assertIn(f"RABBITMQ_DEFAULT_USER has no effect: {self.file} says who is there", self.told)
        self.assertNotIn("RABBITMQ_DEFAULT_PASS", " ".join(self.told))

    def test_options_go_before_the_environment(self) -> None:
        server = self.serve("--user", "me:x:y", RABBITMQ_DEFAULT_USER="app", RABBITMQ_DEFAULT_VHOST="shop")
        self.assertEqual(server.broker.listeners.login, Login("me", "x:y", "shop"))
        self.assertEqual((list(server.broker.users), list(server.broker.vhosts)), (["me"], ["shop"]))


class WithoutEffect(TestCase):
    FLAGS = ("--ledger", "--strict-definitions", "--tls-verify")
    VALUES = {**{flag: [] for flag in FLAGS}, "--tls-flaw": ["expired"], "--user": ["a:b"]}

    def parsed(self, *options: str) -> argparse.Namespace:
        arguments = [word for option in options for word in (option, *self.VALUES.get(option, ["x"]))]
        return parser().parse_args(["serve", *arguments])

    def test_each_option_that_means_nothing_without_another_is_refused(self) -> None:
        for option, needed in NEEDS.items():
            (problem,) = without_effect(self.parsed(option))
            self.assertEqual(problem, f"{option} has no effect without {' or '.join(needed)}")

    def test_each_option_that_means_nothing_beside_another_is_refused(self) -> None:
        for option, other in EXCLUDES.items():
            (problem,) = without_effect(self.parsed(option, other))
            self.assertIn(f"{option} has no effect beside {other}", problem)

    def test_twist_refuses_them_too(self) -> None:
        with self.assertRaises(CommandError) as caught:
            Server(VirtualClock(), self.parsed("--tls-verify"))
        self.assertEqual(caught.exception.exit_code, 2)
