"""Channels, consumers, queues, exchanges, virtual hosts and messages that are gone are freed, however they went."""

from __future__ import annotations

import contextlib
import gc
from weakref import ref

from fakebroker import FakeBroker
from fakebroker.broker.message import Message
from fakebroker.errors import AMQPError
from fakebroker.faults import Drop, when
from fakebroker.wire.command import Content
from tests.freed.watch import Freed, freed

KINDS = {
    "classic": {},
    "priorities": {"x-max-priority": 5},
    "quorum": {"x-queue-type": "quorum"},
    "stream": {"x-queue-type": "stream"},
    "single": {"x-single-active-consumer": True},
    "limited": {"x-max-length": 2, "x-overflow": "reject-publish-dlx", "x-dead-letter-exchange": "amq.fanout"},
    "short-lived": {"x-message-ttl": 5000, "x-dead-letter-exchange": "", "x-dead-letter-routing-key": "kept"},
}


class Channels(Freed):
    """The connection goes on."""

    def setUp(self) -> None:
        super().setUp()
        self.peer = self.client()
        self.peer.send("queue.declare", 1, queue="kept")
        self.round()

    def round(self) -> None:
        """What any test may do is done once, so that what is made once is there: caches, the next chunk of a list."""
        for name in ("queue.declare", "queue.delete"):
            self.peer.send(name, 1, queue="once")
        self.peer.send("channel.open", 3)
        self.peer.send("channel.close", 3)
        self.peer.events.clear()

    def end_well(self) -> None:
        """Forget what has been said; where nothing is left the connection itself is gone, too."""
        self.peer.send("queue.purge", 1, queue="kept")
        self.peer.hang_up()
        self.peer.events.clear()

    def work(self, channel: int) -> None:
        """Something of everything, on a channel that is open."""
        client = self.peer
        client.send("basic.consume", channel, queue="amq.rabbitmq.reply-to", no_ack=True)
        client.send("confirm.select", channel)
        client.send("basic.qos", channel, prefetch_count=2, global_=True)
        client.send("basic.consume", channel, queue="kept", consumer_tag="c")
        self.publish(client, channel, "kept", "kept", "kept", "nowhere", expiration="100000")
        client.send("basic.get", channel, queue="kept")

    @freed
    def test_the_client_closes_its_channel(self) -> None:
        self.peer.send("channel.open", 2)
        self.work(2)
        self.peer.send("channel.close", 2)

    @freed
    def test_an_error_closes_the_channel(self) -> None:
        self.peer.send("channel.open", 2)
        self.work(2)
        self.peer.send("queue.declare", 2, queue="amq.reserved")
        self.peer.send("channel.close-ok", 2)

    @freed
    def test_a_transaction_is_given_up(self) -> None:
        for end in ("tx.rollback", "tx.commit", "channel.close"):
            self.peer.send("channel.open", 2)
            self.peer.send("tx.select", 2)
            self.publish(self.peer, 2, "kept", "nowhere")
            self.peer.send(end, 2)
            if end != "channel.close":
                self.peer.send("channel.close", 2)

    @freed
    def test_an_acknowledgement_that_takes_too_long(self) -> None:
        self.peer.send("channel.open", 2)
        self.work(2)
        self.wait(1900)
        self.assertIn("channel.close", self.peer.names)
        self.peer.send("channel.close-ok", 2)

    @freed
    def test_a_consumer_is_cancelled(self) -> None:
        self.work(1)
        self.peer.send("basic.ack", 1, delivery_tag=0, multiple=True)
        self.peer.send("basic.cancel", 1, consumer_tag="c")
        self.peer.send("basic.ack", 1, delivery_tag=0, multiple=True)


