"""Wrong arguments and what RabbitMQ 3.10.8 answered to each of them."""

from __future__ import annotations

from fakebroker.broker.queues.arguments import check_consumer_arguments
from fakebroker.values import Int64, Table, Value
from tests.broker.queueing import QueueCase


class QueueArguments(QueueCase):
    def wrong(self, key: str, value: Value, reason: str, **others: Value) -> None:
        text = f"invalid arg '{key}' for queue 'q' in vhost '/': {reason}"
        self.assertRefused(
            "precondition-failed", text, self.vhost.queues.declare, "q", durable=True, arguments={key: value, **others}
        )

    def test_numbers_that_are_none(self) -> None:
        for key in ("x-expires", "x-message-ttl", "x-max-length", "x-max-length-bytes", "x-max-priority"):
            self.wrong(key, "5", '"expected integer, got longstr"')
            self.wrong(key, True, '"expected integer, got bool"')
            self.wrong(key, 1.5, '"expected integer, got double"')
            self.wrong(key, None, '"expected integer, got void"')
            self.wrong(key, [1], '"expected integer, got array"')
            self.wrong(key, {"a": 1}, '"expected integer, got table"')

    def test_numbers_that_are_too_small(self) -> None:
        for key in ("x-expires", "x-message-ttl", "x-max-length", "x-max-length-bytes", "x-max-priority"):
            self.wrong(key, -1, "{value_negative,-1}")
        self.wrong("x-expires", 0, "{value_zero,0}")

    def test_numbers_that_are_too_big(self) -> None:
        self.wrong("x-expires", 10**12, "{value_too_large,1000000000000}")
        self.wrong("x-message-ttl", Int64(10**12), "{value_too_large,1000000000000}")
        self.wrong("x-max-priority", 256, "{max_value_exceeded,256}")

    def test_words_that_mean_nothing(self) -> None:
        self.wrong("x-overflow", "spill", "invalid_overflow")
        self.wrong("x-queue-mode", "busy", "\"unsupported queue mode 'busy'\"")
        self.wrong("x-queue-type", "cubic", "\"unsupported queue type 'cubic'\"")
        self.wrong("x-queue-version", 3, "\"unsupported queue version '3'\"")

    def test_words_that_are_none(self) -> None:
        for key in ("x-overflow", "x-queue-mode", "x-queue-type", "x-dead-letter-routing-key"):
            self.wrong(key, 5, "{unacceptable_type,signedint}")
            self.wrong(key, b"bin", "{unacceptable_type,binary}")
        self.wrong("x-single-active-consumer", "yes", "{unacceptable_type,longstr}")

    def test_what_can_not_be_printed_is_told_in_numbers(self) -> None:
        self.wrong("x-queue-mode", 'é"\\', '"unsupported queue mode \'é\\"\\\\\'"')
        octets = ",".join(str(octet) for octet in "unsupported queue mode '日'".encode())
        self.wrong("x-queue-mode", "日", f"[{octets}]")

    def test_a_dead_letter_key_without_exchange(self) -> None:
        self.wrong("x-dead-letter-routing-key", "key", "routing_key_but_no_dlx_defined")

    def test_the_first_wrong_one_in_the_order_of_rabbitmq_is_told(self) -> None:
        self.wrong("x-expires", 0, "{value_zero,0}", **{"x-max-length": -1})

    def test_unknown_arguments_mean_nothing(self) -> None:
        self.vhost.queues.declare("q", arguments={"x-whatever": {"a": [None]}, "": True})

    def test_a_wrong_node_for_a_classic_queue_is_a_crash(self) -> None:
        self.assertRefused(
            "internal-error", "", self.vhost.queues.declare, "q", arguments={"x-queue-master-locator": "here"}
        )

    def test_other_types_of_queues_know_other_arguments(self) -> None:
        cases: list[tuple[str, str, Value]] = [
            ("classic", "x-delivery-limit", 1),
            ("classic", "x-max-age", "1D"),
            ("classic", "x-queue-leader-locator", "balanced"),
            ("quorum", "x-max-priority", 5),
            ("quorum", "x-queue-mode", "lazy"),
            ("stream", "x-message-ttl", 5),
            ("stream", "x-max-length", 5),
        ]
        for kind, key, value in cases:
            arguments: Table = {"x-queue-type": kind, key: value}
            text = f"invalid arg '{key}' for queue 'q' in vhost '/' of queue type rabbit_{kind}_queue"
            self.assertRefused(
                "precondition-failed", text, self.vhost.queues.declare, "q", durable=True, arguments=arguments
            )

    def test_arguments_of_quorum_queues(self) -> None:
        quorum: dict[str, Value] = {"x-queue-type": "quorum"}
        self.wrong("x-dead-letter-strategy", "maybe", "invalid_dlx_strategy", **quorum)
        self.wrong("x-quorum-initial-group-size", 0, "{value_zero,0}", **quorum)
        self.wrong("x-queue-leader-locator", "here", "invalid_queue_locator_arg", **quorum)
        self.wrong("x-max-in-memory-length", -1, "{value_negative,-1}", **quorum)

    def test_arguments_of_streams(self) -> None:
        stream: dict[str, Value] = {"x-queue-type": "stream"}
        for age in ("5", "0D", "5x"):
            self.wrong("x-max-age", age, "invalid_max_age", **stream)
        self.wrong("x-max-age", 5, "{unacceptable_type,signedint}", **stream)
        self.assertRefused(
            "internal-error", "", self.vhost.queues.declare, "q", durable=True, arguments={**stream, "x-max-age": "D"}
        )
        text = "Exceeded max value for x-stream-max-segment-size-bytes"
        arguments: Table = {**stream, "x-stream-max-segment-size-bytes": 3_000_000_001}
        self.assertRefused(
            "precondition-failed", text, self.vhost.queues.declare, "q", durable=True, arguments=arguments
        )


class ConsumerArguments(QueueCase):
    def wrong(self, arguments: Table, reason: str, kind: str = "classic") -> None:
        (key,) = arguments
        text = f"invalid arg '{key}' for queue 'q' in vhost '/'{reason}"
        self.assertRefused(
            "precondition-failed", text, check_consumer_arguments, arguments, kind, "queue 'q' in vhost '/'"
        )

    def test_wrong_ones(self) -> None:
        self.wrong({"x-priority": "5"}, ': "expected integer, got longstr"')
        self.wrong({"x-cancel-on-ha-failover": 5}, ": {unacceptable_type,signedint}")
        self.wrong({"x-stream-offset": "1x"}, ': {invalid_stream_offset_arg,{longstr,<<"1x">>}}', "stream")

    def test_those_of_other_types_of_queues(self) -> None:
        self.wrong({"x-stream-offset": "first"}, " of queue type rabbit_classic_queue")
        self.wrong({"x-priority": 1}, " of queue type rabbit_stream_queue", "stream")
        self.wrong({"x-cancel-on-ha-failover": True}, " of queue type rabbit_quorum_queue", "quorum")
