"""The names of brokers are found with no name server, and those of others are not touched."""

from __future__ import annotations

import socket
from unittest import TestCase

import fakebroker


class Names(TestCase):
    def test_localhost_is_this_machine(self) -> None:
        with fakebroker.memory():
            self.assertEqual(
                socket.getaddrinfo("localhost", 5672, 0, socket.SOCK_STREAM),
                [(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", ("127.0.0.1", 5672))],
            )
            [found] = socket.getaddrinfo("localhost", 5672, socket.AF_INET6, socket.SOCK_STREAM)
            self.assertEqual(found[4], ("::1", 5672, 0, 0))

    def test_a_broker_with_a_name_of_its_own_is_reached_by_it(self) -> None:
        with fakebroker.memory(host="rabbit.example") as broker:
            with socket.create_connection(("rabbit.example", 5672)) as client:
                self.assertEqual(client.getpeername(), ("198.18.0.1", 5672))
            self.assertIn("connected", broker.journal.transcript())

    def test_and_by_the_address_of_that_name(self) -> None:
        with fakebroker.memory(host="one.example"), fakebroker.memory(host="two.example") as second:
            self.assertEqual(socket.gethostbyname("two.example"), "198.18.0.2")
            socket.create_connection(("198.18.0.2", 5672)).close()
            self.assertIn("connected", second.journal.transcript())

    def test_a_name_has_an_address_of_ipv6_too(self) -> None:
        with fakebroker.memory(host="rabbit.example"), socket.socket(socket.AF_INET6) as client:
            client.connect(("rabbit.example", 5672))
            self.assertEqual(client.getpeername(), ("2001:2::1", 5672, 0, 0))

    def test_the_name_may_be_bytes_and_large(self) -> None:
        with fakebroker.memory(host="rabbit.example"):
            self.assertEqual(socket.getaddrinfo(b"RABBIT.example", "5672")[0][4], ("198.18.0.1", 5672))

    def test_an_address_leads_back_to_the_name(self) -> None:
        with fakebroker.memory(host="rabbit.example"):
            self.assertEqual(socket.gethostbyaddr("198.18.0.1"), ("rabbit.example", [], ["198.18.0.1"]))
            self.assertEqual(socket.gethostbyname_ex("rabbit.example"), ("rabbit.example", [], ["198.18.0.1"]))
            self.assertEqual(socket.getfqdn("rabbit.example"), "rabbit.example")

    def test_a_canonical_name_is_given_where_it_is_asked_for(self) -> None:
        with fakebroker.memory(host="rabbit.example"):
            [found] = socket.getaddrinfo("rabbit.example", 5672, 0, socket.SOCK_STREAM, 0, socket.AI_CANONNAME)
            self.assertEqual(found[3], "rabbit.example")

    def test_a_name_is_none_where_only_figures_will_do(self) -> None:
        with fakebroker.memory(host="rabbit.example"), self.assertRaises(socket.gaierror):
            socket.getaddrinfo("rabbit.example", 5672, flags=socket.AI_NUMERICHOST)

    def test_other_addresses_are_looked_up_as_ever(self) -> None:
        before = socket.getaddrinfo("127.0.0.9", 80)
        with fakebroker.memory():
            self.assertEqual(socket.getaddrinfo("127.0.0.9", 80), before)
