"""A broker as it is when it is new: what it offers, who is there, the names that it makes up."""

from __future__ import annotations

import random
from typing import Any
from unittest import TestCase

from twisted.internet.task import Clock

from fakebroker.broker.broker import Broker
from fakebroker.broker.common import Belongs
from fakebroker.broker.exchanges.exchange import Exchange


class MadeUpNames(TestCase):
    class Ones:
        """Chance that always throws ones."""

        def getrandbits(self, bits: int) -> int:
            return int(2**bits - 1)

    def test_all_of_sixteen_octets_are_in_it(self) -> None:
        broker = Broker(Clock(), random.Random(1))
        broker.common.rng = self.Ones()  # type: ignore[assignment]
        self.assertEqual("amq.gen-" + "_" * 21 + "w", broker.make_name())
        self.assertEqual("amq.gen-" + "_" * 21 + "w", broker.common.make_name())
        self.assertEqual("x" + "_" * 21 + "w", broker.make_name("x"))


class AsInstalled(TestCase):
    def test_a_broker_offers_what_rabbitmq_offers_when_it_is_new(self) -> None:
        tuning = Broker(Clock(), random.Random(1)).tuning
        self.assertEqual((2047, 131072, 60), (tuning.channel_max, tuning.frame_max, tuning.heartbeat))
        self.assertEqual((1_800_000, 134_217_728), (tuning.consumer_timeout, tuning.max_message_size))

    def test_a_frame_has_4096_octets_or_no_limit(self) -> None:
        tuning = Broker(Clock(), random.Random(1)).tuning
        for size in (0, 4096, 2**32 - 1):
            tuning.frame_max = size
        for wrong in (1, 4095, 2**32, False):
            with self.assertRaises((TypeError, ValueError)):
                tuning.frame_max = wrong
        self.assertEqual(2**32 - 1, tuning.frame_max)

    def test_the_other_settings_have_their_bounds_too(self) -> None:
        tuning: Any = Broker(Clock(), random.Random(1)).tuning
        for name, fine, wrong in (
            ("channel_max", (0, 65535), (-1, 65536)),
            ("heartbeat", (0, 65535), (-1, 65536)),
            ("consumer_timeout", (1, 2**32 - 1, None), (0, 2**32)),
            ("max_message_size", (1, 2**29), (0, 2**29 + 1)),
        ):
            for value in fine:
                setattr(tuning, name, value)
                self.assertEqual(value, getattr(tuning, name))
            for value in wrong:
                with self.assertRaises(ValueError):
                    setattr(tuning, name, value)

    def test_it_is_the_broker_of_a_node_that_has_the_administrator_guest(self) -> None:
        broker = Broker(Clock(), random.Random(1))
        self.assertEqual("rabbit@localhost", broker.cluster_name)
        self.assertEqual(["PLAIN", "AMQPLAIN"], broker.mechanisms)
        self.assertEqual(
            (["administrator"], ["/"]), (broker.users["guest"].tags, list(broker.users["guest"].permissions))
        )

    def test_what_an_exchange_says_of_its_virtual_host_is_for_exchanges_that_are_there(self) -> None:
        self.assertIsInstance(Exchange.vhost, Belongs)

    def test_definitions_go_in_strictly_and_come_out(self) -> None:
        broker = Broker(Clock(), random.Random(1))
        queue = {"name": "q", "vhost": "/", "durable": True, "auto_delete": False, "arguments": {}}
        with self.assertRaisesRegex(ValueError, "there is no such section"):
            broker.import_definitions({"queue": [queue]})
        self.assertEqual([], broker.import_definitions({"queues": [queue]}))
        self.assertEqual([queue], broker.export_definitions()["queues"])

    def test_what_is_wrong_is_named(self) -> None:
        broker = Broker(Clock(), random.Random(1))
        wrong: Any = 7
        with self.assertRaisesRegex(TypeError, "^the name of a virtual host "):
            broker.add_vhost(wrong)
        with self.assertRaisesRegex(ValueError, "^virtual host '/' exists$"):
            broker.add_vhost("/")
        with self.assertRaisesRegex(TypeError, "^each exchange is known by its name, a string, not by 7$"):
            self.assertNotIn(wrong, broker.vhosts["/"].exchanges)

    def test_one_mechanism_takes_the_place_of_another(self) -> None:
        broker = Broker(Clock(), random.Random(1))
        broker.mechanisms[0] = "EXTERNAL"
        broker.mechanisms[1:] = ["PLAIN"]
        self.assertEqual(["EXTERNAL", "PLAIN"], broker.mechanisms)
