"""Dead letters that are on their way arrive behind a command for whose outcome a channel of RabbitMQ waits."""

from __future__ import annotations

from typing import Any

from fakebroker.wire.command import Content
from fakebroker.wire.writer import encode
from tests.amqp.conversation import ConversationCase

Said = tuple[str, dict[str, Any]]

ASK: Said = ("queue.declare", {"queue": "dead", "passive": True})


class DeadLettersOnTheirWay(ConversationCase):
    """What is published to the queue ``full`` is dead-lettered to the queue ``dead``."""

    def setUp(self) -> None:
        super().setUp()
        arguments = {"x-max-length": 0, "x-dead-letter-exchange": "", "x-dead-letter-routing-key": "dead"}
        self.do("queue.declare", queue="full", arguments=arguments)
        self.do("queue.declare", queue="dead")
        self.do("queue.declare", queue="other")
        self.do("basic.consume", queue="other", consumer_tag="c")
        for _ in range(3):
            self.publish("other")
        self.said(self.client)

    def dead_behind(self, *commands: Said) -> int:
        """How many dead letters there are behind some commands that come in one piece with a publish."""
        octets = encode(self.client.spec.command(1, "basic.publish", Content.make({}, b"m"), routing_key="full"), 0)
        for name, fields in (*commands, ASK):
            octets += encode(self.client.spec.command(1, name, None, **fields), 0)
        self.client.send_octets(octets)
        answers = [line for line in self.said(self.client) if line.startswith("queue.declare-ok dead")]
        return int(answers[-1].split()[2])

    def test_a_command_does_not_see_them_but_the_next_one_does(self) -> None:
        self.assertEqual(0, self.dead_behind())
        self.do("queue.purge", queue="dead")
        self.assertEqual(1, self.dead_behind(ASK))

    def test_commands_that_are_waited_for(self) -> None:
        names: list[Said] = [
            ("basic.get", {"queue": "other"}),
            ("basic.cancel", {"consumer_tag": "c"}),
            ("exchange.declare", {"exchange": "amq.direct", "passive": True}),
            ("queue.bind", {"queue": "other", "exchange": "amq.direct"}),
        ]
        for name, fields in names:
            self.assertEqual(1, self.dead_behind((name, fields)), name)
            self.do("queue.purge", queue="dead")

    def test_commands_that_are_not(self) -> None:
        names: list[Said] = [
            ("basic.ack", {"delivery_tag": 1}),
            ("basic.nack", {"delivery_tag": 2, "requeue": False}),
            ("basic.reject", {"delivery_tag": 3, "requeue": False}),
            ("basic.qos", {"prefetch_count": 7}),
            ("basic.recover", {"requeue": True}),
            ("basic.recover-async", {"requeue": True}),
            ("basic.credit", {"consumer_tag": "c", "credit": 5}),
        ]
        for name, fields in names:
            self.assertEqual(0, self.dead_behind((name, fields)), name)
            self.do("queue.purge", queue="dead")