class Queues(Channels):
    """Queues of every kind go; what is held is what nobody has settled, and no more."""

    def declare(self, name: str, kind: str, **options: object) -> None:
        durable = kind in ("quorum", "stream")
        self.peer.send("queue.declare", 1, queue=name, arguments=KINDS[kind], durable=durable, **options)

    def fill(self, name: str, kind: str) -> None:
        self.peer.send("channel.open", 2)
        self.peer.send("basic.qos", 2, prefetch_count=2)
        self.publish(self.peer, 2, name, name, name, name)
        self.peer.send("basic.consume", 2, queue=name, consumer_tag="c")
        self.publish(self.peer, 2, name, name)
        if kind not in ("stream", "single"):
            self.peer.send("basic.get", 2, queue=name)

    def end_channel(self) -> None:
        self.peer.send("channel.close", 2)

    @freed
    def test_the_client_deletes_a_queue(self) -> None:
        for kind in KINDS:
            self.declare("q", kind)
            self.fill("q", kind)
            self.peer.send("queue.delete", 1, queue="q")
            self.end_channel()

    @freed
    def test_an_administrator_deletes_a_queue(self) -> None:
        for kind in KINDS:
            self.declare("q", kind)
            self.fill("q", kind)
            self.broker.delete_queue("q")
            self.end_channel()

    @freed
    def test_an_auto_delete_queue_goes_with_its_consumer(self) -> None:
        for kind in ("classic", "priorities", "limited", "short-lived"):
            self.declare("q", kind, auto_delete=True)
            self.fill("q", kind)
            self.peer.send("basic.cancel", 2, consumer_tag="c")
            self.end_channel()

    @freed
    def test_an_unused_queue_expires(self) -> None:
        self.peer.send("queue.declare", 1, queue="q", arguments={"x-expires": 5000})
        self.publish(self.peer, 1, "q", "q")
        self.wait(6)

    @freed
    def test_messages_expire(self) -> None:
        self.declare("q", "short-lived")
        self.publish(self.peer, 1, "q", "q")
        self.publish(self.peer, 1, "kept", expiration="1000")
        self.wait(6)
        self.peer.send("queue.delete", 1, queue="q")

    @freed
    def test_messages_are_got_and_settled_in_every_way(self) -> None:
        self.peer.send("queue.declare", 1, queue="q", arguments={"x-dead-letter-exchange": "amq.fanout"})
        for settle, fields in {
            "basic.ack": {},
            "basic.nack": {"requeue": False},
            "basic.reject": {"requeue": False},
        }.items():
            self.publish(self.peer, 1, "q", "q")
            self.peer.send("channel.open", 2)
            for tag in (1, 2):
                self.peer.send("basic.get", 2, queue="q")
                self.peer.send(settle, 2, delivery_tag=tag, **fields)
            self.peer.send("channel.close", 2)
        self.publish(self.peer, 1, "q")
        self.peer.send("basic.get", 1, queue="q", no_ack=True)
        self.peer.send("queue.delete", 1, queue="q")

    @freed
    def test_a_session_that_has_not_settled_keeps_nothing_but_what_it_holds(self) -> None:
        self.peer.send("channel.open", 2)
        self.peer.send("queue.declare", 1, queue="q")
        self.publish(self.peer, 1, *["q"] * 20)
        self.peer.send("basic.get", 2, queue="q")
        self.peer.send("queue.delete", 1, queue="q")
        self.pause()
        self.broker.journal.clear()
        self.assertEqual(1, self.count(Message))
        self.peer.send("basic.ack", 2, delivery_tag=1)
        self.assertEqual(0, self.count(Message))
        self.peer.send("channel.close", 2)

    @freed
    def test_a_policy_comes_and_goes(self) -> None:
        self.declare("q", "classic")
        self.publish(self.peer, 1, "q", "q", "q")
        policies = self.broker.vhosts["/"].policies
        policies.set("p", "^q", {"max-length": 1, "message-ttl": 5000, "expires": 9000})
        self.wait(20)
        policies.clear("p")


