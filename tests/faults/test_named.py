"""Each named fault acts where it says that it can, and says why not where it can't."""

from __future__ import annotations

from twisted.internet import error
from twisted.trial.unittest import SynchronousTestCase

from fakebroker.errors import RuleError
from fakebroker.faults.named import DEFAULT, FAMILIES, NAMED, Known, chosen
from fakebroker.predicates.addresses import Address
from tests.faults.conversations import CONVERSATIONS, crossings, run


def where(name: str, conversation: str) -> dict[str, str]:
    """By the address of each crossing of a conversation: why a fault is unable there."""
    plain = run(conversation)
    known = Known.of(plain.journal)
    return {address: NAMED[name].unable(entry, known) for address, entry in crossings(plain)}


def able(name: str, conversation: str) -> list[str]:
    return [address for address, why in where(name, conversation).items() if not why]


class WhereTheyAct(SynchronousTestCase):
    def check(self, conversation: str) -> None:
        """See that whoever is not unable acts, and that nothing is otherwise before.

        Of those that can act everywhere each acts at every fifth crossing: that is enough of them.
        """
        plain = run(conversation)
        known = Known.of(plain.journal)
        before: list[str] = []
        for address, entry in crossings(plain):
            for index, (name, fault) in enumerate(NAMED.items()):
                left_out = fault.where == "everywhere" and (index + len(before)) % 5
                if not left_out and not fault.unable(entry, known):
                    broker = run(conversation, fault.rules(Address.parse(address)))
                    idle = [str(loaded) for loaded in broker.faults.unused()]
                    self.assertEqual([], idle, f"{conversation}: {address} {name}")
                    came = [each for each, _ in crossings(broker)]
                    self.assertEqual(before, came[: len(before)], f"{conversation}: {address} {name}")
            before.append(address)
        errors = [each for each in self.flushLoggedErrors() if not each.check(error.ConnectionRefusedError)]
        self.assertEqual([], errors)

    def test_whoever_is_not_unable_acts_while_messages_are_published(self) -> None:
        self.check("publishing")

    def test_whoever_is_not_unable_acts_while_messages_are_consumed(self) -> None:
        self.check("consuming")

    def test_whoever_is_not_unable_acts_on_a_client_that_can_do_nothing(self) -> None:
        self.check("careless")

    def test_whoever_is_not_unable_acts_on_streams(self) -> None:
        self.check("streaming")

    def test_whoever_is_not_unable_acts_on_older_versions(self) -> None:
        self.check("old")
        self.check("wrong_header")

    def test_each_can_act_somewhere(self) -> None:
        for name in NAMED:
            self.assertTrue(any(able(name, conversation) for conversation in CONVERSATIONS), name)


