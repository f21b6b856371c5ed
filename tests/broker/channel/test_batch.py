"""What is published alike stays one batch on its way to those who can't tell the difference."""

from __future__ import annotations

import ast
from unittest import TestCase

from fakebroker.broker.channel.batching import publication
from fakebroker.broker.message import Message
from fakebroker.broker.queues.message_batch import DeliveryBatch, MessageBatch
from fakebroker.wire.command import Content
from tests.broker.queueing import Client, QueueCase
from tests.source_files import File, files


class Batches(QueueCase):
    def setUp(self) -> None:
        super().setUp()
        self.queues = [self.queue(name) for name in ("a", "b")]
        for queue in self.queues:
            self.vhost.bindings.bind("amq.fanout", queue)
        self.client.unbatched = False
        self.broker.turn.__enter__()  # nothing is passed on before it ends

    def publish(self, exchange: str, key: str = "") -> None:
        """Publish ten messages that are alike."""
        bodies = [b"%d" % number for number in range(10)]
        publisher = self.client.session.publisher
        publish = publication(publisher, lambda: Message(exchange, key, Content.make()), bodies, False)
        assert publish is not None
        publish()

    def sizes(self, client: Client) -> list[int]:
        """How many messages each thing that lies in a channel's mailbox is."""
        return [_size(item) for item in client.session.mailbox.items]

    def test_from_one_queue_to_one_channel_all_go_as_one(self) -> None:
        self.client.consume(self.queues[0], "c")
        self.publish("", "a")
        self.assertEqual([10], self.sizes(self.client))
        (batch,) = self.client.session.mailbox.items
        shown = "<DeliveryBatch 0 of <MessageBatch of 10 like <Message b'' to '' by 'a'>>>"
        self.assertEqual(shown, repr(batch))

    def test_they_stay_one_where_their_publisher_waits_for_confirms(self) -> None:
        self.client.confirm()
        self.client.consume(self.queues[0], "c")
        self.publish("", "a")
        self.assertEqual([10], self.sizes(self.client))

    def test_from_two_queues_to_two_channels_those_behind_the_first_go_as_one(self) -> None:
        clients = [self.another(), self.another()]
        for client, queue in zip(clients, self.queues, strict=True):
            client.consume(queue, "c")
        self.publish("amq.fanout")
        self.publish("amq.fanout")
        self.assertEqual([[1, 9, 10]] * 2, [self.sizes(client) for client in clients])

    def test_from_two_queues_to_one_channel_each_goes_by_itself(self) -> None:
        for queue in self.queues:
            self.client.consume(queue, queue.name)
        self.publish("amq.fanout")
        self.assertEqual([1] * 20, self.sizes(self.client))

    def test_what_waits_in_two_queues_waits_as_one_each(self) -> None:
        self.publish("amq.fanout")
        self.assertEqual([1, 1], [len(list(queue.entries)) for queue in self.queues])

    def test_what_a_channel_can_not_take_waits_as_one_behind_the_first_of_it(self) -> None:
        self.client.session.set_prefetch(1)
        for single_active in (False, True):
            names = [f"{number} {single_active}" for number in (1, 2)]
            queues = [self.queue(name, x_single_active_consumer=single_active) for name in names]
            self.vhost.exchanges.declare(f"to {single_active}", "fanout")
            for queue in queues:
                self.vhost.bindings.bind(f"to {single_active}", queue)
                self.client.consume(queue, queue.name)
            self.publish(f"to {single_active}")
            self.assertEqual([[1, 8]] * 2, [[_size(each) for each in queue.entries] for queue in queues])

    def test_to_two_consumers_of_a_queue_they_go_in_turn(self) -> None:
        clients = [self.another(), self.another()]
        for client in clients:
            client.consume(self.queues[0], "c")
        self.publish("", "a")
        self.assertEqual([[1] * 5] * 2, [self.sizes(client) for client in clients])


def _size(item: object) -> int:
    return len(item) if isinstance(item, MessageBatch) else item.count if isinstance(item, DeliveryBatch) else 1


class OneHome(TestCase):
    """That what is alike passes as one is known to few: the others get a message, a delivery or a command."""

    def test_few_files_know_of_batches(self) -> None:
        knowing = [file.name for file in files("fakebroker") if knows_of_batches(file)]
        self.assertIn("fakebroker/broker/channel/batching.py", knowing)
        self.assertLessEqual(len(knowing), 10, knowing)


def knows_of_batches(file: File) -> bool:
    """Does a file name one of the classes of batches, or import from where they are?"""
    names = {node.id for node in file.nodes if isinstance(node, ast.Name)}
    names |= {node.name for node in file.nodes if isinstance(node, ast.ClassDef)}
    imported = any(module.endswith((".batch", ".message_batch")) for _, module in file.imports())
    return imported or bool(names & {"CommandBatch", "MessageBatch", "DeliveryBatch"})