class Elsewhere(Freed):
    """Exchanges, virtual hosts, users, whole resets; publishing and reading with no client."""

    @freed
    def test_a_restart_loses_what_is_transient(self) -> None:
        client = self.client()
        client.send("exchange.declare", 1, exchange="e", type="topic")
        for kind in ("classic", "priorities", "limited"):
            client.send("queue.declare", 1, queue=kind, arguments=KINDS[kind])
            client.send("queue.bind", 1, queue=kind, exchange="e", routing_key="#.a")
            self.publish(client, 1, kind, kind)
        self.broker.restart()
        self.wait(60)

    @freed
    def test_exchanges_of_every_type_are_deleted(self) -> None:
        client = self.client()
        client.send("queue.declare", 1, queue="q")
        for kind in ("direct", "fanout", "topic", "headers"):
            client.send("exchange.declare", 1, exchange=kind, type=kind, arguments={"alternate-exchange": "amq.fanout"})
            for key in ("a.b", "#", "a.#.b.*", "*.#"):
                client.send("queue.bind", 1, queue="q", exchange=kind, routing_key=key, arguments={"h": 1})
                client.send("exchange.bind", 1, destination="amq.topic", source=kind, routing_key=key)
            client.send("basic.publish", 1, Content.make({"headers": {"h": 1}}, b""), exchange=kind, routing_key="a.b")
            client.send("queue.unbind", 1, queue="q", exchange=kind, routing_key="#", arguments={"h": 1})
            client.send("exchange.delete", 1, exchange=kind)
        client.send("queue.bind", 1, queue="q", exchange="amq.topic", routing_key="#.x.#")
        client.send("queue.delete", 1, queue="q")
        client.hang_up()

    @freed
    def test_a_virtual_host_is_removed(self) -> None:
        self.broker.broker.add_vhost("other")
        client = self.busy(vhost="other")
        client.send("exchange.declare", 1, exchange="e", type="topic")
        client.send("queue.bind", 1, queue="q", exchange="e", routing_key="a.#")
        self.broker.broker.remove_vhost("other")
        self.wait(60)
        self.assertIsNotNone(client.lost)

    @freed
    def test_a_user_is_removed(self) -> None:
        self.broker.users.add("bob", "bob").permit("/")
        self.broker.users.remove("bob")

    @freed
    def test_the_broker_publishes_and_gets_with_no_client(self) -> None:
        self.client_declares("q")
        for _ in range(5):
            self.broker.publish(b"x", "q", headers={"n": 1})
        self.broker.get("q")
        for refused in (lambda: self.broker.get("nowhere"), lambda: self.broker.publish(b"x", "q", "nowhere")):
            with contextlib.suppress(AMQPError):
                refused()
        self.delete("q")

    def client_declares(self, queue: str) -> None:
        client = self.client()
        client.send("queue.declare", 1, queue=queue)
        client.hang_up()


class Brokers(Freed):
    """A whole broker, when nobody has it any more."""

    @freed
    def test_a_broker_that_has_been_stopped(self) -> None:
        first = self.broker
        self.broker = FakeBroker(clock=self.clock)
        faults = ref(self.broker.faults)
        self.broker.faults.add(when("basic.publish"), Drop())
        self.busy()
        self.broker.stop()
        self.broker = first
        self.assertIsNone(faults())

    @freed
    def test_what_a_broker_forgets_when_it_begins_anew(self) -> None:
        first = self.broker
        self.broker = FakeBroker(clock=self.clock)
        for _ in range(3):
            client = self.busy()
            former = ref(self.broker.broker)
            self.broker.reset()
            self.wait(60)
            self.assertIsNotNone(client.lost)
            self.assertIsNone(former())
        self.broker.stop()
        self.broker = first

    @freed
    def test_a_broker_that_nobody_has_talked_to(self) -> None:
        FakeBroker(clock=self.clock)


class Kept(Freed):
    """What lives on costs the collector as little as can be."""

    @freed
    def test_the_collector_need_not_walk_through_the_journal(self) -> None:
        client = self.client()
        client.send("queue.declare", 1, queue="q")
        before, entries = self.walked_through(), len(self.broker.journal)
        for _ in range(200):
            self.publish(client, 1, "q", headers={"n": 1})
            client.send("basic.get", 1, queue="q", no_ack=True)
            client.octets = b""
            client.events.clear()
        self.assertEqual(entries + 600, len(self.broker.journal))
        self.assertLess(self.walked_through() - before, 20)
        self.connect().hang_up()
        client.hang_up()
        self.delete("q")

    def walked_through(self) -> int:
        """How much there is that the collector tracks; a tuple it lets be when it has come by."""
        gc.collect()
        gc.collect()
        return len(gc.get_objects())