class WhereARabbitMQCouldDoIt(SynchronousTestCase):
    def test_a_crossing_that_was_not_in_the_run(self) -> None:
        [(_, entry), *_] = crossings(run("old"))
        self.assertEqual("it was not in the plain run", NAMED["reset"].unable(entry, Known.of([])))

    def test_only_mandatory_messages_come_back(self) -> None:
        self.assertEqual(["1:in:basic.publish:1", "1:in:basic.publish:5"], able("return", "publishing"))
        self.assertEqual(["1:in:basic.publish:2"], able("return", "careless"))  # not in the transaction

    def test_only_confirms_become_nacks(self) -> None:
        confirms = [f"1:out:basic.ack:{number}" for number in (1, 2, 3)]
        self.assertEqual(confirms, able("nack", "publishing"))
        self.assertEqual([], able("nack", "consuming"))

    def test_only_a_consumer_that_is_there_and_is_told_is_cancelled(self) -> None:
        deliveries = [f"1:out:basic.deliver:{number}" for number in (1, 2, 3, 4)]
        self.assertEqual(["1:out:basic.consume-ok:1", *deliveries], able("cancel-consumer", "consuming"))
        whys = where("cancel-consumer", "careless")
        self.assertEqual("the client has not announced consumer_cancel_notify", whys["1:out:basic.deliver:1"])
        self.assertIn("direct reply-to", where("cancel-consumer", "streaming")["1:out:basic.consume-ok:3"])

    def test_only_what_needs_an_ack_and_can_go_back_comes_again(self) -> None:
        deliveries = [f"1:out:basic.deliver:{number}" for number in (1, 2, 3)]
        self.assertEqual(deliveries, able("redeliver", "consuming"))
        self.assertEqual("it is a redelivery already", where("redeliver", "consuming")["1:out:basic.deliver:4"])
        self.assertIn("sends no acks", where("redeliver", "careless")["1:out:basic.deliver:1"])
        self.assertEqual("a stream takes nothing back", where("redeliver", "streaming")["1:out:basic.deliver:1"])

    def test_only_publishers_that_understand_it_are_blocked(self) -> None:
        self.assertEqual([f"2:in:basic.publish:{number}" for number in (1, 2, 3, 4)], able("block", "consuming"))
        self.assertEqual([], able("block", "careless"))

    def test_a_connection_is_closed_between_open_ok_and_close(self) -> None:
        whys = where("close-connection", "old")
        self.assertIn("not open yet", whys["1:out:connection.open-ok:1"])
        self.assertEqual("", whys["1:in:channel.open:1"])
        for address in ("1:in:connection.close:1", "1:out:connection.close-ok:1"):
            self.assertEqual("the connection is closing already", whys[address])

    def test_a_channel_is_closed_for_what_can_be_its_reason(self) -> None:
        self.assertEqual(["1:in:queue.bind:1", "1:in:basic.publish:1"], able("close-channel-404", "publishing"))
        self.assertEqual(["1:in:exchange.declare:1", "1:in:queue.declare:1"], able("close-channel-406", "publishing"))
        overdue = able("close-channel-406", "consuming")
        self.assertIn("1:in:basic.ack:1", overdue)
        self.assertNotIn("1:in:basic.qos:1", overdue)

    def test_only_a_queue_that_there_is_is_deleted(self) -> None:
        whys = where("delete-queue", "publishing")
        self.assertEqual("it is about no queue that there is", whys["1:in:queue.declare:1"])
        self.assertEqual("", whys["1:in:queue.bind:1"])
        self.assertIn("its publisher would never know", whys["1:in:basic.publish:2"])
        self.assertEqual(["1:in:queue.bind:1"], able("delete-queue", "publishing"))

    def test_a_frame_is_too_long_once_both_have_agreed(self) -> None:
        whys = where("oversize", "publishing")
        self.assertEqual("no frame-max has been agreed upon", whys["1:out:connection.tune:1"])
        self.assertEqual("", whys["1:out:connection.open-ok:1"])

    def test_nothing_acts_at_the_end(self) -> None:
        for name in NAMED:
            self.assertNotEqual("", where(name, "old")["1:in:end:1"])


class Chosen(SynchronousTestCase):
    def names(self, text: str) -> list[str]:
        return [fault.name for fault in chosen(text)]

    def test_families_and_names(self) -> None:
        self.assertEqual([each.name for each in NAMED.values() if each.family == "network"], self.names("network"))
        self.assertEqual(["reset", "nack"], self.names("nack, reset,nack"))
        self.assertEqual(list(NAMED), self.names("all"))
        self.assertEqual(list(NAMED), self.names(",".join(FAMILIES)))

    def test_what_is_taken_away(self) -> None:
        self.assertEqual(["reset"], self.names("reset,stall,-stall"))
        self.assertNotIn("stall", self.names("-stall"))
        self.assertEqual(self.names(",".join(DEFAULT)), self.names("-protocol"))

    def test_what_there_is_not(self) -> None:
        with self.assertRaisesRegex(RuleError, "there is no fault 'rest'; did you mean 'reset'"):
            chosen("network,rest")
        with self.assertRaisesRegex(RuleError, "nothing is left"):
            chosen("reset,-network")
        with self.assertRaisesRegex(RuleError, "there are the families network, broker, protocol"):
            chosen("")
