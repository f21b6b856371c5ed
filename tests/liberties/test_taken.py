"""Each liberty, as a client sees it: what differs from run to run, and what never does."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from unittest import TestCase

import pika

import fakebroker
from fakebroker import FakeBroker
from fakebroker.liberties import Chooser, Listed, Systematic, chosen
from fakebroker.testing import VirtualClock
from tests.liberties.conversation import Patient, connected, consume, publish, told
from tests.rawclient import RawClient


def seen(conversation: Callable[[Chooser], list[str]], liberties: str) -> set[str]:
    """What was seen in all schedules that differ in these liberties."""
    systematic, found = Systematic(), set()
    while wave := systematic.wave():
        (listed,) = wave
        chooser = Listed(listed, chosen(liberties), record=True)
        found.add(" ".join(conversation(chooser)))
        systematic.ran(listed, chooser.choices)
    return found


def two_channels(liberties: Any) -> list[str]:
    _, client = connected(liberties, 1, 2)
    consume(client, 1, "a")
    consume(client, 2, "b")
    publish(client, 1, "a", "a", "b", "b")
    return told(client)


def two_queues(liberties: Any) -> list[str]:
    _, client = connected(liberties, 1)
    consume(client, 1, "a")
    consume(client, 1, "b")
    publish(client, 1, "a", "b")
    return told(client)


def confirmed(liberties: Any) -> list[str]:
    _, client = connected(liberties, 1)
    client.send("confirm.select", 1)
    client.take("confirm.select-ok")
    publish(client, 1, "a", "a", "b")
    return told(client)


class Orders(TestCase):
    def test_two_channels_hear_in_any_order_and_each_queue_keeps_its_own(self) -> None:
        orders = {"1:a0 1:a1 2:b2 2:b3", "1:a0 2:b2 1:a1 2:b3", "1:a0 2:b2 2:b3 1:a1",
                  "2:b2 1:a0 1:a1 2:b3", "2:b2 1:a0 2:b3 1:a1", "2:b2 2:b3 1:a0 1:a1"}  # fmt: skip
        self.assertEqual(orders, seen(two_channels, "channels"))

    def test_a_channel_hears_of_two_queues_in_any_order(self) -> None:
        self.assertEqual({"1:a0 1:b1", "1:b1 1:a0"}, seen(two_queues, "queues"))

    def test_a_confirm_comes_before_or_after_a_delivery(self) -> None:
        def conversation(liberties: Any) -> list[str]:
            _, client = connected(liberties, 1)
            consume(client, 1, "a")
            client.send("confirm.select", 1)
            client.take("confirm.select-ok")
            publish(client, 1, "a")
            return told(client)

        self.assertEqual({"1:a0 1:ack1", "1:ack1 1:a0"}, seen(conversation, "queues"))

    def test_without_them_there_is_one_order(self) -> None:
        self.assertEqual({"1:a0 1:a1 2:b2 2:b3"}, seen(two_channels, "confirms"))


class Confirms(TestCase):
    def test_one_is_for_as_many_messages_as_it_likes_and_queues_need_not_wait_for_each_other(self) -> None:
        found = seen(confirmed, "confirms")
        self.assertLessEqual({"1:ack3+", "1:ack1 1:ack3+", "1:ack2+ 1:ack3", "1:ack3 1:ack2+"}, found)
        for each in found:
            self.assertEqual([1, 2, 3], sorted(numbers(each.split())), each)
            self.assertNotIn("1:ack2 1:ack1", each)

    def test_one_for_a_message_that_goes_nowhere_may_be_for_those_before_it_and_comes_behind_its_return(self) -> None:
        def conversation(liberties: Any) -> list[str]:
            _, client = connected(liberties, 1)
            client.send("confirm.select", 1)
            client.take("confirm.select-ok")
            publish(client, 1, "a", "a", "nowhere", mandatory=True)
            return told(client)

        found = seen(conversation, "confirms")
        self.assertLessEqual({"1:basic.return 1:ack3 1:ack2+", "1:basic.return 1:ack3+"}, found)
        for each in found:
            self.assertEqual("1:basic.return", each.split()[0])
            self.assertEqual([1, 2, 3], sorted(numbers(each.split()[1:])), each)


def numbers(confirms: list[str]) -> list[int]:
    """The messages that these confirms are for."""
    open_, found = [1, 2, 3], []
    for confirm in confirms:
        number = int(confirm[5:].rstrip("+"))
        mine = [each for each in open_ if each <= number] if confirm.endswith("+") else [number]
        found += mine
        open_ = [each for each in open_ if each not in mine]
    return found


class Times(TestCase):
    def test_a_delivery_may_come_behind_the_answer_to_a_later_command(self) -> None:
        def conversation(liberties: Any) -> list[str]:
            _, client = connected(liberties, 1)
            consume(client, 1, "a")
            assert client.transport is not None
            client.transport.write(client.octets_of("basic.publish", 1, b"0", routing_key="a"))
            client.clock.advance(0)
            client.send("queue.declare", 1, queue="b", passive=True)
            return told(client)

        self.assertEqual({"1:a0 1:queue.declare-ok", "1:queue.declare-ok 1:a0"}, seen(conversation, "late"))

    def test_nothing_is_left_in_the_clock_when_the_client_goes_while_something_is_late(self) -> None:
        broker, client = connected("late.1=3", 1)
        client.send("basic.consume", 1, queue="a", consumer_tag="a1")
        self.assertEqual([], told(client)[1:])
        client.hang_up()
        self.assertEqual([], broker.clock.getDelayedCalls())  # type: ignore[attr-defined]

    def test_a_connection_may_be_slow(self) -> None:
        clock = VirtualClock()
        client = RawClient.connect(FakeBroker(clock=clock, liberties="latency.1=3"), clock)
        assert client.transport is not None
        client.transport.write(b"AMQP\x00\x00\x09\x01")
        clock.advance(0.09)
        self.assertEqual([], client.names)
        clock.advance(0.02)
        self.assertEqual(["connection.start"], client.names)

    def test_of_two_connections_that_write_at_the_same_time_either_is_the_first(self) -> None:
        def conversation(liberties: Any) -> list[str]:
            broker, client = connected(liberties, 1)
            other = Patient.connect(broker, client.clock)
            other.open()
            other.open_channel(1)
            for each, body in ((client, b"0"), (other, b"1")):
                assert each.transport is not None
                each.transport.write(each.octets_of("basic.publish", 1, body, routing_key="a"))
            client.clock.advance(0)
            return [message.body.decode() for message in broker.vhosts["/"].queues["a"].ready]

        self.assertEqual({"0 1", "1 0"}, seen(conversation, "timers"))


class Reads(TestCase):
    def test_octets_come_in_pieces_and_are_the_same(self) -> None:
        whole = self.octets(None)
        pieces = {tuple(self.octets(f"{seed}:reads")) for seed in range(40)}
        self.assertGreater(len(pieces), 10)
        for each in pieces:
            self.assertEqual(b"".join(whole), b"".join(each))

    def octets(self, liberties: str | None) -> list[bytes]:
        _, client = connected(liberties, 1)
        found: list[bytes] = []
        client.dataReceived = found.append  # type: ignore[assignment, method-assign]
        consume_and_two = b"".join(
            client.octets_of("basic.publish", 1, body, routing_key="a") for body in (b"short", b"long" * 30)
        )
        client.send_octets(consume_and_two)
        client.send("basic.get", 1, queue="a", no_ack=True)
        client.send("basic.get", 1, queue="a", no_ack=True)
        return found

    def test_over_tls_too_and_a_client_that_is_still_there_at_the_end_is_no_error(self) -> None:
        with fakebroker.memory(tls=True, liberties="reads.1=2,reads.3=1") as broker:
            assert broker.tls is not None
            parameters = pika.URLParameters(broker.tls_url)
            parameters.ssl_options = pika.SSLOptions(broker.tls.client_context(), "localhost")
            channel = pika.BlockingConnection(parameters).channel()
            channel.queue_declare("a")
            channel.basic_publish("", "a", b"x" * 5000)
            self.assertEqual(5000, len(channel.basic_get("a")[2]))

    def test_what_the_broker_says_last_comes_whole(self) -> None:
        for seed in range(10):
            broker, client = connected(f"{seed}:reads", 1)
            broker.restart()
            client.clock.advance(0.5)
            self.assertEqual(["connection.close"], client.names, seed)
